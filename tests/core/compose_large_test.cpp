// A pair as large as the compiler is asked to explore. tests/core/compile_time.py measures what
// that costs: it compiles this file with and without HANDFAST_WITHOUT_LARGE_PAIR.

#include "handfast/core/compose.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/ring.hpp"

using namespace handfast;

namespace {

constexpr int state_count = 11;
using First = ring::Ring<0, state_count>;
using Second = ring::Ring<1, state_count>;
constexpr Channel worst = Channel::lossy | Channel::duplicating | Channel::reordering;

}  // namespace

#ifndef HANDFAST_WITHOUT_LARGE_PAIR
TEST_CASE("core: about six thousand configurations are explored while compiling") {
  STATIC_REQUIRE(state_count * state_count * 7 * 7 == 5929);
  STATIC_REQUIRE(verdict_on<First, Second, worst>.flaw == Flaw::none);
  STATIC_REQUIRE(verdict_on<First, Second, worst>.explored == 5929);
}
#endif

TEST_CASE("core: the same pair is explored at run time, with more room too") {
  CHECK(explore<First, Second, 2>(worst, 1).explored == 5929);
  const Verdict more = explore<First, Second, 3>(worst, 2);
  CHECK(more.flaw == Flaw::none);
  CHECK(more.explored == state_count * state_count * 15 * 15);
}
