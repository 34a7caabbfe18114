#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// One packet with the number 0 ends the deployed child's process.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.established(which);
  const Sealed request = story.asks("one");
  story.attacker("writes 0 over the sequence in the request's header; it costs him no key");
  story.deployed(
      "the child reads a number that is not above the last one, and its process ends: "
      "nobody answers any more");
  story.hands_child(with_sequence(which, request, 0));
  story.attacker("has nothing more to do, and lets the request itself pass");
  story.hands_child(request);
  pair.run();
  return !story.hears("two");
}

const Attack listed{{"stdio", "1", "1", "sequence_zero", "the sequence 0 ends the child's process",
                     "the deployed child's process ends; here the packet is `replayed` and nothing "
                     "changes",
                     "numbers begin at 1: `malformed`, nothing changes", false},
                    attack};

}  // namespace

TEST_CASE("stdio: the sequence 0, which ends the deployed child, is a fault in compat",
          "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::compat, story));
  CHECK(story.forged == std::vector{Fault::replayed});
  CHECK(story.is_state_kept);
  CHECK(Pair::count(story.pair().child_told, "Delivered") == 2);
  CHECK(story.heard == "re: two");
}

TEST_CASE("stdio: the sequence 0 fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::malformed});
  CHECK(story.is_state_kept);
  CHECK(Pair::count(story.pair().child_told, "Delivered") == 2);
  CHECK(story.heard == "re: two");
}

}  // namespace attacks
