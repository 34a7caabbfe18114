// What the compiler explores with one message in flight, with more of them, and out of order.

#include "handfast/x3dh/never_stuck.hpp"
#include "tests/support/catch.hpp"

using namespace handfast;
using namespace handfast::x3dh;

namespace {

template <class Profile, int capacity>
int explored(Channel channel, int reorder_max) {
  const Verdict verdict = explore<Issuer<Profile>, Holder<Profile>, capacity>(channel, reorder_max);
  INFO("explored " << verdict.explored << ", in "
                   << state_names<Issuer<Profile>>[static_cast<std::size_t>(verdict.states[0])]
                   << " and "
                   << state_names<Holder<Profile>>[static_cast<std::size_t>(verdict.states[1])]);
  CHECK(static_cast<int>(verdict.flaw) == 0);
  return verdict.explored;
}

}  // namespace

TEST_CASE("x3dh: no run of the two roles gets stuck, three messages in flight each way") {
  constexpr auto bad = Channel::lossy | Channel::duplicating | Channel::reordering;
  CHECK(explored<Hardened, 3>(Channel::reliable, 0) > 100);
  CHECK(explored<Hardened, 3>(bad, 2) > 1000);
  CHECK(explored<Counter, 3>(Channel::reliable, 0) > 100);
  CHECK(explored<Counter, 2>(bad, 2) > 1000);
  CHECK(explored<Documented, 3>(Channel::reliable, 0) > 100);
  CHECK(explored<Documented, 3>(bad, 2) > 1000);
}
