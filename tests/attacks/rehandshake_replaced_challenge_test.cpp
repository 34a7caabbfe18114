#include "tests/attacks/rehandshake.hpp"
#include "tests/support/catch.hpp"

// One side is done, and the other has agreed to nothing of it.

namespace attacks::rehandshake {
namespace {

bool attack(Profile which, RehandshakeStory& story) {
  const auto alice = who_asks(which, Who::alice), bob = who_is_asked(which, Who::bob);
  const Message request = alice->asks().messages.at(0);
  story.says(*alice, "asks Bob");
  const Caused answer = bob->gets(request);
  story.says(*bob, "answers, with a challenge of his own");
  const Message response = answer.messages.at(0);

  story.attacker("puts another challenge in the place of Bob's");
  const Caused done =
      story.hands(*alice, with(response, response_challenge(which), Message(32, std::uint8_t{7})));
  const bool is_split = done.committed && done.committed->transcript != answer.running->transcript;
  if (is_split) {
    const Caused end = bob->gets(done.messages.at(0));
    story.says(*bob, "refuses what Alice says then as " + std::string(to_string(*end.fault)) +
                         ", and waits until his time is over");
    return bob->waits(5s).committed == std::nullopt && bob->state() == "Idle";
  }
  story.attacker("lets the genuine RESPONSE through");
  const Caused now_done = alice->gets(response);
  story.says(*alice, "is done");
  story.is_honest_done = bob->gets(now_done.messages.at(0)).committed.has_value();
  if (story.is_honest_done) story.says(*bob, "is done");
  return false;
}

const Attack listed{{"rehandshake", "1 agreement", "1", "replaced_challenge",
                     "one side is done, and the other is not and never will be",
                     "Bob's MAC covers Alice's challenge and nothing of his own: she takes the "
                     "changed RESPONSE, and he refuses her COMPLETE",
                     "the proof in a RESPONSE covers the REQUEST and all of the RESPONSE: "
                     "`not_authentic`, and the genuine one is taken"},
                    attack};

}  // namespace

TEST_CASE("rehandshake: a replaced challenge parts the sides of compat", "[attack]") {
  RehandshakeStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("rehandshake: a replaced challenge is nothing to hardened", "[attack]") {
  RehandshakeStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::not_authentic});
  CHECK(story.is_state_kept);
  CHECK(story.is_honest_done);
}

}  // namespace attacks::rehandshake
