#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// One response that does not arrive, and the two never understand each other again.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.established(which);
  story.hears("one");
  const Sealed request = story.asks("two");
  story.attacker("lets the request pass");
  story.hands_child(request);
  story.attacker("drops the response, once; from here on he touches nothing");
  pair.lose_all();
  story.waits(6s);
  if (which == Profile::compat)
    story.child(
        "has moved its keys after its response and counted it; the parent, which moves on "
        "an acknowledgement, has done neither, and nothing brings them together again");
  int heard = 0;
  for (int i = 0; i < 10; ++i) heard += story.hears("again") ? 1 : 0;
  return heard == 0;
}

const Attack listed{
    {"stdio", "2", "2", "lost_response", "one lost response desynchronises the two for ever",
     "the child's keys and count have moved, the parent's have not: no answer opens again",
     "every record says its number and the receiver follows; the question is asked again, answered "
     "again, executed once"},
    attack};

}  // namespace

TEST_CASE("stdio: one lost response succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(Pair::count(story.pair().parent_told, "RequestFailed") == 11);
  CHECK(Pair::count(story.pair().parent_told, "Answered") == 1);
  CHECK(story.pair().parent->channel()->ratchet_count == 1);
  CHECK(story.pair().child->channel()->ratchet_count == 4);  // two more, with keys of the window
}

TEST_CASE("stdio: one lost response fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.honest.empty());
  CHECK(Pair::count(story.pair().child_told, "Repeated") == 1);
  CHECK(Pair::count(story.pair().child_told, "Delivered") == 12);
  CHECK(Pair::count(story.pair().parent_told, "Answered") == 12);
  CHECK(story.heard == "re: again");
}

}  // namespace attacks
