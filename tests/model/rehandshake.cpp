#include "handfast/testing/switches.hpp"
// The switches come first.
#include "handfast/rehandshake/spec.hpp"
#include "handfast/testing/stage.hpp"
#include "tests/model/values.hpp"

// Both profiles of rehandshake: Alice and Bob, each of whom asks and is asked.

namespace model {
namespace {

using namespace handfast;
using namespace handfast::rehandshake;
using namespace std::chrono_literals;
using testing::planted_switch;

/// What a side has for `name`: the number behind the colon, or 0.
std::uint8_t number_of(const Side& side, std::string_view name) {
  const auto found = side.own.find(name);
  return found == side.own.end() ? std::uint8_t{0} : static_cast<std::uint8_t>(found->second[0]);
}
SessionId session_with(std::uint8_t number) {
  SessionId session;
  session.fill(number);
  return session;
}

/// A session's keys come from its id, unless `is_one_key`.
SessionKeys keys_of(const Side& side, bool is_one_key) {
  const SessionId session = session_with(number_of(side, "session_id"));
  const auto key = [&](const std::string& party) {
    Value bytes(32, static_cast<std::uint8_t>(party[0]));
    if (!is_one_key) std::ranges::copy(session, bytes.begin());
    return Secret<32>::from(Bytes(bytes));
  };
  return {session, key(side.party), key(side.peer), 0};
}

Random random_of(const Side& side) {
  return testing::lasting_random(side.name + std::to_string(side.role));
}

/// What is not as it should be about the machines of a replay.
struct Loose {
  bool one_key = false;      // the keys are those of any session
  bool any_channel = false;  // the channel goes into no proof
};

template <class Role>
typename Role::Context context_of(const Side& side, Loose loose) {
  if constexpr (std::same_as<typename Role::Context, compat::Context>) {
    return compat::Context(keys_of(side, loose.one_key), random_of(side));
  } else {
    std::array<std::uint8_t, 32> exporter;
    exporter.fill(number_of(side, "ChannelBindingBytes"));
    Config config;
    config.attempts_max = 1'000;
    return {keys_of(side, loose.one_key),
            loose.any_channel ? ChannelBinding::none() : ChannelBinding::of(exporter), config,
            random_of(side)};
  }
}

template <class Profile>
Stage stage(Loose loose = {}) {
  const auto actor = [loose](const Side& side) {
    return testing::actor_of<Description<Profile>>(
        side, [&]<class Role, class Peer>(List<Role>, List<Peer>) -> std::unique_ptr<Actor> {
          return std::make_unique<testing::ActorOf<Description<Profile>, Role, Peer>>(
              context_of<Role>(side, loose), context_of<Peer>(side, loose), start);
        });
  };
  const auto value = [](std::string_view name) -> Value {
    if (name.starts_with("session_id")) {
      const SessionId session = session_with(
          name.contains(':') ? static_cast<std::uint8_t>(name.back()) : std::uint8_t{0});
      return {session.begin(), session.end()};
    }
    if (name == "timestamp") return testing::detail::value_of(unix_ms(start));
    return {};
  };
  return {actor, value};
}

// Who takes part.

std::vector<Side> both_ways() {
  return {
      {"Alice", 0, "A", "B"}, {"Bob", 1, "B", "A"}, {"Bob", 0, "B", "A"}, {"Alice", 1, "A", "B"}};
}
std::vector<Side> one_way() { return {{"Alice", 0, "A", "B"}, {"Bob", 1, "B", "A"}}; }
/// Bob has time for a second run.
std::vector<Side> twice() { return {{"Alice", 0, "A", "B"}, {"Bob", 1, "B", "A", {}, 2}}; }
std::vector<Side> alice_twice() { return {{"Alice", 0, "A", "B", {}, 2}, {"Bob", 1, "B", "A"}}; }
std::vector<Side> both_twice() {
  return {{"Alice", 0, "A", "B", {}, 2}, {"Bob", 1, "B", "A", {}, 2}};
}
/// Alice and Bob have each other's keys, and each another value of what is called `name`.
std::vector<Side> apart(const std::string& name) {
  return {{"Alice", 0, "A", "B", {{name, "1"}}}, {"Bob", 1, "B", "A", {{name, "2"}}}};
}

void keys_without_session(Outline& outline) { outline.keys_name.clear(); }
void nothing_names_the_session(Outline& outline) {
  keys_without_session(outline);
  drop_covered(outline, "session_id");
  for (const auto* message : {"Request", "Response", "Complete"})
    drop_rule(outline, message, "SessionIsOurs");
}

}  // namespace

std::vector<Case> rehandshake_cases() {
  const auto deployed = handfast::spec::outline_of<Description<Compat>>;
  const auto hardened = handfast::spec::outline_of<Description<Hardened>>;
  const std::vector<std::string> done{"completion_Initiator", "completion_Responder"};
  std::vector<Weakening> any_session;
  for (const auto* question : {"completion", "counterpart", "agreement"})
    for (const auto* role : {"_Initiator", "_Responder"})
      any_session.push_back({std::string("the keys are those of any session, ") + question + role,
                             std::string(question) + role,
                             keys_without_session,
                             {},
                             stage<Compat>({.one_key = true})});
  std::vector<Case> all;

  all.push_back({"rehandshake-compat",
                 "15, 18",
                 deployed,
                 both_ways(),
                 {"completion_Initiator", "completion_Responder", "counterpart_Initiator",
                  "counterpart_Responder", "agreement_Initiator", "agreement_Responder"},
                 stage<Compat>(),
                 {{"RESPONSE's proof is not checked",
                   "aliveness_Initiator",
                   [](Outline& o) { drop_rule(o, "Response", "PeerProves"); },
                   {&testing::rule_switch<compat::PeerProves>()},
                   {},
                   one_way()},
                  {"COMPLETE's proof is not checked",
                   "aliveness_Responder",
                   [](Outline& o) { drop_rule(o, "Complete", "PeerProves"); },
                   {&testing::rule_switch<compat::PeerProves>()},
                   {},
                   one_way()},
                  {"a REQUEST gives the key away", "secrecy",
                   [](Outline& o) { give_away(o, "request", "session_id", "SenderTx"); }},
                  {"the wait for RESPONSE has no end", "no_deadlock",
                   [](Outline& o) { drop_timer(o, "ResponseOverdue"); }}}});
  all.push_back(
      {"rehandshake-compat-twice",
       "16",
       deployed,
       twice(),
       {"completion_Initiator", "completion_Responder", "agreement_Initiator",
        "agreement_Responder", "taken_once_Responder_request"},
       stage<Compat>(),
       {{"all challenges of the responder's are one", "injectivity_Responder",
         [](Outline& o) { always_same(o, "response", "challenge"); }},
        {"all challenges of the initiator's are one", "injectivity_Initiator",
         [](Outline& o) { always_same(o, "request", "challenge"); }},
        {"all challenges of the initiator's are one, and", "taken_once_Initiator_response",
         [](Outline& o) { always_same(o, "request", "challenge"); }}}});
  all.push_back({"rehandshake-compat-sessions",
                 "17, 28",
                 deployed,
                 apart("session_id"),
                 {},
                 stage<Compat>(),
                 any_session});
  all.push_back({"rehandshake-compat-channels",
                 "27",
                 deployed,
                 apart("ChannelBindingBytes"),
                 {"completion_Initiator", "completion_Responder", "counterpart_Initiator",
                  "counterpart_Responder", "agreement_Initiator", "agreement_Responder"},
                 stage<Compat>()});

  all.push_back({"rehandshake-hardened",
                 "15, 18",
                 hardened,
                 both_ways(),
                 done,
                 stage<Hardened>(),
                 {{"COMPLETE's proof is not checked",
                   "counterpart_Responder",
                   [](Outline& o) { drop_rule(o, "Complete", "PeerProves"); },
                   {&planted_switch("COMPLETE's proof not checked")},
                   {},
                   one_way()},
                  {"neither REQUEST's nor COMPLETE's proof is checked",
                   "aliveness_Responder",
                   [](Outline& o) {
                     drop_rule(o, "Request", "PeerProves");
                     drop_rule(o, "Complete", "PeerProves");
                   },
                   {&planted_switch("REQUEST's proof not checked"),
                    &planted_switch("COMPLETE's proof not checked")},
                   {},
                   one_way()},
                  {"RESPONSE's proof is not checked",
                   "agreement_Initiator",
                   [](Outline& o) { drop_rule(o, "Response", "PeerProves"); },
                   {&planted_switch("RESPONSE's proof not checked")},
                   {},
                   one_way()},
                  {"RESPONSE's proof is not checked, and",
                   "aliveness_Initiator",
                   [](Outline& o) { drop_rule(o, "Response", "PeerProves"); },
                   {&planted_switch("RESPONSE's proof not checked")},
                   {},
                   one_way()},
                  {"RESPONSE's proof is not checked at all",
                   "counterpart_Initiator",
                   [](Outline& o) { drop_rule(o, "Response", "PeerProves"); },
                   {&planted_switch("RESPONSE's proof not checked")},
                   {},
                   one_way()},
                  {"COMPLETE's proof covers no message",
                   "agreement_Responder",
                   [](Outline& o) {
                     drop_message(o, "complete", "proof", "request");
                     drop_message(o, "complete", "proof", "response");
                   },
                   {},
                   {},
                   both_twice()},
                  {"a REQUEST gives the key away", "secrecy",
                   [](Outline& o) { give_away(o, "request", "session_id", "InitiatorProofKey"); }},
                  {"the wait for RESPONSE has no end", "no_deadlock",
                   [](Outline& o) { drop_timer(o, "ResponseOverdue"); }}}});
  all.push_back({"rehandshake-hardened-twice",
                 "16",
                 hardened,
                 twice(),
                 done,
                 stage<Hardened>(),
                 {{"no challenge is remembered",
                   "taken_once_Responder_request",
                   [](Outline& o) { drop_rule(o, "Request", "ChallengeIsNew"); },
                   {&testing::rule_switch<ChallengeIsNew>()}},
                  {"RESPONSE's proof does not cover the REQUEST",
                   "injectivity_Initiator",
                   [](Outline& o) { drop_message(o, "response", "proof", "request"); },
                   {},
                   {},
                   alice_twice()},
                  {"RESPONSE's proof does not cover the REQUEST, and",
                   "taken_once_Initiator_response",
                   [](Outline& o) { drop_message(o, "response", "proof", "request"); },
                   {},
                   {},
                   alice_twice()},
                  {"all challenges of the responder's are one, and none is remembered",
                   "injectivity_Responder", [](Outline& o) {
                     drop_rule(o, "Request", "ChallengeIsNew");
                     always_same(o, "response", "challenge");
                   }}}});
  all.push_back({"rehandshake-hardened-sessions",
                 "17, 28",
                 hardened,
                 apart("session_id"),
                 {},
                 stage<Hardened>(),
                 {{"neither keys nor proofs nor checks name the session", "completion_Responder",
                   nothing_names_the_session},
                  {"neither keys nor proofs nor checks name the session, asked of the initiator",
                   "completion_Initiator", nothing_names_the_session}}});
  all.push_back({"rehandshake-hardened-sessions-one-key",
                 "17, 28",
                 [=] {
                   Outline outline = hardened();
                   keys_without_session(outline);
                   return outline;
                 },
                 apart("session_id"),
                 {},
                 stage<Hardened>({.one_key = true})});
  all.push_back({"rehandshake-hardened-channels",
                 "27",
                 hardened,
                 apart("ChannelBindingBytes"),
                 {},
                 stage<Hardened>(),
                 {{"no proof covers the channel",
                   "completion_Responder",
                   [](Outline& o) { drop_covered(o, "ChannelBindingBytes"); },
                   {},
                   stage<Hardened>({.any_channel = true})}}});
  for (Case& one : all) {
    one.begins_again = true;
    // Whoever runs twice takes a copy: nothing is remembered, and a MAC covers no more than a value.
    if (one.name.starts_with("rehandshake-compat"))
      one.fails_in_two = {"taken_once_Initiator_response", "taken_once_Responder_request"};
    if (one.name == "rehandshake-compat-sessions")
      one.fails_in_two = {"taken_once_Responder_request"};
  }
  return all;
}

}  // namespace model
