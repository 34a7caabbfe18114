#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// A line, or a response, that never comes.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  Pair& first = story.stage(which);
  first.parent_does(Start{});
  first.to_child_next();
  first.child_does(Listening{40000});
  story.attacker("keeps the child's line to himself");
  story.deployed("the parent reads from a pipe on which nothing comes, for ever");
  story.waits(11s, false);
  const bool waits_for_line = first.parent->state() != "Ended";

  Pair& pair = story.established(which);
  const Sealed request = story.asks("one");
  story.hands_child(request);
  story.attacker("keeps the response to himself");
  story.deployed("the parent waits for its response for ever");
  story.waits(21s, false);
  return waits_for_line || Pair::count(pair.parent_told, "RequestFailed") == 0;
}

const Attack listed{
    {"stdio", "7 time-outs", "", "endless_wait", "a wait that never ends",
     "the deployed parent waits for ever; here it ends with `timed_out` after "
     "10 s, and a request has failed after 5 s",
     "the wait ends with `timed_out` after 10 s; a request is repeated, and has failed after "
     "four times 5 s",
     false},
    attack};

}  // namespace

TEST_CASE("stdio: holding back, for which the deployed parent waits for ever, ends in compat",
          "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::compat, story));
  CHECK(story.ends == std::vector{Fault::timed_out});
  CHECK(story.pair().parent->state() == "Open");
}

TEST_CASE("stdio: holding back fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.ends == std::vector{Fault::timed_out, Fault::timed_out});
  CHECK(story.hears("two"));
}

}  // namespace attacks
