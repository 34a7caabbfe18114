#include "handfast/core/deadline.hpp"

#include "tests/support/catch.hpp"

using namespace handfast;
using namespace std::chrono_literals;

namespace {

struct Timer {};

constexpr SteadyTime in(Duration delay, SteadyTime now) {
  return Deadline<Timer>::in(delay, {now, {}}).at;
}

}  // namespace

TEST_CASE("core: a deadline never happens unless it is set") {
  CHECK(Deadline<Timer>{}.at == never);
  CHECK(Due{}.at == never);
}

TEST_CASE("core: a deadline is exact to the nanosecond") {
  CHECK(in(5s, SteadyTime{2s}) == SteadyTime{7s});
  CHECK(in(1ns, SteadyTime{2s}) == SteadyTime{2s + 1ns});
  CHECK(in(0ns, SteadyTime{2s}) == SteadyTime{2s});
}

TEST_CASE("core: a deadline beyond the end of time is never, and the last moment before is not") {
  CHECK(in(1ns, never) == never);
  CHECK(in(Duration::max(), SteadyTime{1ns}) == never);
  CHECK(in(Duration::max(), SteadyTime{}) == never);
  CHECK(in(10ns, never - 10ns) == never);
  CHECK(in(9ns, never - 10ns) == never - 1ns);
  CHECK(in(Duration::max() - 1ns, SteadyTime{1ns}) == never);
  CHECK(in(Duration::max() - 2ns, SteadyTime{1ns}) == never - 1ns);
}

TEST_CASE("core: a present before zero does not overflow") {
  CHECK(in(1s, SteadyTime{-5s}) == SteadyTime{-4s});
  CHECK(in(Duration::max(), SteadyTime{-1ns}) == never - 1ns);
  CHECK(in(1s, SteadyTime::min()) == SteadyTime::min() + 1s);
}
