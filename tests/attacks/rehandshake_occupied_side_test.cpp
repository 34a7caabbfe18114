#include "tests/attacks/rehandshake.hpp"
#include "tests/support/catch.hpp"

// Whoever knows a session's id keeps its own side from being heard.

namespace attacks::rehandshake {
namespace {

bool attack(Profile which, RehandshakeStory& story) {
  const auto alice = who_asks(which, Who::alice), bob = who_is_asked(which, Who::bob);
  story.attacker("asks Bob in Alice's name");
  (void)story.hands(*bob, made_up_request(which, bob->now));
  const Message request = alice->asks().messages.at(0);
  story.says(*alice, "asks, and nobody touches what she says");
  const Caused answer = bob->gets(request);
  story.says(*bob,
             answer.messages.empty() ? "waits for what the other one says next" : "answers her");
  if (!answer.messages.empty()) {
    const Caused done = alice->gets(answer.messages[0]);
    story.is_honest_done = bob->gets(done.messages.at(0)).committed.has_value();
    return false;
  }
  (void)alice->waits(5s);
  if (alice->state() == "Failed") story.says(*alice, "has given up after 5 s");
  return alice->state() == "Failed";
}

const Attack listed{
    {"rehandshake", "", "", "occupied_side", "a made-up REQUEST keeps the honest one out",
     "anybody's REQUEST is answered, and one at a time: Alice's is dropped, and "
     "she has failed after 5 s",
     "a REQUEST must be proved before anything changes: `not_authentic`; another "
     "authentic one would take its place"},
    attack};

}  // namespace

TEST_CASE("rehandshake: a made-up REQUEST occupies a side of compat", "[attack]") {
  RehandshakeStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("rehandshake: a made-up REQUEST occupies nobody of hardened", "[attack]") {
  RehandshakeStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::not_authentic});
  CHECK(story.is_state_kept);
  CHECK(story.is_honest_done);
}

}  // namespace attacks::rehandshake
