#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// The parent is sent to the attacker's port, and the session is the same.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.stage(which);
  pair.parent_does(Start{});
  pair.to_child_next();
  pair.child_does(Listening{40000});
  const Sealed line = Pair::taken(pair.to_parent, 0);
  story.child("answers the parent's line with its key and its port");
  story.attacker("writes a port of his own into the child's line, and listens there");
  const bool is_taken =
      story.hands_parent(replaced(line, "\"port\":40000", "\"port\":40001")).has("Established");
  if (is_taken)
    story.attacker(
        "has every record pass through his hands: he counts, delays and drops, and the "
        "two have no name for their session by which to find that they were told "
        "different things");
  else {
    story.attacker("lets the child's own line pass");
    story.hands_parent(line);
  }
  pair.run();
  return story.hears("one") && is_taken;
}

const Attack listed{
    {"stdio", "7 session id", "6", "changed_port", "nothing names the session, its port included",
     "the session is established at the attacker's port, and works through it",
     "the port is in the transcript from which the session id and the keys come: "
     "`not_authentic`; the child's own line is still taken"},
    attack};

}  // namespace

TEST_CASE("stdio: a changed port succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.heard == "re: one");
}

TEST_CASE("stdio: a changed port fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::not_authentic});
  CHECK(story.is_state_kept);
  CHECK(story.heard == "re: one");
}

}  // namespace attacks
