#include "tests/attacks/rehandshake.hpp"
#include "tests/support/catch.hpp"

// A side is done, and nobody has wanted anything of it.

namespace attacks::rehandshake {
namespace {

bool attack(Profile which, RehandshakeStory& story) {
  const auto before = who_asks(which, Who::bob);
  const Message kept = before->asks().messages.at(0);
  story.says(*before,
             "asks; the attacker lets nothing through, and Bob begins anew, asking nothing");
  const auto alice = who_is_asked(which, Who::alice), bob = who_is_asked(which, Who::bob);

  story.attacker("asks Alice in Bob's name, with the session's id and bytes of his own");
  Caused answer = story.hands(*alice, made_up_request(which, alice->now));
  if (answer.messages.empty()) {
    story.attacker("hands her Bob's own REQUEST, which he has kept");
    answer = story.hands(*alice, kept);
  }
  const Message response = answer.messages.at(0);

  story.attacker("asks Bob, with Alice's challenge as his own");
  const Message wanted = part_of(response, response_challenge(which));
  const Caused oracle =
      story.hands(*bob, with(made_up_request(which, bob->now), request_challenge, wanted));
  const bool is_had = !oracle.messages.empty();
  const Message& source = is_had ? oracle.messages[0] : response;
  story.attacker(is_had ? "hands Bob's MAC to Alice: it is the one she waits for, since a MAC says "
                          "neither who is asked nor who asks"
                        : "has no MAC but Alice's own, and hands her that");
  const Caused done = story.hands(
      *alice, made_up_complete(which, part_of(source, response_proof(which)), alice->now));
  return done.committed &&
         (!oracle.running || oracle.running->transcript != done.committed->transcript);
}

const Attack listed{
    {"rehandshake", "1 oracle", "1", "mac_oracle", "a side is done with nobody at the other end",
     "a responder makes a MAC over whatever it is sent: Bob proves to Alice what "
     "she asked somebody else, and never knows",
     "a REQUEST must be proved before it is answered, and a proof covers its role "
     "and all that was said: `not_authentic`, nothing changes"},
    attack};

}  // namespace

TEST_CASE("rehandshake: the MAC oracle succeeds against compat", "[attack]") {
  RehandshakeStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.forged.empty());
}

TEST_CASE("rehandshake: the MAC oracle fails against hardened", "[attack]") {
  RehandshakeStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector(3, Fault::not_authentic));
  CHECK(story.is_state_kept);
}

}  // namespace attacks::rehandshake
