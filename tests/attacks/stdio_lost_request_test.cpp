#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// The request, too, must never be lost.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  story.established(which);
  (void)story.asks("one");
  story.attacker("drops the request, once; from here on he touches nothing");
  story.waits(6s);
  if (which == Profile::compat)
    story.parent(
        "counts on; the child expects the number that never came, and puts that, not the "
        "header's, into the associated data");
  int heard = 0;
  for (int i = 0; i < 3; ++i) heard += story.hears("again") ? 1 : 0;
  return heard == 0;
}

const Attack listed{
    {"stdio", "3", "2, 3", "lost_request", "one lost request shuts the parent out",
     "the child's associated data stays at its own count plus one: every later request is "
     "`not_authentic`, though its key is the right one",
     "the number in the header is the one in the seal; the receiver derives over the gap, and the "
     "lost question is asked again"},
    attack};

}  // namespace

TEST_CASE("stdio: one lost request succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.honest == std::vector(3, Fault::not_authentic));
}

TEST_CASE("stdio: one lost request fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.honest.empty());
  CHECK(Pair::count(story.pair().parent_told, "Answered") == 4);
  CHECK(story.heard == "re: again");
}

}  // namespace attacks
