#include "handfast/registration/peer/keys.hpp"

#include "tests/registration/contacts.hpp"
#include "tests/support/frozen.hpp"

// The bytes of two contacts, frozen: any change to them is a change of version.
// tests/vectors/registration_peer_hardened.py computes the same file from its inputs with code that
// shares nothing with ours; with --write it writes it anew.

using namespace peer_test;
using test::hex, test::text, test::unhex;
using Json = nlohmann::json;

namespace {

struct Scripted {
  explicit Scripted(const Json& own)
      : machine(peer::Context({}, x25519::PrivateKey::from(Bytes(unhex(own))).value(),
                              Random(random))) {}
  test::QueuedRandom random;
  Machine<Peer> machine;
  Time now{SteadyTime{} + 1h, {}};

  template <class Command>
  std::vector<Kept> does(const Command& command) {
    return frames(machine.handle(command, now));
  }
  std::vector<Kept> gets(const Kept& frame) {
    auto out = machine.receive(frame, now);
    CHECK_FALSE(out.fault());
    if (const auto* one = out.event<Running>()) claim = one->claim;
    if (const auto* one = out.event<peer::Delivered>()) said = std::string(text_of(one->payload));
    return frames(out);
  }
  static std::vector<Kept> frames(const Output<Peer>& out) {
    std::vector<Kept> made;
    for (const Frame& frame : out.transmit) made.push_back(keep(frame.bytes));
    return made;
  }
  Claim claim;
  std::string said;
};

}  // namespace

TEST_CASE("registration: two contacts speak the frozen sessions byte for byte", "[vectors]") {
  const Json all = Json::parse(test::read_file("vectors/registration_peer_hardened.json"));
  Scripted alice(all["alice"]), bob(all["bob"]);
  const auto key_of = [](Scripted& one) { return one.machine.context().identity.public_key(); };
  alice.does(peer::Meet{key_of(bob)});
  bob.does(peer::Meet{key_of(alice)});
  for (const char* name : {"alice_half", "alice_ephemeral", "alice_renewal_half", "alice_renewal"})
    alice.random.queue.push_back(unhex(all[name]));
  for (const char* name : {"bob_half", "bob_ephemeral", "bob_renewal_half", "bob_renewal"})
    bob.random.queue.push_back(unhex(all[name]));

  std::size_t next = 0;
  const auto frame = [&](const std::vector<Kept>& made, std::string_view from) {
    REQUIRE(made.size() == 1);
    const Json& expected = all["frames"].at(next++);
    INFO("frame " << next);
    CHECK(text(expected["from"]) == from);
    CHECK(hex(made[0]) == text(expected["frame"]));
    return made[0];
  };
  const auto say = [&](Scripted& who, const char* text, std::string_view from) {
    return frame(who.does(peer::Send{bytes_of(text)}), from);
  };
  const auto handshake = [&](Scripted& caller, Scripted& answerer, std::size_t number) {
    const Json& session = all["sessions"].at(number);
    const auto hello = caller.does(peer::Call{}).at(0);
    CHECK(hex(hello) == text(session["hello"]));
    const auto ack = answerer.gets(hello).at(0);
    CHECK(hex(ack) == text(session["hello_ack"]));
    CHECK(hex(answerer.claim.transcript) == text(session["transcript"]));
    CHECK(hex(answerer.claim.key_id) == text(session["key_id"]));
    return ack;
  };

  const auto first = frame(alice.gets(handshake(alice, bob, 0)), "alice");
  alice.gets(frame(bob.gets(first), "bob"));
  bob.gets(say(alice, "Hello Bob!", "alice"));
  (void)say(alice, "This one is lost.", "alice");
  bob.gets(say(alice, "Are you there?", "alice"));
  CHECK(bob.said == "Are you there?");
  alice.gets(say(bob, "Hello Alice!", "bob"));
  const auto ack = handshake(bob, alice, 1);
  alice.gets(say(bob, "I call you.", "bob"));
  CHECK(alice.said == "I call you.");
  const auto confirmation = frame(bob.gets(ack), "bob");
  bob.gets(frame(alice.gets(confirmation), "alice"));
  const auto last = say(alice, "In new words.", "alice");
  bob.gets(last);
  CHECK(bob.said == "In new words.");
  CHECK(next == all["frames"].size());

  Scripted again(all["bob"]);
  again.does(peer::Meet{key_of(alice)});
  CHECK(hex(again.gets(last).at(0)) == text(all["new_session"]));
}

TEST_CASE(
    "registration: code that shares nothing with ours computes the frozen sessions of two contacts",
    "[vectors]") {
  test::check_computed_anew("registration_peer_hardened");
}
