#include "handfast/testing/switches.hpp"
// The switches come first.
#include "handfast/registration/peer/spec.hpp"
#include "handfast/testing/stage.hpp"
#include "tests/model/values.hpp"

// What two clients of registration say to each other in its hardened profile: Alice calls, Bob
// answers. The server between them is the attacker's.

namespace model {
namespace {

using namespace handfast;
using namespace handfast::registration;
using testing::planted_switch;

x25519::PublicKey identity_of(const std::string& party) {
  return key_of("identity of " + party).public_key();
}
/// The bytes of what somebody simply has. What is part of others only by its name is there.
Value own(std::string_view name) {
  if (name.starts_with(publics)) return public_key_in(name);
  if (name.contains("'s payload")) return bytes_in(name);
  if (name.starts_with("number ")) return number(static_cast<std::uint64_t>(name.back() - '0'));
  return name.starts_with("attacker's") ? Value{} : Value{1};
}

/// Frames for Alice, which are Bob's, or for Bob: a bit in each says whose it is.
template <bool is_for_alice>
struct FramesFor : testing::BinaryCodec {
  template <class M>
  static Value encode(M message) {
    if constexpr (std::same_as<M, peer::Frame>)
      message.is_from_smaller = is_for_alice == (identity_of("B") < identity_of("A"));
    return BinaryCodec::encode(message);
  }
};

/// What the application of a side says.
struct User {
  Side side;
  int given = 0;
  std::string said{};

  void operator()(peer::Meet& command) const { command.contact = identity_of(side.peer); }
  void operator()(peer::Send& command) {
    said = side.name + "'s payload " + std::to_string(++given);
    command.payload = bytes_of(said);
  }
  template <class Command>
  void operator()(Command&) const {}
};

template <bool is_alice>
std::unique_ptr<Actor> machine(const Side& side) {
  peer::Context context{
      {}, key_of("identity of " + side.party), testing::lasting_random(side.name)};
  return std::make_unique<
      testing::WireActor<peer::Description, Peer, Peer, FramesFor<is_alice>, User>>(
      std::move(context), User{side}, start);
}
Stage stage() {
  const auto actor = [](const Side& side) {
    return side.role == 0 ? machine<true>(side) : machine<false>(side);
  };
  return {actor, own};
}

// Who takes part, each with as much to draw and to say.

std::vector<Side> one_each() {
  return {{"Alice", 0, "A", "B", {}, 2}, {"Bob", 1, "B", "A", {}, 2}};
}
std::vector<Side> two_callers() {
  return {{"Alice", 0, "A", "B", {}, 2},
          {"Alice_again", 0, "A", "B", {}, 2},
          {"Bob", 1, "B", "A", {}, 2}};
}
std::vector<Side> two_answerers() {
  return {{"Alice", 0, "A", "B", {}, 2},
          {"Bob", 1, "B", "A", {}, 2},
          {"Bob_again", 1, "B", "A", {}, 2}};
}
/// Bob has time for a second call.
std::vector<Side> called_twice() {
  return {{"Alice", 0, "A", "B", {}, 2}, {"Bob", 1, "B", "A", {}, 4}};
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
  keep_key<peer::CallerEphemeral>(outline);
  for (spec::KeyOutline& key : outline.keys) key.is_leaked = !key.kept.empty();
}
void forget_counters(Outline& outline) {
  std::erase_if(outline.rules,
                [](const spec::RuleOutline& rule) { return rule.field == "counter"; });
}
}  // namespace

std::vector<Case> registration_contacts_cases() {
  std::vector<Weakening> taken;
  const auto weaken = [&](const std::string& name, const Names& questions, auto change,
                          const std::vector<bool*>& switches = {}, std::vector<Side> sides = {}) {
    for (const auto& question : questions)
      taken.push_back({name + ", " + question, question, change, switches, {}, sides});
  };
  weaken("HELLO_ACK's proof is not checked",
         {"counterpart_Peer", "agreement_Peer", "aliveness_Peer"},
         [](Outline& o) { drop_rule(o, "HelloAck", "PeerProves"); },
         {&planted_switch("HELLO_ACK's proof not checked"),
          &planted_switch("answer to another HELLO")});
  weaken("the caller's key is everybody's",
         {"counterpart_Answerer", "agreement_Answerer", "aliveness_Answerer"},
         [](Outline& o) { key_in<peer::CallerIdentity>(o).is_leaked = true; });
  weaken("frames are not opened", {"data_Peer", "data_Answerer"}, [](Outline& o) {
    drop_rule(o, "Message", "Opening");
    drop_rule(o, "Ack", "Opening");
  });
  weaken("no counter is remembered",
         {"data_once_Peer", "data_once_Answerer", "taken_once_Peer_message", "taken_once_Peer_ack",
          "taken_once_Answerer_message", "taken_once_Answerer_ack"},
         forget_counters);
  weaken(
      "no HELLO is remembered", {"taken_once_Answerer_hello"},
      [](Outline& o) { drop_rule(o, "Hello", "HelloIsNew"); },
      {&planted_switch("old HELLO makes a new session")}, called_twice());
  weaken("everybody has all keys but the answerer's ephemeral one", {"secrecy"}, leak_keys);
  weaken("no ephemeral key of the caller's goes into the keys", {"forward_secrecy"},
         [](Outline& o) { drop_covered(o, "CallerEphemeral"); });
  weaken("the wait for HELLO_ACK has no end", {"no_deadlock"},
         [](Outline& o) { drop_timer(o, "AckOverdue"); });
  weaken(
      "all that callers draw is one", {"injectivity_Peer"},
      [](Outline& o) {
        keep_key<peer::CallerEphemeral>(o);
        always_same(o, "hello", "half");
      },
      {}, two_callers());
  weaken(
      "all that answerers draw is one", {"injectivity_Answerer"},
      [](Outline& o) {
        keep_key<peer::AnswererEphemeral>(o);
        always_same(o, "hello_ack", "session");
      },
      {}, two_answerers());

  std::vector<Case> all;
  all.push_back({"registration-hardened-contacts",
                 "8",
                 peer::outline_of_call,
                 one_each(),
                 {"completion_Peer", "completion_Answerer"},
                 stage(),
                 taken});
  all.back().unasked = {"taken_once_Peer_hello_ack"};  // a caller takes one
  return all;
}

}  // namespace model
