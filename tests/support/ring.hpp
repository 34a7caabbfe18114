#pragma once

// Pairs of any size: what exploring costs, and where it stops.

#include "handfast/core/compose.hpp"

// Named, because at -O0 GCC writes the constants of a namespace without a name into the object:
// megabytes of them here.
namespace handfast::ring {

template <int>
struct State {};
template <int>
struct Message {};
struct Step {};
struct Holds {
  static constexpr Fault fault = Fault::stale;
};

template <class States>
struct TableOf;
template <int... I>
struct TableOf<std::integer_sequence<int, I...>> {
  using type = Join<Transitions<Row<State<I>, Step, State<(I + 1) % sizeof...(I)>, Message<I % 2>>,
                                Row<State<I>, Message<0>, State<I>, Requires<Holds>>,
                                Ignore<State<I>, Message<1>>>...>;
};

/// Goes round for ever and tells its peer about each step. Two of them come into every combination
/// of their places and of what two inboxes can hold, nothing, one of two messages, or two of them:
/// `state_count`^2 * 7^2 configurations.
template <int side, int state_count>
struct Ring {
  using Receives = List<Message<0>, Message<1>>;
  using Commands = List<Step>;
  using Timers = List<>;
  using Ends = List<State<0>>;
  using Table = typename TableOf<std::make_integer_sequence<int, state_count>>::type;
};

}  // namespace handfast::ring
