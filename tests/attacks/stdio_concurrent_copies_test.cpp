#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// Six copies of one fresh request at once.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.established(which);
  pair.responds = false;
  const Sealed request = story.asks("one");
  story.attacker("sends six copies of the request at once, on six connections");
  story.deployed(
      "the child opens all six over one state that nothing locks; they pull its count "
      "and keys from under each other, and its process ends");
  for (int i = 0; i < 6; ++i) story.hands_child(request);
  story.child("is one machine: the copies come one after the other, whatever the transport does");
  pair.child_does(Respond{1, bytes_of("re: one")});
  pair.run();
  pair.responds = true;
  return !story.hears("two");
}

const Attack listed{{"stdio", "5", "", "concurrent_copies",
                     "six concurrent copies of one request end the child's process",
                     "the deployed child's process ends; here one copy is delivered and five are "
                     "`replayed`",
                     "one copy is delivered, five are `replayed`, nothing changes", false},
                    attack};

}  // namespace

TEST_CASE("stdio: six copies, which end the deployed child, are one request in compat",
          "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::compat, story));
  CHECK(story.forged == std::vector(5, Fault::replayed));
  CHECK(story.is_state_kept);
  CHECK(Pair::count(story.pair().child_told, "Delivered") == 2);
  CHECK(story.heard == "re: two");
}

TEST_CASE("stdio: six copies of one request fail against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector(5, Fault::replayed));
  CHECK(story.is_state_kept);
  CHECK(Pair::count(story.pair().child_told, "Delivered") == 2);
  CHECK(story.heard == "re: two");
}

}  // namespace attacks
