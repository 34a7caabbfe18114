#include "handfast/testing/switches.hpp"
// The switches come first.
#include "handfast/registration/spec.hpp"
#include "handfast/testing/stage.hpp"
#include "tests/model/values.hpp"

// registration as it is deployed: Alice is a client and Bob the server, or a client whom she writes
// to through a server. The connections, and that server, are the attacker's.

namespace model {
namespace {

using namespace handfast;
using namespace handfast::registration;
using spec::Rule;
using spec::Term;

/// As clients say it to each other: a JSON value.
std::string json_of(std::string_view text) { return '"' + std::string(text) + '"'; }

/// The bytes of what somebody simply has. What is part of others only by its name is there. What the
/// attacker knows beforehand is longer than what he wants to know.
Value own(std::string_view name) {
  if (name.starts_with(publics)) return public_key_in(name);
  if (name.contains(" of ") || name == "attacker's key") return seed_of(name);
  if (name == "challengeText")
    return bytes_in(std::string_view("\"Simpatico Welcomes You! It is Monday\""));
  if (name == "attacker's challengeText") return bytes_in(std::string_view("Well met!"));
  if (name == "attacker's payload") return bytes_in(json_of("the payload is the attacker's"));
  if (name.contains("'s payload")) return bytes_in(json_of(name));
  return name.starts_with("attacker's") ? Value{} : Value{1};
}

struct Json {
  template <class M>
  static Value encode(const M& message) {
    return bytes_in(wire::json::encode(message).value());
  }
  template <class M>
  static M decode(Bytes bytes) {
    return wire::json::decode<M>(bytes, compat::frame_size_max).value();
  }
};

/// What the application of a side says, and to whom.
struct User {
  Side side;
  int given = 0;
  std::string said{};

  void operator()(Send& command) {
    said = json_of(side.name + "'s payload " + std::to_string(++given));
    command.recipient = key_of("identity of " + side.peer).public_key();
    command.payload = bytes_of(said);
  }
  template <class Command>
  void operator()(Command&) const {}
};

compat::Context context_of(const Side& side) {
  Config config;
  config.challenge_text = text_of(own("challengeText"));
  return {config, key_of("identity of " + side.party), testing::lasting_random(side.name)};
}

/// A side whose table tells no claims: what it was challenged with and what it answered, seen from
/// outside.
class Registering : public Actor {
  using Messages = spec::detail::RolesOf<Description<Compat>>::Messages;
  template <class M>
  static constexpr int number = handfast::detail::index_in<M>(Messages{});

 public:
  Registering(std::unique_ptr<Actor> machine, const Side& side)
      : machine_(std::move(machine)), role_(side.role == 0 ? "client" : "server") {}

  testing::Real command(std::string_view name) override { return seen(machine_->command(name)); }
  testing::Real time_out() override { return seen(machine_->time_out()); }
  testing::Real receive(const testing::RealMessage& message) override {
    note(message);
    return seen(machine_->receive(message));
  }
  [[nodiscard]] testing::RealMessage blank(int message) const override {
    return machine_->blank(message);
  }
  [[nodiscard]] bool are_alike(int one, int other) const override {
    return machine_->are_alike(one, other);
  }

 private:
  void note(const testing::RealMessage& message) {
    if (message.message == number<compat::Challenge>) challenge_ = message.values;
    if (message.message == number<compat::ChallengeResponse>) client_ = message.values[0];
  }
  testing::Real seen(testing::Real real) {
    bool has_answered = false;
    for (const auto& message : real.sent) {
      note(message);
      has_answered |= message.message == number<compat::ChallengeResponse>;
    }
    const bool is_established =
        std::ranges::find(real.told, name_of<handfast::Established>()) != real.told.end();
    if (has_answered || is_established) real.running = claim();
    if (is_established) real.commit = claim();
    return real;
  }
  [[nodiscard]] Claim claim() const {
    Claim made;
    Sha256 sha256;
    Value all = client_;
    for (const Value& value : challenge_) all.insert(all.end(), value.begin(), value.end());
    made.transcript = sha256.digest(Bytes(all));
    made.role = role_;
    return made;
  }

  std::unique_ptr<Actor> machine_;
  std::string_view role_;
  std::vector<Value> challenge_;
  Value client_;
};

/// What the attacker does with keys that he comes by, and with two boxes under one nonce.
class HostileServer : public testing::Attacker<HostileServer> {
 public:
  static Value public_of(const Value& seed) {
    return bytes_in(key_from(seed).public_key().bytes());
  }
  /// A box key is nothing but what was agreed on.
  static Value agreed(const Value& seed, const Value& theirs) {
    const auto key = box_key(key_from(seed), x25519::PublicKey::parse(theirs).value());
    return key ? bytes_in(key->bytes()) : Value{};
  }
  static Value derived(const Model&, const Term& term, const std::vector<Value>& values) {
    return values[static_cast<std::size_t>(term.parts[0])];
  }
  Value opened(const Model& model, const Rule& rule, const std::vector<Value>& values) {
    const auto value = [&](int term) -> const Value& {
      return values[static_cast<std::size_t>(term)];
    };
    const Value& box = value(rule.from[0]);
    Value text(box.size() - SecretBox::tag_size);
    if (rule.from.size() == 3) {
      const Value &other = value(rule.from[1]), &known = value(rule.from[2]);
      if (known.size() < text.size()) return {};
      for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t at = SecretBox::tag_size + i;
        text[i] = static_cast<std::uint8_t>(box[at] ^ other[at] ^ known[i]);
      }
      return text;
    }
    const Value& nonce = value(model.terms[rule.from[0]].parts[1]);
    const auto key = SecretBox::Key::from(Bytes(value(rule.from[1])));
    const SecretBox::Nonce exactly(nonce.data(), SecretBox::nonce_size);
    return box_.open(key, exactly, box, text) ? text : Value{};
  }

 private:
  SecretBox box_;
};

Stage registering() {
  Stage stage = testing::wire_stage<Description<Compat>, Json>(
      context_of, [](const Side& side) { return User{side}; }, start, own);
  stage.actor = [machine = stage.actor](const Side& side) {
    return std::make_unique<Registering>(machine(side), side);
  };
  return stage;
}
/// Both sides are clients; what they say, a server can read.
Stage carried() {
  const auto actor = [](const Side& side) {
    return std::make_unique<
        testing::WireActor<Description<Carried>, Client<Compat>, Server<Compat>, Json, User>>(
        context_of(side), User{side}, start);
  };
  return {actor, own, testing::attacker<HostileServer>()};
}

// Who takes part.

std::vector<Side> one_each() { return {{"Alice", 0, "A", "B"}, {"Bob", 1, "B", "A"}}; }
/// Alice has dialled another server than Bob: the attacker's, who hands all of it on.
std::vector<Side> apart() {
  return {{"Alice", 0, "A", "B", {{"server", "1"}}}, {"Bob", 1, "B", "A", {{"server", "2"}}}};
}
/// Alice dials again.
std::vector<Side> two_clients() {
  return {{"Alice", 0, "A", "B"}, {"Alice_again", 0, "A", "B"}, {"Bob", 1, "B", "A"}};
}
std::vector<Side> two_servers() {
  return {{"Alice", 0, "A", "B"}, {"Bob", 1, "B", "A"}, {"Bob_again", 1, "B", "A"}};
}

void drop_field_rule(Outline& outline, std::string_view field) {
  std::erase_if(outline.rules, [&](const spec::RuleOutline& rule) { return rule.field == field; });
}
/// The box of a response is not under the key of messages.
Outline with_challenge_key(Outline outline) {
  outline.field("challenge_response", "message").covers[0].name = "challenge key";
  return outline;
}
/// Each box says which of both has sealed it.
Outline with_directions(Outline outline) {
  for (auto& message : outline.messages)
    for (auto& field : message.fields)
      if (field.how == wire::How::sealed && !field.covers.empty())
        field.covers[0].parts.push_back({spec::Piece::Kind::sender, -1, -1, "sender"});
  return outline;
}

}  // namespace

std::vector<Case> registration_compat_cases() {
  const auto registration = spec::outline_of<Description<Compat>>;
  const auto messages = spec::outline_of<Description<Carried>>;
  const Names done{"completion_Client", "completion_Server"};
  // Whoever says that a client is registered is believed.
  const Names believed = done + Names{"aliveness_Client", "counterpart_Client", "agreement_Client",
                                      "taken_once_Client_challenge"};
  const Names none{"secrecy", "forward_secrecy"};  // there is nothing but keys
  const Names crossed{"counterpart_Server", "agreement_Server"};
  std::vector<Case> all;
  all.push_back({"registration-compat",
                 "9",
                 registration,
                 one_each(),
                 believed,
                 registering(),
                 {{"the box of a response is not opened", "aliveness_Server",
                   [](Outline& o) { drop_field_rule(o, "message"); }},
                  {"all nonces of a server are one",
                   "injectivity_Server",
                   [](Outline& o) { always_same(o, "challenge", "nonce"); },
                   {},
                   {},
                   two_servers()},
                  {"the wait for a result has no end", "no_deadlock",
                   [](Outline& o) { drop_timer(o, "ResultOverdue"); }}}});
  all.back().unasked = none;
  all.push_back({"registration-compat-relayed", "9", registration, apart(), believed + crossed,
                 registering()});
  all.back().unasked = none;
  all.push_back(
      {"registration-compat-twice", "9", registration, two_servers(), believed, registering()});
  all.back().unasked = none;
  // Two clients may answer one challenge: nothing in it is the client's.
  all.push_back({"registration-compat-clients",
                 "9",
                 registration,
                 two_clients(),
                 {"injectivity_Client"},
                 registering()});
  all.back().unasked =
      believed + crossed + none + Names{"aliveness_Server", "injectivity_Server", "no_deadlock"};

  const Names data{"data_Client", "data_Contact"};
  const Names replayed = all_of({"data_once"}, {"Client", "Contact"}) +
                         Names{"taken_once_Client_challenge", "taken_once_Contact_challenge",
                               "taken_once_Client_Routed", "taken_once_Contact_Routed"};
  const Names secrets{"secrecy", "forward_secrecy"};
  all.push_back({"registration-compat-messages",
                 "8",
                 messages,
                 one_each(),
                 replayed + data + secrets,
                 carried(),
                 {{"the wait for a result has no end", "no_deadlock",
                   [](Outline& o) { drop_timer(o, "ResultOverdue"); }}}});
  // What would have to be otherwise: one of both is not enough.
  const auto add = [&](const std::string& what, auto outline, const Names& fails,
                       const std::vector<Side>& sides) {
    all.push_back({"registration-compat-messages-" + what, "", outline, sides, fails, carried()});
    all.back().unasked = replayed + Names{"forward_secrecy", "no_deadlock"};
  };
  const auto directed = [=] { return with_directions(messages()); };
  const auto two_keys = [=] { return with_challenge_key(messages()); };
  const auto both = [=] { return with_directions(with_challenge_key(messages())); };
  add("directed", directed, data + Names{"secrecy"}, two_clients());
  add("two-keys", two_keys, data, two_clients());
  add("both", both, {}, two_clients());
  for (Case& one : all)
    if (one.claims == "9") one.fails_in_two = {"injectivity_Client"};
  return all;
}

}  // namespace model
