#include "tests/attacks/rehandshake.hpp"
#include "tests/support/catch.hpp"

// Both begin, and neither gets anywhere.

namespace attacks::rehandshake {
namespace {

bool attack(Profile which, RehandshakeStory& story) {
  const auto alice = who_asks(which, Who::alice), bob = who_asks(which, Who::bob);
  const Message from_alice = alice->asks().messages.at(0);
  story.says(*alice, "asks: there is a direct connection");
  story.attacker("holds her REQUEST back until Bob has seen the connection too");
  const Message from_bob = bob->asks().messages.at(0);
  story.says(*bob, "asks");
  story.attacker("hands each the other's, and touches nothing any more");
  (void)story.hands(*alice, from_bob);
  const Caused answer = story.hands(*bob, from_alice);
  if (!answer.messages.empty()) {
    const Caused done = alice->gets(answer.messages[0]);
    const Caused end = bob->gets(done.messages.at(0));
    story.is_honest_done = done.committed && end.committed;
    if (story.is_honest_done) story.says(*bob, "and Alice are done");
    return false;
  }
  (void)alice->waits(5s);
  (void)bob->waits(5s);
  const bool is_stuck = alice->state() == "Failed" && bob->state() == "Failed";
  if (is_stuck) story.says(*bob, "and Alice have given up after 5 s");
  return is_stuck;
}

const Attack listed{
    {"rehandshake", "3 simultaneous", "", "crossing_requests", "two that begin at once get nowhere",
     "nothing says which of the two gives way: each waits for a RESPONSE, refuses "
     "the other's REQUEST, and has failed after 5 s",
     "the one with the smaller id goes on, the other gives its own REQUEST up and "
     "answers: both are done"},
    attack};

}  // namespace

TEST_CASE("rehandshake: crossing REQUESTs stop both sides of compat", "[attack]") {
  RehandshakeStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.forged == std::vector(2, Fault::unknown_type));
}

TEST_CASE("rehandshake: crossing REQUESTs stop nobody of hardened", "[attack]") {
  RehandshakeStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged.empty());
  CHECK(story.is_honest_done);
}

}  // namespace attacks::rehandshake
