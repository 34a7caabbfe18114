#include "handfast/testing/switches.hpp"
// The switches come first.
#include "handfast/testing/stage.hpp"
#include "handfast/x3dh/spec.hpp"
#include "tests/model/values.hpp"

// x3dh in its three profiles: Alice holds what Bob has issued; the connector is the attacker's.

namespace model {
namespace {

using namespace handfast;
using namespace handfast::x3dh;
using spec::Operation;
using spec::Rule;
using spec::RuleOutline;
using spec::Term;
using testing::planted_switch;

/// The key of this seed, and the seed of this name that has one.
xeddsa::PrivateKey signing_key(const Value& seed) {
  return xeddsa::PrivateKey::from_seed(Secret<32>::from(Bytes(seed))).value();
}
Value signing_seed(std::string_view name) {
  Value seed = seed_of(name);
  while (!xeddsa::PrivateKey::from_seed(Secret<32>::from(Bytes(seed)))) ++seed[31];
  return seed;
}
ConnectionId connection(std::string_view name) {
  const std::string which = which_of(name);
  return ConnectionId::parse("connection " + (which.empty() ? "0" : which)).value();
}
/// The bytes of what somebody simply has. What is part of others only by its name is there.
Value own(std::string_view name) {
  if (name.starts_with(publics))
    return bytes_in(signing_key(signing_seed(name.substr(publics.size()))).public_key().bytes());
  if (name.contains(" of ") || name == "attacker's key") return signing_seed(name);
  if (name.starts_with("number ")) return Value(1, static_cast<std::uint8_t>(name.back()));
  if (name.starts_with("connection_id")) return bytes_in(connection(name).view());
  if (name.contains("'s payload")) return {name.begin(), name.end()};
  return name.starts_with("attacker's") ? Value{} : Value{1};
}

/// What is not as it is by default.
struct Setting {
  bool knows_peer = false, wants_verified = false, has_one_time_keys = true;
};

struct Fill {
  std::string payload;
  ConnectionId connection;
  bool is_numbered = false;
  int given = 0;
  std::string said{};

  void operator()(Start& command) const { command.connection = connection; }
  void operator()(Send& command) {
    said = is_numbered ? payload + ' ' + std::to_string(++given) : payload;
    command.payload = bytes_of(said);
  }
  template <class Command>
  void operator()(Command&) const {}
};

struct Protobuf {
  template <class M>
  static Value encode(const M& message) {
    Buffer buffer;
    wire::GrowingWriter writer(buffer);
    if (!wire::protobuf::encode(message, writer)) throw std::logic_error("no such message");
    return {buffer.bytes().begin(), buffer.bytes().end()};
  }
  template <class M>
  static M decode(Bytes bytes) {
    return wire::protobuf::decode<M>(bytes).value();
  }
};

x3dh::Context context_of(const Side& side, Setting setting) {
  Config config;
  config.has_one_time_keys = setting.has_one_time_keys;
  config.wants_verified = setting.wants_verified;
  if (setting.knows_peer)
    config.peer = signing_key(signing_seed("identity of " + side.peer)).public_key();
  x3dh::Context context(signing_key(signing_seed("identity of " + side.party)), config,
                        testing::lasting_random(side.name));
  context.signed_pre_key =
      signing_key(signing_seed("signed pre-key of " + side.party)).agreeing().dangerous_copy();
  return context;
}

/// What the attacker does with his keys: the library's own functions, in nobody's name.
template <class Profile>
class Connector : public testing::Attacker<Connector<Profile>> {
 public:
  static Value public_of(const Value& seed) {
    return bytes_in(signing_key(seed).public_key().bytes());
  }
  static Value agreed(const Value& seed, const Value& other) {
    const auto agreed = x25519::agree(signing_key(seed).agreeing(), public_key(other));
    return agreed ? bytes_in(agreed->bytes()) : Value{};
  }
  Value derived(const Model& model, const Term& key, const std::vector<Value>& values) {
    const auto agreed = [&](std::size_t i) -> x3dh::detail::Agreement {
      return Secret<32>::from(Bytes(values[static_cast<std::size_t>(key.parts[i])]));
    };
    const std::array<x3dh::detail::Agreement, 3> all{agreed(0), agreed(1), agreed(2)};
    std::optional<x3dh::detail::Agreement> fourth;
    if (agreed_count(model, key) == 4) fourth = agreed(3);
    const auto made = x3dh::detail::derive<Profile>(all, fourth, terms_of(model, key, values), {},
                                                    context_.hkdf, context_.sha256);
    return made ? bytes_in(made->shared.bytes()) : Value{};
  }
  static Value signature(const Model& model, const Term& term, const std::vector<Value>& values) {
    std::vector<x25519::PublicKey> keys;
    ConnectionId connection;
    for (const int part : term.parts) {
      const Value& value = values[static_cast<std::size_t>(part)];
      if (model.terms[part].sort == "public key") keys.push_back(public_key(value));
      if (model.terms[part].sort == "connection_id")
        connection = ConnectionId::parse(text_of(Bytes(value))).value();
    }
    const SignedPart<Profile> part(keys[0], keys.size() > 1 ? std::optional(keys[1]) : std::nullopt,
                                   connection);
    const auto key = signing_key(values[static_cast<std::size_t>(term.parts[0])]);
    return bytes_in(xeddsa::sign(key, part.bytes()).value());
  }
  Value sealed(const Model& model, const Term& term, const std::vector<Value>& values) {
    const Value payload = payload_of(model, term, values);
    const Ends ends = ends_of(model, term, values);
    if constexpr (std::same_as<Profile, Documented>) {
      if (says(model, term, "a later number")) return {};
      Sealing<Documented> sealing{secret(ends.key), 0};
      return said(sealing, term, payload, ends);
    } else if (says(model, term, "from Holder")) {
      auto made =
          Sealing<Profile>::of_holder(secret(ends.key), ends.terms, ends.transcript, context_);
      auto& sealing = as_holder_[ends.key];
      sealing = std::move(*made);
      return said(sealing, term, payload, ends);
    } else {
      auto sealing = as_issuer(model, term.parts[0], values, ends);
      return sealing ? said(*sealing, term, payload, ends) : Value{};
    }
  }
  /// What is inside.
  Value opened(const Model& model, const Rule& rule, const std::vector<Value>& values) {
    const Term& term = model.terms[rule.from[0]];
    const Value& content = values[static_cast<std::size_t>(rule.from[0])];
    const Ends ends = ends_of(model, term, values);
    Buffer plaintext;
    typename Sealing<Profile>::Pending pending;
    const auto open = [&](const Sealing<Profile>& sealing) -> Value {
      const auto payload =
          sealing.open(content, ends.associated_data, pending, context_, plaintext);
      return payload ? bytes_in(*payload) : Value{};
    };
    if constexpr (std::same_as<Profile, Documented>) {
      for (std::uint64_t number = 0; number < 8; ++number)
        if (auto payload = open({secret(ends.key), number}); !payload.empty()) return payload;
    } else if (is_moving(model.terms[term.parts[0]])) {
      if constexpr (std::same_as<Profile, Counter>) {
        Sealing<Counter> sealing;
        sealing.receiving = secret(ends.key);
        return open(sealing);
      }
    } else if (says(model, term, "from Holder")) {
      if (const auto sealing = with_pre_key(model, values, ends)) return open(*sealing);
    } else if (const auto found = as_holder_.find(ends.key); found != as_holder_.end()) {
      return open(found->second);
    }
    return {};
  }

 private:
  /// Whether it is a key that comes from the one that was agreed on.
  static bool is_moving(const Term& key) {
    return key.sort == "direction key" || key.sort == "message key";
  }
  static x25519::PublicKey public_key(const Value& bytes) {
    return x25519::PublicKey::parse(bytes).value();
  }
  static std::size_t agreed_count(const Model& model, const Term& key) {
    return static_cast<std::size_t>(std::ranges::count_if(
        key.parts, [&](int part) { return model.terms[part].operation == Operation::agreed; }));
  }
  /// What the key is about, where it is about more than the agreements.
  static x3dh::Terms terms_of(const Model& model, const Term& key,
                              const std::vector<Value>& values) {
    x3dh::Terms terms;
    std::size_t at = agreed_count(model, key);
    const bool has_one_time = at == 4;
    if (at == key.parts.size()) return terms;
    const auto next = [&] { return values[static_cast<std::size_t>(key.parts[at++])]; };
    terms.holder = public_key(next());
    terms.ephemeral = public_key(next());
    terms.issuer = public_key(next());
    terms.signed_pre_key = public_key(next());
    if (has_one_time) terms.one_time_pre_key = public_key(next());
    terms.connection = ConnectionId::parse(text_of(Bytes(next()))).value();
    return terms;
  }

  // Messages. A key that is used is that of `Ends`.

  struct Ends {
    x3dh::Terms terms;
    Transcript transcript{};
    Value associated_data, key;
  };
  Ends ends_of(const Model& model, const Term& sealed, const std::vector<Value>& values) {
    const int key = sealed.parts[0];
    const Term& shared = model.terms[is_moving(model.terms[key]) ? model.terms[key].parts[0] : key];
    Ends ends{terms_of(model, shared, values), {}, {}, values[static_cast<std::size_t>(key)]};
    ends.transcript = transcript_of<Profile>(ends.terms, context_.sha256);
    ends.associated_data = bytes_in(AssociatedData(ends.terms, ends.transcript, {}).bytes());
    return ends;
  }
  static Secret<32> secret(const Value& key) { return Secret<32>::from(Bytes(key)); }
  static bool says(const Model& model, const Term& sealed, std::string_view what) {
    return std::ranges::any_of(sealed.parts,
                               [&](int part) { return model.terms[part].name == what; });
  }
  static Value payload_of(const Model& model, const Term& sealed,
                          const std::vector<Value>& values) {
    if (sealed.inside_count == 0 || says(model, sealed, "nothing")) return {};
    return values[static_cast<std::size_t>(sealed.parts.back())];
  }
  template <class Sealing>
  Value said(Sealing& sealing, const Term& sealed, const Value& payload, const Ends& ends) {
    const Salt salt = Sealing::draw(context_.random).value();
    context_.content.clear();
    if (sealed.sort.starts_with("first"))
      sealing.seal(First{payload, salt, {}, {}, {}}, ends.associated_data, context_);
    else if (sealed.inside_count == 0)
      sealing.seal(Empty{salt}, ends.associated_data, context_);
    else
      sealing.seal(Message{payload, salt}, ends.associated_data, context_);
    return bytes_in(context_.content.bytes());
  }

  /// As the issuer, who can answer once the holder's first message is there.
  std::optional<Sealing<Profile>> as_issuer(const Model& model, int key,
                                            const std::vector<Value>& values, const Ends& ends) {
    for (int number = 0; number < model.terms.size(); ++number) {
      const Term& term = model.terms[number];
      const Value& content = values[static_cast<std::size_t>(number)];
      if (term.operation != Operation::sealed || term.parts[0] != key || content.empty() ||
          !says(model, term, "from Holder"))
        continue;
      auto sealing = with_pre_key(model, values, ends);
      if (!sealing) return std::nullopt;
      typename Sealing<Profile>::Pending pending;
      Buffer plaintext;
      if (!sealing->open(content, ends.associated_data, pending, context_, plaintext))
        return std::nullopt;
      (void)sealing->commit(std::move(pending));
      return sealing;
    }
    return std::nullopt;
  }
  /// As the issuer, with the private half of its signed pre-key, where the attacker has that.
  std::optional<Sealing<Profile>> with_pre_key(const Model& model, const std::vector<Value>& values,
                                               const Ends& ends) {
    const auto wanted = bytes_in(ends.terms.signed_pre_key.bytes());
    for (int number = 0; number < model.terms.size(); ++number) {
      const Value& seed = values[static_cast<std::size_t>(number)];
      if (model.terms[number].sort != "key" || seed.empty()) continue;
      const auto key = signing_key(seed);
      if (bytes_in(key.public_key().bytes()) == wanted)
        return Sealing<Profile>::of_issuer(secret(ends.key), ends.transcript, key.agreeing(),
                                           context_);
    }
    return std::nullopt;
  }

  x3dh::Context context_{
      signing_key(signing_seed("attacker's key")), {}, testing::lasting_random("attacker")};
  std::map<Value, Sealing<Profile>> as_holder_;  // by key
};

template <class Profile, class Described = Description<Profile>>
Stage stage(Setting setting = {}) {
  const auto context = [=](const Side& side) { return context_of(side, setting); };
  const auto fill = [](const Side& side) -> Fill {
    const auto found = side.own.find("connection_id");
    return {side.name + "'s payload",
            connection(found == side.own.end() ? "" : ":" + found->second),
            !std::same_as<Described, Description<Profile>>};
  };
  return testing::wire_stage<Described, Protobuf>(context, fill, start, own,
                                                  testing::attacker<Connector<Profile>>());
}

// Who takes part.

std::vector<Side> one_each() { return {{"Alice", 1, "A", "B"}, {"Bob", 0, "B", "A"}}; }
std::vector<Side> apart() {
  return {{"Alice", 1, "A", "B", {{"connection_id", "1"}}},
          {"Bob", 0, "B", "A", {{"connection_id", "2"}}}};
}
/// Bob is connected twice, with one signed pre-key.
std::vector<Side> twice() {
  return {{"Alice", 1, "A", "B"}, {"Bob", 0, "B", "A"}, {"Bob_again", 0, "B", "A"}};
}

std::vector<Side> alice_twice() {
  return {{"Alice", 1, "A", "B"}, {"Alice_again", 1, "A", "B"}, {"Bob", 0, "B", "A"}};
}

// What is not by default.

Outline knowing(Outline outline) {
  for (RuleOutline& rule : outline.rules)
    if (rule.kind == RuleOutline::Kind::differs) rule.kind = RuleOutline::Kind::compares;
  return outline;
}
Outline verified(Outline outline) {
  outline.rules.push_back(
      {RuleOutline::Kind::confirmed, name_of<PeerIsVerified>(), "identity_key"});
  return outline;
}
/// The role takes any identity key.
void know_nobody(Outline& outline, std::string_view rule) {
  for (RuleOutline& one : outline.rules)
    if (one.rule == rule && one.field == "identity_key") one.kind = RuleOutline::Kind::differs;
}
void one_ephemeral_key(Outline& outline) {
  for (spec::KeyOutline& key : outline.keys)
    if (key.name == name_of<HolderEphemeral>()) key.kept = "ephemeral key";
}
void leak_pre_key(Outline& outline) {
  for (spec::KeyOutline& key : outline.keys) key.is_leaked |= key.kept == "signed pre-key";
}

template <class Profile>
void add_profile(std::vector<Case>& all, const std::string& name) {
  const auto plain = spec::outline_of<Description<Profile>>;
  const auto known = [=] { return knowing(plain()); };
  const std::vector<std::string> done{"completion_Issuer", "completion_Holder"};
  std::vector<std::string> middle = done;
  for (const auto* role : {"Issuer", "Holder"})
    for (const auto* question : {"aliveness_", "counterpart_", "agreement_"})
      middle.push_back(std::string(question) + role);
  middle.insert(middle.end(), {"secrecy", "forward_secrecy"});
  const Setting pinned{.knows_peer = true};

  all.push_back({name, "", plain, one_each(), middle, stage<Profile>()});
  std::vector<Weakening> weakenings;
  for (const auto* question :
       {"aliveness_Holder", "counterpart_Holder", "agreement_Holder", "secrecy"})
    weakenings.push_back({std::string("the holder takes any bundle, ") + question,
                          question,
                          [](Outline& o) { know_nobody(o, "PeerIsExpected"); },
                          {&testing::rule_switch<PeerIsExpected>()}});
  for (const auto* question : {"aliveness_Issuer", "counterpart_Issuer", "agreement_Issuer"})
    weakenings.push_back({std::string("any holder is the one, ") + question,
                          question,
                          [](Outline& o) { know_nobody(o, "Opening"); },
                          {&planted_switch("any holder is the one")}});
  if (Profile::speaks_early)
    weakenings.push_back({"the signature is not checked",
                          "forward_secrecy",
                          [](Outline& o) { drop_rule(o, "Bundle", "SignatureIsValid"); },
                          {&testing::rule_switch<SignatureIsValid>()}});
  weakenings.push_back({"bundles have no one-time pre-key",
                        "forward_secrecy",
                        [](Outline& o) { drop_field(o, "one_time_pre_key", "OneTimePreKey"); },
                        {},
                        stage<Profile>({.knows_peer = true, .has_one_time_keys = false})});
  weakenings.push_back({"the wait for a bundle has no end", "no_deadlock",
                        [](Outline& o) { drop_timer(o, "BundleOverdue"); }});
  all.push_back(
      {name + "-known", "20, 23", known, one_each(), done, stage<Profile>(pinned), weakenings});
  all.push_back({name + "-leaked",
                 "",
                 [=] {
                   Outline outline = known();
                   leak_pre_key(outline);
                   return outline;
                 },
                 one_each(),
                 {"completion_Issuer", "completion_Holder", "aliveness_Issuer",
                  "counterpart_Issuer", "agreement_Issuer", "secrecy", "forward_secrecy"},
                 stage<Profile>(pinned)});
  all.push_back({name + "-twice",
                 "20",
                 known,
                 twice(),
                 done,
                 stage<Profile>(pinned),
                 {{"bundles have no one-time pre-key, and no first message is remembered",
                   "injectivity_Issuer",
                   [](Outline& o) { drop_field(o, "one_time_pre_key", "OneTimePreKey"); },
                   {},
                   stage<Profile>({.knows_peer = true, .has_one_time_keys = false})},
                  {"all of a holder's ephemeral keys are one",
                   "injectivity_Holder",
                   one_ephemeral_key,
                   {},
                   {},
                   alice_twice()}}});
}

void forget_numbers(Outline& outline) {
  std::erase_if(outline.rules,
                [](const RuleOutline& rule) { return rule.kind == RuleOutline::Kind::remembers; });
}
void narrow_window(Outline& outline, bool is_about_late) {
  for (RuleOutline& rule : outline.rules)
    if (rule.kind == RuleOutline::Kind::window)
      (is_about_late ? rule.late_max : rule.ahead_max) = is_about_late ? 0 : 1;
}
void keep_all_counts(Outline& outline) {
  outline.field(wire::message_name<Message>, "turn").turns_kept = 10;
}

const Names order = all_of({"in_step", "any_order"}, {"Issuer", "Holder"});
const Names past = all_of({"past_secrecy"}, {"Issuer", "Holder"});

std::vector<Weakening> of_counts() {
  std::vector<Weakening> all;
  for (const auto* question :
       {"data_Issuer", "data_Holder", "data_once_Issuer", "data_once_Holder"})
    all.push_back({std::string("every count is as good, ") + question, question, keep_all_counts});
  return all;
}
std::vector<Weakening> of_numbers(std::vector<bool*> one_key) {
  std::vector<Weakening> all;
  for (const auto* question : {"nonce_once", "data_Issuer", "data_Holder"})
    all.push_back({std::string("one key for both ways, ") + question, question,
                   [](Outline& o) { drop_covered(o, "sender"); }, one_key});
  for (const auto* question : {"data_once_Issuer", "data_once_Holder"})
    all.push_back({std::string("no number is remembered, ") + question, question, forget_numbers});
  for (const auto* role : {"Issuer", "Holder"}) {
    all.push_back({std::string("nothing is followed over a gap, ") + role,
                   std::string("in_step_") + role, [](Outline& o) { narrow_window(o, false); }});
    all.push_back({std::string("nothing late is taken, ") + role, std::string("any_order_") + role,
                   [](Outline& o) { narrow_window(o, true); }});
  }
  return all;
}

/// What is said behind the agreement. Both know each other; each says a few messages.
template <class Profile>
void add_messages(std::vector<Case>& all, const std::string& name, const Names& fails,
                  std::vector<Weakening> weakenings) {
  const int count = std::same_as<Profile, Documented> ? 2 : 3;
  all.push_back({name + "-messages",
                 "20, 21, 22",
                 [] { return knowing(spec::outline_of<Conversation<Profile>>()); },
                 {{"Alice", 1, "A", "B", {}, count}, {"Bob", 0, "B", "A", {}, count}},
                 all_of({"completion"}, {"Issuer", "Holder"}) + fails,
                 stage<Profile, Conversation<Profile>>({.knows_peer = true}),
                 std::move(weakenings)});
  all.back().fails_in_two = order;  // they are of one pair
  // data_once says it of all that has application data in it.
  all.back().unasked = {"taken_once_Issuer_first", "taken_once_Issuer_Empty",
                        "taken_once_Issuer_message", "taken_once_Holder_Empty",
                        "taken_once_Holder_message"};
}

}  // namespace

std::vector<Case> x3dh_cases() {
  const auto documented = spec::outline_of<Description<Documented>>;
  const auto counter = spec::outline_of<Description<Counter>>;
  const auto hardened = spec::outline_of<Description<Hardened>>;
  std::vector<Case> all;
  add_profile<Documented>(all, "x3dh-documented");
  add_profile<Counter>(all, "x3dh-counter");
  add_profile<Hardened>(all, "x3dh-hardened");

  add_messages<Documented>(all, "x3dh-documented", order + past + Names{"nonce_once"}, of_counts());
  Case one_way = all.back();  // a loss alone, without messages that cross
  one_way.name = "x3dh-documented-one-way";
  one_way.outline = [plain = one_way.outline] {
    Outline outline = plain();
    std::erase_if(outline.roles[0].rows, [](const auto& row) { return row.gives; });
    return outline;
  };
  one_way.fails = all_of({"completion"}, {"Issuer", "Holder"}) +
                  Names{"in_step_Issuer", "any_order_Issuer"} + past;
  one_way.weakenings = {};
  all.push_back(std::move(one_way));
  add_messages<Counter>(all, "x3dh-counter", past,
                        of_numbers({&planted_switch("counter has one key for both ways")}));
  auto weakenings = of_numbers({});
  for (const auto& question : past)
    weakenings.push_back(
        {"chain keys do not move, " + question, question, [](Outline& o) { keep_keys(o); }});
  add_messages<Hardened>(all, "x3dh-hardened", {}, std::move(weakenings));

  std::vector<std::string> crossed{"completion_Issuer",  "completion_Holder", "counterpart_Issuer",
                                   "counterpart_Holder", "agreement_Issuer",  "agreement_Holder"};
  all.push_back({"x3dh-documented-connections", "23", [=] { return knowing(documented()); },
                 apart(), crossed, stage<Documented>({.knows_peer = true})});
  std::vector<Weakening> uncovered;
  for (const auto* question : {"completion_Issuer", "completion_Holder"})
    uncovered.push_back({std::string("nothing covers the connection, ") + question, question,
                         [](Outline& o) { drop_covered(o, "connection_id"); }});
  all.push_back({"x3dh-counter-connections",
                 "23",
                 [=] { return knowing(counter()); },
                 apart(),
                 {},
                 stage<Counter>({.knows_peer = true}),
                 uncovered});
  all.push_back({"x3dh-hardened-connections",
                 "23",
                 [=] { return knowing(hardened()); },
                 apart(),
                 {},
                 stage<Hardened>({.knows_peer = true}),
                 uncovered});
  all.push_back(
      {"x3dh-hardened-verified",
       "",
       [=] { return verified(hardened()); },
       one_each(),
       {"completion_Issuer", "completion_Holder", "aliveness_Issuer", "aliveness_Holder",
        "counterpart_Issuer", "counterpart_Holder", "agreement_Issuer", "agreement_Holder"},
       stage<Hardened>({.wants_verified = true}),
       {{"who is not verified is sent to",
         "secrecy",
         [](Outline& o) { drop_rule(o, "Send", "PeerIsVerified"); },
         {&planted_switch("unverified peer is sent to")}}}});
  return all;
}

}  // namespace model
