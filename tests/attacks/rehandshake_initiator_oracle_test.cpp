#include "tests/attacks/rehandshake.hpp"
#include "tests/support/catch.hpp"

// Whoever has asked is an oracle too: nobody needs to be asked for a side to be done.

namespace attacks::rehandshake {
namespace {

bool attack(Profile which, RehandshakeStory& story) {
  const auto before = who_is_asked(which, Who::alice), bob = who_asks(which, Who::bob);
  const Message from_bob = bob->asks().messages.at(0);
  story.says(*bob, "asks Alice");
  const Caused answer = before->gets(from_bob);
  const Message response = answer.messages.at(0);
  Setting later;
  later.lives = 1;
  const auto alice = who_asks(which, Who::alice, later);
  const Message from_alice = alice->asks().messages.at(0);
  story.says(*before, "answers; then she begins anew, and asks Bob");

  story.attacker(
      "keeps her REQUEST, and hands Bob her RESPONSE with the challenge of that REQUEST in it");
  const Message wanted = part_of(from_alice, request_challenge);
  const Caused oracle = story.hands(*bob, with(response, response_challenge(which), wanted));
  const bool is_had = !oracle.messages.empty();
  story.attacker(is_had ? "makes a RESPONSE for Alice of the MAC in Bob's COMPLETE: it is the one "
                          "she waits for, since a MAC says neither who asks nor who is asked"
                        : "has no MAC but Alice's own, and makes a RESPONSE for her of that");
  const Message proof = is_had ? part_of(oracle.messages[0], complete_proof(which))
                               : part_of(response, response_proof(which));
  const Message made = with(with(response, response_challenge(which), Message(32, 0xA7)),
                            response_proof(which), proof);
  const Caused done = story.hands(*alice, made);
  if (done.committed)  // and it is no run of Bob's, nor one that she was asked for
    return oracle.committed && oracle.committed->transcript != done.committed->transcript &&
           answer.running->transcript != done.committed->transcript;

  story.attacker("lets Alice's REQUEST through");
  const Caused genuine = story.hands(*bob, from_alice);
  const Caused end = bob->gets(alice->gets(genuine.messages.at(0)).messages.at(0));
  story.is_honest_done = end.committed.has_value();
  if (story.is_honest_done) story.says(*bob, "and Alice are done");
  return false;
}

const Attack listed{
    {"rehandshake", "1 oracle", "1", "initiator_oracle",
     "a side has asked and is done, and nobody was ever asked",
     "an initiator makes a MAC over whatever challenge is in a RESPONSE: Bob, who "
     "asks too, proves to Alice what she asked, and never sees it",
     "a proof covers its role, the REQUEST that it answers and the challenge beside it: "
     "`not_authentic`, nothing changes"},
    attack};

}  // namespace

TEST_CASE("rehandshake: an initiator as MAC oracle succeeds against compat", "[attack]") {
  RehandshakeStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.forged.empty());
}

TEST_CASE("rehandshake: an initiator as MAC oracle fails against hardened", "[attack]") {
  RehandshakeStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector(2, Fault::not_authentic));
  CHECK(story.is_state_kept);
  CHECK(story.is_honest_done);
}

}  // namespace attacks::rehandshake
