// A pair as large as the compiler is asked to explore. tests/core/compile_time.py measures what that costs: it compiles
// this file with and without HANDFAST_WITHOUT_LARGE_PAIR.

#include "handfast/core/compose.hpp"

#include "support/catch.hpp"

using namespace handfast;

// Named, because at -O0 GCC writes the constants of a namespace without a name into the object: megabytes of them here.
namespace handfast::ring {

template <int>
struct State {};
template <int>
struct Message {};
struct Step {};
struct Holds {
  static constexpr Fault fault = Fault::stale;
};

constexpr int state_count = 11;

template <class States>
struct RingTable;
template <int... I>
struct RingTable<std::integer_sequence<int, I...>> {
  using type = Join<Transitions<Row<State<I>, Step, State<(I + 1) % state_count>, Message<I % 2>>,
                                Row<State<I>, Message<0>, State<I>, Requires<Holds>>,
                                Ignore<State<I>, Message<1>>>...>;
};

/// Goes round for ever and tells its peer about each step: every combination of the two places and of what is in flight.
template <int Side>
struct Ring {
  using Receives = List<Message<0>, Message<1>>;
  using Commands = List<Step>;
  using Timers = List<>;
  using Ends = List<State<0>>;
  using Table = typename RingTable<std::make_integer_sequence<int, state_count>>::type;
};

constexpr Channel worst = Channel::lossy | Channel::duplicating | Channel::reordering;

}  // namespace handfast::ring

using namespace handfast::ring;

#ifndef HANDFAST_WITHOUT_LARGE_PAIR
TEST_CASE("core: about six thousand configurations are explored while compiling") {
  // Two places, and in each inbox nothing, one of two messages, or two of them.
  constexpr int all = state_count * state_count * (1 + 2 + 4) * (1 + 2 + 4);
  STATIC_REQUIRE(all == 5929);
  STATIC_REQUIRE(verdict_on<Ring<0>, Ring<1>, worst>.flaw == Flaw::none);
  STATIC_REQUIRE(verdict_on<Ring<0>, Ring<1>, worst>.explored == all);
}
#endif

TEST_CASE("core: the same at run time, and tens of thousands with more room") {
  CHECK(explore<Ring<0>, Ring<1>, 2>(worst, 1).explored == 5929);
  const Verdict more = explore<Ring<0>, Ring<1>, 3>(worst, 2);
  CHECK(more.flaw == Flaw::none);
  CHECK(more.explored == state_count * state_count * 15 * 15);
}
