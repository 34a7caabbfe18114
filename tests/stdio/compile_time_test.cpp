#include "handfast/stdio.hpp"

#include "tests/support/catch.hpp"

// What holds before anything runs: the header itself has reliable and lossy channels. All flaws of
// a channel at once make more than 6400 configurations of the hardened roles: explore_test.cpp has
// these.

using namespace handfast;
using namespace handfast::stdio;

static_assert(never_stuck<Parent<>, Child<>, Channel::duplicating, Channel::reordering>());
static_assert(never_stuck<Parent<Compat>, Child<Compat>, Channel::duplicating, Channel::reordering,
                          Channel::lossy | Channel::duplicating | Channel::reordering>());

TEST_CASE("stdio: what the compiler explored it explores again at run time") {
  const Verdict& compiled = verdict_on<Parent<>, Child<>, Channel::reordering>;
  const Verdict run = explore<Parent<>, Child<>, 2>(Channel::reordering, 1);
  CHECK(compiled.flaw == Flaw::none);
  CHECK(compiled.explored == run.explored);
  CHECK(run.flaw == Flaw::none);
}
