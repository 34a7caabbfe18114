#include "handfast/testing/switches.hpp"
// The switches come first.
#include "handfast/stdio/spec.hpp"
#include "handfast/testing/stage.hpp"
#include "tests/model/values.hpp"

// stdio in both profiles: Alice is the parent, Bob her child. The channel is the attacker's; on the
// standard streams he reads, and writes where a case says so.

namespace model {

/// With a name that every source knows: Clang asks so much of a role.
struct WithoutWindow : handfast::stdio::Hardened {
  static constexpr std::size_t key_window = 0;
};

namespace {

using namespace handfast;
using namespace handfast::stdio;
using spec::Rule;
using spec::Term;
using testing::planted_switch;

std::string endpoint(std::string_view name) { return "/message" + which_of(name); }
/// The bytes of what somebody simply has. What is part of others only by its name is there.
Value own(std::string_view name) {
  const Value seed(32, 0x77);
  if (name == "attacker's key") return seed;
  if (name == "public attacker's key") return bytes_in(key_from(seed).public_key().bytes());
  if (name.contains("'s payload")) return {name.begin(), name.end()};
  if (name == "port") return number(8080);
  if (name == "attacker's port") return number(6666);
  if (name.starts_with("number ")) return number(static_cast<std::uint64_t>(name.back() - '0'));
  if (name.starts_with("endpoint")) return bytes_in(endpoint(name));
  return name.starts_with("attacker's") ? Value{} : Value{1};
}

/// The nonces of records that were sent, by ciphertext: one stands beside it wherever that goes.
/// The attacker's own are zero.
std::map<Value, std::array<std::uint8_t, 12>>& nonces() {
  static std::map<Value, std::array<std::uint8_t, 12>> all;
  return all;
}

/// How messages stand on the two links.
struct Lines {
  template <class M>
  static constexpr bool is_line =
      wire::message_name<M> == "offer" || wire::message_name<M> == "answer";
  template <class M>
  static constexpr Link link = is_line<M> ? standard_streams : channel_link;

  template <class M>
  static Value encode(M message) {
    if constexpr (requires { message.nonce; })
      message.nonce = nonces()[bytes_in(message.ciphertext)];
    if constexpr (std::same_as<M, compat::Envelope>) message.ack = true;  // as it is always said
    if constexpr (is_line<M> || std::same_as<M, compat::Envelope>) {
      return bytes_in(wire::json::encode(message).value());
    } else {
      Buffer buffer;
      wire::GrowingWriter writer(buffer);
      if (!wire::binary::encode(message, writer)) throw std::logic_error("no such message");
      return bytes_in(buffer.bytes());
    }
  }
  template <class M>
  static M decode(Bytes bytes) {
    return wire::binary::decode<M>(bytes).value();
  }
};

/// What the application of a side says; and what the side has seen, where the tables tell no claim.
template <class Profile>
struct User {
  std::string payload;
  std::string_view role;
  int given = 0;                  // of application data
  std::uint64_t correlation = 0;  // of the request that was delivered last
  std::vector<Value> lines{};
  std::string said{};  // as application data

  void operator()(Listening& command) const { command.port = 8080; }
  void operator()(Send& command) { command.payload = next(); }
  void operator()(Respond& command) {
    command.payload = next();
    command.correlation = correlation;
  }
  Bytes next() {
    said = payload + ' ' + std::to_string(++given);
    return bytes_of(said);
  }
  template <class Command>
  void operator()(Command&) const {}

  void told(const Delivered& event, testing::Real&) { correlation = event.correlation; }
  void saw(Link link, Bytes frame) {
    if (link == standard_streams)
      lines.push_back(bytes_in(frame));
    else if constexpr (std::same_as<Profile, Hardened>)
      note(Lines::decode<Record>(frame));
    else if (const auto envelope = wire::json::decode<compat::Envelope>(frame))
      note(Lines::decode<compat::Record>(envelope->encrypted_data));
    else
      note(Lines::decode<compat::Record>(frame));
  }
  template <class R>
  static void note(const R& record) {
    nonces()[bytes_in(record.ciphertext)] = record.nonce;
  }
  void told(const handfast::Established&,
            testing::Real& real) const requires std::same_as<Profile, Compat> {
    Claim claim;
    Sha256 sha256;
    claim.transcript = sha256.digest({Bytes(lines.front()), Bytes(lines.back())});
    claim.role = role;
    real.running = real.commit = claim;
  }
};

stdio::Context context_of(const Side& side) {
  Config config;
  const auto found = side.own.find("endpoint");
  config.endpoint = endpoint(found == side.own.end() ? "" : ":" + found->second);
  return {config, testing::lasting_random(side.name)};
}

/// What the attacker does with his key: the library's own functions, in nobody's name.
template <class Profile>
class Middle : public testing::Attacker<Middle<Profile>> {
 public:
  static Value public_of(const Value& seed) {
    return bytes_in(key_from(seed).public_key().bytes());
  }
  static Value agreed(const Value& seed, const Value& other) {
    const auto agreed = x25519::agree(key_from(seed), x25519::PublicKey::parse(other).value());
    return agreed ? bytes_in(agreed->bytes()) : Value{};
  }
  /// Of `Hardened`: a root and the session's id behind it, or the key of the confirmation. Of
  /// `Compat`: a direction's key.
  Value derived(const Model& model, const Term& term, const std::vector<Value>& values) {
    if (is_moving(term)) return {};
    const auto shared = secret(values[static_cast<std::size_t>(term.parts[0])]);
    if constexpr (std::same_as<Profile, Compat>) {
      const auto key =
          context_.hkdf.template derive<32>(shared.bytes(), bytes_of(Compat::directional_salt),
                                            bytes_of(to_string(direction_of(term, model))));
      return bytes_in(key.bytes());
    } else {
      const BootstrapKeys keys(context_.hkdf, shared, transcript(term, model, values));
      if (term.sort == "confirmation key") return bytes_in(keys.confirmation.bytes());
      Value root = bytes_in(keys.root.bytes());
      root.insert(root.end(), keys.session_id.begin(), keys.session_id.end());
      return root;
    }
  }
  Value mac(const Model& model, const Term& term, const std::vector<Value>& values) {
    const Value& key = values[static_cast<std::size_t>(term.parts[0])];
    return bytes_in(context_.hmac.mac(Bytes(key), transcript(term, model, values)));
  }
  Value sealed(const Model& model, const Term& term, const std::vector<Value>& values) {
    const std::uint64_t sequence = take_header(term, model, values);
    const Direction direction = direction_of(term, model);
    const Value payload =
        term.inside_count > 0 ? values[static_cast<std::size_t>(term.parts.back())] : Value{};
    if constexpr (std::same_as<Profile, Compat>) {
      Value record(compat::Record::header_size + payload.size() + 16);
      channel(model, term, values, direction, sequence)
          .seal(payload, context_, MutableBytes(record));
      return {record.begin() + compat::Record::header_size, record.end()};
    } else {
      auto ends = session(key_of(term, values), direction);
      for (std::uint64_t i = 1; i < sequence; ++i) ends.current.send.step(context_.hkdf);
      Frames frames;
      if (term.sort.starts_with("request"))
        ends.seal(stdio::Request{0, 1, 1, payload}, context_, frames);
      else if (term.sort.starts_with("response"))
        ends.seal(stdio::Response{0, 1, false, payload}, context_, frames);
      else if (term.sort.starts_with("keepalive_ack"))
        ends.seal(KeepaliveAck{}, context_, frames);
      else
        ends.seal(Keepalive{}, context_, frames);
      return bytes_in(Lines::decode<Record>(frames.view()[0].bytes).ciphertext);
    }
  }
  /// What is inside.
  Value opened(const Model& model, const Rule& rule, const std::vector<Value>& values) {
    const Term& term = model.terms[rule.from[0]];
    const Value& ciphertext = values[static_cast<std::size_t>(rule.from[0])];
    const std::uint64_t sequence = take_header(term, model, values);
    const Direction direction = reverse(direction_of(term, model));
    Buffer plaintext;
    if constexpr (std::same_as<Profile, Compat>) {
      const auto receiver = channel(model, term, values, direction, sequence);
      const compat::Record record{sequence, nonces()[ciphertext], ciphertext};
      if (!receiver.open(record, context_, plaintext)) return {};
      return bytes_in(plaintext.bytes());
    } else {
      const auto receiver = session(key_of(term, values), direction);
      const Record record{0, sequence, nonces()[ciphertext], ciphertext};
      if (!receiver.open(record, context_, plaintext)) return {};
      const auto message =
          wire::binary::decode_any<stdio::Request, stdio::Response>(plaintext.bytes());
      if (!message) return {};
      return std::visit([](const auto& one) { return bytes_in(one.payload); }, *message);
    }
  }

 private:
  static Secret<32> secret(const Value& bytes) { return Secret<32>::from(Bytes(bytes)); }
  static Direction direction_of(const Term& term, const Model& model) {
    const bool is_parents = std::ranges::any_of(
        term.parts, [&](int part) { return model.terms[part].name == "from Parent"; });
    return is_parents ? Direction::alice_to_bob : Direction::bob_to_alice;
  }
  /// T, of the keys and the port among the parts of `term`.
  Sha256::Digest transcript(const Term& term, const Model& model,
                            const std::vector<Value>& values) {
    std::vector<x25519::PublicKey> keys;
    std::uint64_t port = 0;
    for (const int part : term.parts) {
      const Value& value = values[static_cast<std::size_t>(part)];
      if (model.terms[part].sort == "public key")
        keys.push_back(x25519::PublicKey::parse(value).value());
      if (model.terms[part].sort == "port") port = number_in(value);
    }
    return transcript_of(context_.sha256, keys.at(0), keys.at(1), static_cast<std::uint16_t>(port));
  }
  // Records.

  /// What a record says besides what is in it; `context_` is then its sender's.
  std::uint64_t take_header(const Term& term, const Model& model,
                            const std::vector<Value>& values) {
    std::uint64_t sequence = 0;
    context_.nonce = {};
    for (const int part : term.parts) {
      const std::string& sort = model.terms[part].sort;
      const Value& value = values[static_cast<std::size_t>(part)];
      if (sort == "number") sequence = number_in(value);
      if (sort == "endpoint") context_.config.endpoint = text_of(Bytes(value));
    }
    return sequence;
  }
  static const Value& key_of(const Term& term, const std::vector<Value>& values) {
    return values[static_cast<std::size_t>(term.parts[0])];
  }
  Session<Hardened> session(const Value& root, Direction direction) {
    Session<Hardened> made;
    std::copy(root.begin() + 32, root.end(), made.id.begin());
    made.direction = direction;
    made.current = Epoch<Hardened>::from(
        EpochKeys(context_.hkdf, secret({root.begin(), root.begin() + 32})), 0, direction, start);
    return made;
  }
  /// Whether it is the key of one message, of those that move.
  static bool is_moving(const Term& key) {
    return key.sort == "turned key" || key.sort == "chain key" || key.sort == "message key";
  }
  /// The keys of the record with this number, after as many exchanges as it takes.
  compat::Channel channel(const Model& model, const Term& term, const std::vector<Value>& values,
                          Direction direction, std::uint64_t sequence) {
    compat::Channel made;
    made.direction = direction;
    made.send_key = secret(key_of(term, values));
    made.receive_keys[0] = secret(key_of(term, values));
    if (!is_moving(model.terms[term.parts[0]]))
      for (std::uint64_t i = 1; i < sequence; ++i) made.ratchet(context_.hkdf);
    made.sent = made.received = sequence - 1;
    return made;
  }

  stdio::Context context_;
};

template <class Profile, class Described = Description<Profile>>
Stage stage() {
  const auto user = [](const Side& side) {
    return User<Profile>{side.name + "'s payload", side.role == 0 ? "parent" : "child"};
  };
  return testing::wire_stage<Described, Lines>(context_of, user, start, own,
                                               testing::attacker<Middle<Profile>>());
}

// Who takes part, each with as many records.

std::vector<Side> one_each() {
  return {{"Alice", 0, "A", "B", {}, 2}, {"Bob", 1, "B", "A", {}, 2}};
}
std::vector<Side> apart() {
  return {{"Alice", 0, "A", "B", {{"endpoint", "1"}}, 2},
          {"Bob", 1, "B", "A", {{"endpoint", "2"}}, 2}};
}
/// What the parent writes both children read, and the other way round: more than in any process.
std::vector<Side> two_children() {
  return {{"Alice", 0, "A", "B"}, {"Bob", 1, "B", "A"}, {"Bob_again", 1, "B", "A"}};
}
std::vector<Side> two_parents() {
  return {{"Alice", 0, "A", "B"}, {"Alice_again", 0, "A", "B"}, {"Bob", 1, "B", "A"}};
}

// What is not by default.

/// Anybody may write on the link of this message.
void share_line(Outline& outline, std::string_view message) {
  for (auto& one : outline.messages)
    if (one.name == message) one.is_authentic = false;
}
template <class Profile>
Outline with_shared(const std::vector<std::string>& lines) {
  Outline outline = spec::outline_of<Description<Profile>>();
  for (const auto& line : lines) share_line(outline, line);
  return outline;
}
/// What was drawn for a run is the same in all; with `is_leaked` everybody has it.
template <class Key>
void keep_key(Outline& outline, bool is_leaked = false) {
  for (spec::KeyOutline& key : outline.keys)
    if (key.name == name_of<Key>()) {
      key.kept = key.name;
      key.is_leaked = is_leaked;
    }
}
void forget_numbers(Outline& outline) {
  std::erase_if(outline.rules, [](const spec::RuleOutline& rule) {
    return rule.kind == spec::RuleOutline::Kind::remembers;
  });
}

const Names about{"aliveness", "counterpart", "agreement", "data"};
const Names done = all_of({"completion"}, {"Parent", "Child"});

// What is taken away. Of who may write on a line it is another case.

Weakening no_end(const std::string& timer) {
  return {"there is no " + timer, "no_deadlock", [=](Outline& o) { drop_timer(o, timer); }};
}
Weakening leaked_key() {
  return {"everybody has the child's key", "secrecy",
          [](Outline& o) { keep_key<ChildKey>(o, true); }};
}
Weakening no_number(const std::string& question) {
  return {"no number is remembered, " + question, question, forget_numbers};
}
Weakening no_number_covered(const std::string& question) {
  return {"nothing covers the number, " + question, question,
          [](Outline& o) { drop_covered(o, "sequence"); }};
}
Weakening no_endpoint(const std::string& question) {
  return {"nothing covers the endpoint, " + question,
          question,
          [](Outline& o) { drop_covered(o, "endpoint"); },
          {&planted_switch("endpoint not in the associated data")}};
}

template <class Profile>
void add_twice(std::vector<Case>& all, const std::string& name, Names fails) {
  all.push_back({name + "-twice",
                 "6",
                 spec::outline_of<Description<Profile>>,
                 two_children(),
                 std::move(fails),
                 stage<Profile>(),
                 {{"all keys of children are one", "injectivity_Child",
                   [](Outline& o) { keep_key<ChildKey>(o); }},
                  {"all keys of parents are one",
                   "injectivity_Parent",
                   [](Outline& o) { keep_key<ParentKey>(o); },
                   {},
                   {},
                   two_parents()}}});
}

/// A receiver goes no further ahead than to the next number, or takes none that is late.
void narrow_window(Outline& outline, bool is_about_late) {
  for (spec::RuleOutline& rule : outline.rules)
    if (rule.kind == spec::RuleOutline::Kind::window)
      (is_about_late ? rule.late_max : rule.ahead_max) = is_about_late ? 0 : 1;
}
struct ConversationWithoutWindow : Conversation<Hardened> {
  using Roles = List<Parent<WithoutWindow>, Child<WithoutWindow>>;
};
Weakening no_skip(const std::string& question) {
  return {"keys are not derived over a gap, " + question, question,
          [](Outline& o) { narrow_window(o, false); }};
}
Weakening no_window(const std::string& question) {
  return {"no key is kept for what is late, " + question, question,
          [](Outline& o) { narrow_window(o, true); }};
}

Weakening kept_keys(const std::string& question) {
  return {"chain keys do not move, " + question, question, [](Outline& o) { keep_keys(o); }};
}

const Names order = all_of({"in_step", "any_order"}, {"Parent", "Child"});
const Names past = all_of({"past_secrecy"}, {"Parent", "Child"});

void add_compat(std::vector<Case>& all) {
  const std::string name = "stdio-compat";
  const auto plain = spec::outline_of<Description<Compat>>;
  const auto shared = [](Names lines) { return [=] { return with_shared<Compat>(lines); }; };
  const Names unconfirmed = done + all_of({"counterpart", "agreement"}, {"Child"});
  all.push_back({name,
                 "1, 5, 6",
                 plain,
                 one_each(),
                 unconfirmed,
                 stage<Compat>(),
                 {{"both directions have one key",
                   "data_Parent",
                   [](Outline& o) { drop_covered(o, "sender"); },
                   {&planted_switch("directions have one name")}},
                  no_number("taken_once_Parent_Response"),
                  no_number("taken_once_Child_Request"),
                  no_number_covered("data_once_Parent"),
                  no_number_covered("data_once_Child"),
                  leaked_key(),
                  no_end("AnswerOverdue"),
                  no_end("ResponseOverdue")}});
  all.push_back({name + "-child-line", "6", shared({"offer"}), one_each(),
                 done + all_of(about, {"Child"}) + Names{"agreement_Parent", "secrecy"},
                 stage<Compat>()});
  all.push_back({name + "-parent-line", "6", shared({"answer"}), one_each(),
                 unconfirmed + all_of(about, {"Parent"}) + Names{"secrecy"}, stage<Compat>()});
  all.push_back({name + "-no-line", "6", shared({"offer", "answer"}), one_each(),
                 done + all_of(about + Names{"data_once"}, {"Parent", "Child"}) + Names{"secrecy"},
                 stage<Compat>()});
  all.push_back({name + "-endpoints",
                 "5",
                 plain,
                 apart(),
                 done + all_of({"counterpart", "agreement"}, {"Parent", "Child"}),
                 stage<Compat>(),
                 {no_endpoint("data_Child"), no_endpoint("data_Parent")}});
  all.push_back({name + "-messages", "2, 3, 4", spec::outline_of<Conversation<Compat>>, one_each(),
                 unconfirmed + order + past, stage<Compat, Conversation<Compat>>()});
  add_twice<Compat>(all, name, unconfirmed);
  // Nothing says which offer is answered; the model lets a parent read what two children write.
  for (Case& one : all) one.fails_in_two = {"agreement_Parent"};
}

void add_hardened(std::vector<Case>& all) {
  const std::string name = "stdio-hardened";
  const auto plain = spec::outline_of<Description<Hardened>>;
  const auto shared = [](Names lines) { return [=] { return with_shared<Hardened>(lines); }; };
  all.push_back({name,
                 "1, 5, 6",
                 plain,
                 one_each(),
                 done,
                 stage<Hardened>(),
                 {{"numbers are not kept after a gap, and what was asked is done again",
                   "taken_once_Child_request",
                   forget_numbers,
                   {&planted_switch("counter reset after a skip"),
                    &planted_switch("request executed twice")}},
                  {"numbers are not kept after a gap, and what was asked is told again",
                   "data_once_Child",
                   forget_numbers,
                   {&planted_switch("counter reset after a skip"),
                    &planted_switch("request executed twice")}},
                  no_number_covered("data_once_Parent"),
                  no_number_covered("data_once_Child"),
                  no_number("taken_once_Child_keepalive"),
                  no_number("taken_once_Parent_response"),
                  no_number("taken_once_Parent_keepalive_ack"),
                  leaked_key(),
                  no_end("AnswerOverdue"),
                  no_end("FirstRecordOverdue")}});
  all.push_back({name + "-child-line",
                 "6",
                 shared({"offer"}),
                 one_each(),
                 done + all_of(about, {"Child"}) + Names{"secrecy"},
                 stage<Hardened>(),
                 {{"the confirmation is not checked",
                   "agreement_Parent",
                   [](Outline& o) { drop_rule(o, "Answer", "ChildConfirms"); },
                   {&testing::rule_switch<ChildConfirms>()}}}});
  const auto any_record = [](const std::string& question) -> Weakening {
    return {"the first record is not opened, " + question, question,
            [](Outline& o) { drop_rule(o, "Keepalive", "Opening"); }};
  };
  all.push_back({name + "-parent-line",
                 "6",
                 shared({"answer"}),
                 one_each(),
                 done + all_of(about, {"Parent"}) + Names{"secrecy"},
                 stage<Hardened>(),
                 {any_record("counterpart_Child"),
                  {"neither keys nor the confirmation name the port", "agreement_Child",
                   [](Outline& o) { drop_covered(o, "port"); }}}});
  all.push_back({name + "-no-line", "6", shared({"offer", "answer"}), one_each(),
                 done + all_of(about, {"Parent", "Child"}) + Names{"secrecy"}, stage<Hardened>()});
  all.back().unasked = all_of({"data_once"}, {"Parent", "Child"});  // it has no correlation
  all.push_back(
      {name + "-endpoints",
       "5",
       plain,
       apart(),
       all_of({"completion", "counterpart", "agreement"}, {"Parent"}),
       stage<Hardened>(),
       {no_endpoint("completion_Child"), no_endpoint("data_Child"), no_endpoint("data_Parent")}});
  all.push_back({name + "-messages",
                 "2, 3, 4",
                 spec::outline_of<Conversation<Hardened>>,
                 {{"Alice", 0, "A", "B", {}, 3}, {"Bob", 1, "B", "A", {}, 3}},
                 done,
                 stage<Hardened, Conversation<Hardened>>(),
                 {kept_keys("past_secrecy_Parent"), kept_keys("past_secrecy_Child"),
                  no_skip("in_step_Parent"), no_skip("in_step_Child"),
                  no_window("any_order_Parent"), no_window("any_order_Child")}});
  all.back().weakenings.back().stage = stage<Hardened, ConversationWithoutWindow>();
  all.back().fails_in_two = order;  // they are of one pair
  add_twice<Hardened>(all, name, done);
}

}  // namespace

std::vector<Case> stdio_cases() {
  std::vector<Case> all;
  add_compat(all);
  add_hardened(all);
  return all;
}

}  // namespace model
