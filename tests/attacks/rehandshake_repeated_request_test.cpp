#include "tests/attacks/rehandshake.hpp"
#include "tests/support/catch.hpp"

// A REQUEST that was answered is answered again, and what was proved is undone.

namespace attacks::rehandshake {
namespace {

bool attack(Profile which, RehandshakeStory& story) {
  const auto alice = who_asks(which, Who::alice), bob = who_is_asked(which, Who::bob);
  const Message request = alice->asks().messages.at(0);
  const Message response = bob->gets(request).messages.at(0);
  const Message complete = alice->gets(response).messages.at(0);
  story.is_honest_done = bob->gets(complete).committed.has_value();
  story.says(*bob, "is done, as Alice is");
  story.attacker("hands Bob the same REQUEST again, 20 seconds later");
  (void)bob->waits(20s);
  const Caused again = story.hands(*bob, request);
  const bool is_undone =
      !again.messages.empty() && bob->waits(5s).committed == std::nullopt && bob->state() == "Idle";
  if (is_undone) story.says(*bob, "waits for Alice, in vain; what she has proved he has given up");
  return is_undone;
}

const Attack listed{{"rehandshake", "3 memory", "2", "repeated_request",
                     "a REQUEST that was answered is answered again",
                     "nobody remembers a challenge: for 30 s a copy is as good as the REQUEST, "
                     "and whoever was done is not any more",
                     "challenges are remembered as long as their timestamps could pass: "
                     "`replayed`, nothing changes"},
                    attack};

}  // namespace

TEST_CASE("rehandshake: a repeated REQUEST is answered by compat", "[attack]") {
  RehandshakeStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.is_honest_done);
}

TEST_CASE("rehandshake: a repeated REQUEST is not answered by hardened", "[attack]") {
  RehandshakeStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.is_honest_done);
  CHECK(story.forged == std::vector{Fault::replayed});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::rehandshake
