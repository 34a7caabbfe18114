#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// Three responses that do not arrive push the parent out of the child's key window.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.established(which);
  for (int i = 0; i < 3; ++i) {
    const Sealed request = story.asks("heard");
    story.hands_child(request);
    story.attacker(
        "drops the response, and with it the acknowledgement on which the parent moves "
        "its keys");
    pair.lose_all();
    story.waits(6s, false);
  }
  story.attacker("has dropped three, the size of the window, and touches nothing more");
  if (which == Profile::compat)
    story.child("has moved three times, and has wiped the key that the parent still seals with");
  return !story.hears("heard");
}

const Attack listed{
    {"stdio", "3", "3", "lost_acknowledgements",
     "three lost acknowledgements push the parent out of the key window",
     "the parent's key has left the child's window: whatever it sends is `not_authentic`",
     "the keys move with the records, not with the answers: the next request is "
     "heard and answered"},
    attack};

}  // namespace

TEST_CASE("stdio: three lost acknowledgements succeed against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(Pair::count(story.pair().child_told, "Delivered") == 3);  // with keys of the window
  CHECK(story.honest == std::vector{Fault::not_authentic});
}

TEST_CASE("stdio: three lost acknowledgements fail against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged.empty());
  CHECK(story.honest.empty());
  CHECK(Pair::count(story.pair().child_told, "Delivered") == 4);
  CHECK(story.heard == "re: heard");
}

}  // namespace attacks
