#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// A session that was cut looks like one that was ended.

namespace attacks {
namespace {

/// What the child is told of the end, which the parent wants or the attacker brings about.
std::string end_of(Profile which, PairStory& story, bool is_cut) {
  Pair& pair = story.established(which);
  story.hears("page 1 of 2");
  if (!is_cut) {
    story.hears("page 2 of 2");
    if (which == Profile::hardened) pair.parent_does(Shutdown{});
    pair.run();
    story.parent("is done, and closes the connection");
  } else {
    story.attacker("closes the connection before page 2, which takes a forged TCP reset");
  }
  const std::string end = words_of(*pair.child_does(LinkClosed{}).find("Closed"));
  story.child("tells its application " + end);
  return end;
}

bool attack(Profile which, PairStory& story) {
  const std::string honest = end_of(which, story, false), cut = end_of(which, story, true);
  if (honest == cut) story.child("cannot tell the one from the other, and takes page 1 for all");
  return honest == cut;
}

const Attack listed{
    {"stdio", "7 shutdown", "", "truncated_session", "a cut session looks like one that ended",
     "`link_closed` either way: the last messages can be cut off unseen",
     "the end is a record: `Closed` without a fault after it, with `link_closed` where it was cut"},
    attack};

}  // namespace

TEST_CASE("stdio: cutting the session short succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.pair().child_told.back().fault == Fault::link_closed);
}

TEST_CASE("stdio: cutting the session short fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.pair().child_told.back().fault == Fault::link_closed);
  PairStory other;
  CHECK(end_of(Profile::hardened, other, false) == "Closed");
}

}  // namespace attacks
