#include "handfast/rehandshake.hpp"
#include "handfast/rehandshake/migration.hpp"
#include "tests/support/catch.hpp"

// What the compiler explores with one message in flight, with more of them, and out of order.

using namespace handfast;
using namespace handfast::rehandshake;

namespace {

template <class A, class B, int capacity, int size = 1 << 18>
int explored(Channel channel, int reorder_max) {
  const Verdict verdict = explore<A, B, capacity, size>(channel, reorder_max);
  INFO("explored " << verdict.explored << ", in "
                   << state_names<A>[static_cast<std::size_t>(verdict.states[0])] << " and "
                   << state_names<B>[static_cast<std::size_t>(verdict.states[1])]);
  CHECK(static_cast<int>(verdict.flaw) == 0);
  return verdict.explored;
}

constexpr Channel bad = Channel::lossy | Channel::duplicating | Channel::reordering;

}  // namespace

TEST_CASE("rehandshake: no run of the two roles gets stuck, three messages in flight each way") {
  CHECK(explored<Initiator<>, Responder<>, 3>(Channel::reliable, 0) > 30);
  CHECK(explored<Initiator<>, Responder<>, 3>(bad, 2) > 1000);
  CHECK(explored<Initiator<Compat>, Responder<Compat>, 3>(bad, 2) > 500);
}

TEST_CASE("rehandshake: nor of two that both begin, two messages in flight each way") {
  CHECK(explored<Peer<>, Peer<>, 2>(Channel::reliable, 0) > 1000);
  CHECK(explored<Peer<>, Peer<>, 2>(bad, 1) > 1000);
}

TEST_CASE("rehandshake: nor of a connection that migrates") {
  using First = Migration<Part::initiator>;
  using Second = Migration<Part::responder>;
  CHECK(explored<First, Second, 1>(Channel::lossy | Channel::duplicating, 0) > 1000);
  CHECK(explored<First, Second, 2, 1 << 20>(Channel::reliable, 0) > 10000);
  CHECK(explored<First, Second, 2, 1 << 20>(Channel::lossy, 0) > 10000);
  CHECK(explored<First, Second, 2, 1 << 20>(Channel::reordering, 1) > 10000);
  CHECK(explored<First, Second, 2, 1 << 20>(bad, 1) > 10000);
}
