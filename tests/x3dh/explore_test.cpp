// What the compiler explores with one message in flight, with more of them, and out of order.

#include "handfast/x3dh/never_stuck.hpp"
#include "tests/support/catch.hpp"

using namespace handfast;
using namespace handfast::x3dh;

namespace {

template <int capacity>
int explored(Channel channel, int reorder_max) {
  const Verdict verdict = explore<Issuer<>, Holder<>, capacity>(channel, reorder_max);
  INFO("explored " << verdict.explored << ", in "
                   << state_names<Issuer<>>[static_cast<std::size_t>(verdict.states[0])] << " and "
                   << state_names<Holder<>>[static_cast<std::size_t>(verdict.states[1])]);
  CHECK(static_cast<int>(verdict.flaw) == 0);
  return verdict.explored;
}

}  // namespace

TEST_CASE("x3dh: no run of the two roles gets stuck, three messages in flight each way") {
  CHECK(explored<3>(Channel::reliable, 0) > 100);
  CHECK(explored<3>(Channel::lossy | Channel::duplicating | Channel::reordering, 2) > 1000);
}
