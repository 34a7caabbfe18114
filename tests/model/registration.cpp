#include "handfast/testing/switches.hpp"
// The switches come first.
#include "handfast/registration/spec.hpp"
#include "handfast/testing/stage.hpp"
#include "tests/model/values.hpp"

// registration in its hardened profile: Alice is a client, Bob the server. The connection is the
// attacker's.

namespace model {
namespace {

using namespace handfast;
using namespace handfast::registration;
using testing::planted_switch;

std::string audience(std::string_view name) { return "server" + which_of(name) + ":443"; }
/// The bytes of what somebody simply has. What is part of others only by its name is there.
Value own(std::string_view name) {
  if (name.starts_with(publics)) return public_key_in(name);
  if (name == "challengeText") return bytes_in(Config{}.challenge_text);
  if (name == "attacker's challengeText") return bytes_in(std::string_view("Well met!"));
  if (name == "attacker's audience") return bytes_in(std::string_view("attacker:443"));
  if (name.starts_with("audience")) return bytes_in(audience(name));
  if (name == "replaced") return Value(8);
  if (name.contains("'s payload")) return {name.begin(), name.end()};
  if (name.starts_with("number ")) return number(static_cast<std::uint64_t>(name.back() - '0'));
  return name.starts_with("attacker's") ? Value{} : Value{1};
}

/// JSON while registering, then records.
struct Frames {
  template <class M>
  static Value encode(M message) {
    if constexpr (requires { message.audience; })
      if (message.audience.empty()) message.audience = "anybody:443";  // it may be any, but one
    if constexpr (std::same_as<M, Record>)
      return testing::BinaryCodec::encode(message);
    else
      return bytes_in(wire::json::encode(message).value());
  }
  template <class M>
  static M decode(Bytes bytes) {
    return wire::binary::decode<M>(bytes).value();
  }
};

/// What the application of a side says.
struct User {
  std::string payload;
  int given = 0;
  std::string said{};

  void operator()(Send& command) {
    command.recipient = key_of("recipient").public_key();
    command.payload = next();
  }
  void operator()(Deliver& command) {
    command.sender = key_of("sender").public_key();
    command.payload = next();
  }
  template <class Command>
  void operator()(Command&) const {}
  Bytes next() {
    said = payload + ' ' + std::to_string(++given);
    return bytes_of(said);
  }
};

registration::Context context_of(const Side& side) {
  Config config;
  const auto found = side.own.find("audience");
  const std::string name = audience(found == side.own.end() ? "" : ":" + found->second);
  config.audience = name;
  config.names = {name};
  if (side.role == 0) config.pinned_server = key_of("identity of " + side.peer).public_key();
  return {config, key_of("identity of " + side.party), testing::lasting_random(side.name)};
}

Stage stage() {
  const auto user = [](const Side& side) { return User{side.name + "'s payload"}; };
  return testing::wire_stage<Description<Hardened>, Frames>(context_of, user, start, own);
}

// Who takes part, each with as many messages.

std::vector<Side> one_each() {
  return {{"Alice", 0, "A", "B", {}, 2}, {"Bob", 1, "B", "A", {}, 2}};
}
/// Alice has dialled another server than Bob: the attacker's, who hands all of it on.
std::vector<Side> apart() {
  return {{"Alice", 0, "A", "B", {{"audience", "1"}}}, {"Bob", 1, "B", "A", {{"audience", "2"}}}};
}
std::vector<Side> two_servers() {
  return {{"Alice", 0, "A", "B"}, {"Bob", 1, "B", "A"}, {"Bob_again", 1, "B", "A"}};
}
std::vector<Side> two_clients() {
  return {{"Alice", 0, "A", "B"}, {"Alice_again", 0, "A", "B"}, {"Bob", 1, "B", "A"}};
}

// What is taken away.

template <class Key>
spec::KeyOutline& key_in(Outline& outline) {
  return *std::ranges::find(outline.keys, name_of<Key>(), &spec::KeyOutline::name);
}
template <class Key>
void keep_key(Outline& outline) {
  key_in<Key>(outline).kept = name_of<Key>();
}
void leak_keys(Outline& outline) {
  keep_key<ClientEphemeral>(outline);
  for (spec::KeyOutline& key : outline.keys) key.is_leaked = !key.kept.empty();
}
void forget_counters(Outline& outline) {
  std::erase_if(outline.rules, [](const spec::RuleOutline& rule) {
    return rule.kind == spec::RuleOutline::Kind::remembers;
  });
}
void any_audience(Outline& outline) {
  drop_rule(outline, "ChallengeResponse", "AudienceIsOurs");
  drop_pieces(outline.transcript, "audience");
  drop_covered(outline, "audience");
}
template <class Change>
void weaken(std::vector<Weakening>& all, const std::string& name, const Names& questions,
            Change change, std::vector<bool*> switches = {}, std::vector<Side> sides = {}) {
  for (const auto& question : questions)
    all.push_back({name + ", " + question, question, change, switches, {}, sides});
}

}  // namespace

std::vector<Case> registration_cases() {
  const auto hardened = spec::outline_of<Description<Hardened>>;
  const Names done{"completion_Client", "completion_Server"};
  std::vector<Case> all;
  std::vector<Weakening> taken;
  weaken(taken, "the server's proof is not checked",
         {"counterpart_Client", "agreement_Client", "aliveness_Client"},
         [](Outline& o) { drop_rule(o, "RegisterSuccess", "PeerProves"); },
         {&planted_switch("success without the server's proof")});
  weaken(taken, "the client's proof is not checked",
         {"counterpart_Server", "agreement_Server", "aliveness_Server"},
         [](Outline& o) {
           std::erase_if(o.rules, [](const spec::RuleOutline& rule) {
             return rule.rule == name_of<PeerProves>() && rule.field == "proof";
           });
         },
         {&planted_switch("replaced before the proof")});
  weaken(taken, "messages are not opened", {"data_Client", "data_Server"}, [](Outline& o) {
    drop_rule(o, "Route", "Opening");
    drop_rule(o, "Routed", "Opening");
  });
  weaken(taken, "no counter is remembered",
         {"taken_once_Client_routed", "taken_once_Server_route", "data_once_Client",
          "data_once_Server"},
         forget_counters, {&planted_switch("counter of a frame not checked")});
  weaken(taken, "everybody has all keys but the server's ephemeral one", {"secrecy"}, leak_keys);
  weaken(taken, "no ephemeral key of the client's goes into the keys", {"forward_secrecy"},
         [](Outline& o) { drop_covered(o, "ClientEphemeral"); });
  weaken(taken, "the wait for a result has no end", {"no_deadlock"},
         [](Outline& o) { drop_timer(o, "ResultOverdue"); });
  weaken(taken, "all ephemeral keys of a server are one", {"injectivity_Server"},
         keep_key<ServerEphemeral>, {}, two_servers());
  weaken(taken, "all ephemeral keys of clients are one", {"injectivity_Client"},
         keep_key<ClientEphemeral>, {}, two_clients());
  all.push_back({"registration-hardened", "9", hardened, one_each(), done, stage(), taken});

  std::vector<Weakening> relayed;
  weaken(
      relayed, "the audience is neither checked nor covered",
      {"completion_Client", "completion_Server", "counterpart_Server"}, any_audience,
      {&planted_switch("audience not checked"), &planted_switch("audience not in the transcript")});
  all.push_back({"registration-hardened-relayed", "9", hardened, apart(), {}, stage(), relayed});
  all.push_back({"registration-hardened-twice", "9", hardened, two_servers(), done, stage()});
  return all;
}

}  // namespace model
