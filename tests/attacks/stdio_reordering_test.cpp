#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// Two requests change places; the key window was made for this and does not help.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  story.established(which);
  const Sealed first = story.asks("one");
  story.attacker("holds the request back");
  story.waits(6s, false);
  const Sealed second = story.asks("two");
  story.attacker("lets the second request overtake the first");
  const bool is_second_heard = story.hands_child(second).has("Delivered");
  if (!is_second_heard)
    story.child(
        "has the key that sealed it, the present one, but tried it with its own count plus "
        "one in the associated data, and that is the first request's");
  story.attacker("hands over the first");
  const bool is_first_heard = story.hands_child(first).has("Delivered");
  return is_first_heard && !is_second_heard;
}

const Attack listed{{"stdio", "3", "3", "reordering", "a request that overtakes another is lost",
                     "the key window helps against no reordering: `not_authentic`, since the "
                     "number in the associated data is the receiver's own",
                     "both are delivered, in the order in which they come; the key of the one that "
                     "was overtaken waits in the window"},
                    attack};

}  // namespace

TEST_CASE("stdio: a reordering succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.forged == std::vector{Fault::not_authentic});
}

TEST_CASE("stdio: a reordering fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged.empty());
  story.pair().run();
  CHECK(Pair::count(story.pair().child_told, "Delivered") == 2);
  CHECK(Pair::count(story.pair().parent_told, "Answered") == 2);
  CHECK(story.hears("three"));
}

}  // namespace attacks
