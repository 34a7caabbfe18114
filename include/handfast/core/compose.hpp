#pragma once

// Two roles together: whether any run of theirs can get stuck, decided while compiling, and told
// with the shortest trace to the flaw as names. It is a proof about tables and order, not about
// keys.

#include "handfast/core/checks.hpp"
#include "handfast/core/explore.hpp"

namespace handfast {

/// Steps of a trace, as the compiler prints them.
template <class Role, class State, class Event, class To>
struct Takes;
template <class Role, class State, class Event, class To>
struct TakesCopy;
template <class Role, class Message>
struct RefusesByARule;
template <class Role, class Message>
struct Ignores;
template <class Role, class Message>
struct LosesFromInbox;
template <int Messages, class Step>
struct Overtaking;
template <class... Steps>
struct Trace {};

namespace detail {

// Configurations in one constant evaluation. Clang counts steps and stops early; GCC does not, and
// copies at each stage.
#ifdef __clang__
inline constexpr int stage_size = 800;
#else
inline constexpr int stage_size = 3200;
#endif
inline constexpr int small_size = 400;  // most pairs fit, and cost little
inline constexpr int large_size = 6400;

template <class A, class B, Channel channel, int Capacity, int Size, int Stage>
struct Stages {
  static constexpr auto value = [] {
    Exploration<Size, Capacity> found = Stages<A, B, channel, Capacity, Size, Stage - 1>::value;
    if (!found.expanded())
      found.run(pair_view<A, B>, channel, channel & Channel::reordering ? 1 : 0, stage_size);
    return found;
  }();
};
template <class A, class B, Channel channel, int Capacity, int Size>
struct Stages<A, B, channel, Capacity, Size, 0> {
  static constexpr Exploration<Size, Capacity> value{};
};

template <class A, class B, Channel channel, int Capacity, int Size, int Stage>
consteval const auto& last_stage() {
  using This = Stages<A, B, channel, Capacity, Size, Stage>;
  if constexpr (This::value.expanded() || Stage * stage_size > Size)
    return This::value;
  else
    return last_stage<A, B, channel, Capacity, Size, Stage + 1>();
}

template <class A, class B, Channel channel, int Capacity, int Size, int Sweep>
struct Sweeps {
  static constexpr auto value = [] {
    auto found = Sweeps<A, B, channel, Capacity, Size, Sweep - 1>::value;
    for (int i = 0; i < 4 && !found.settled; ++i) found.settle();
    return found;
  }();
};
template <class A, class B, Channel channel, int Capacity, int Size>
struct Sweeps<A, B, channel, Capacity, Size, 0> {
  static constexpr const auto& value = last_stage<A, B, channel, Capacity, Size, 1>();
};

template <class A, class B, Channel channel, int Capacity, int Size, int Sweep>
consteval Verdict settled_verdict() {
  using This = Sweeps<A, B, channel, Capacity, Size, Sweep>;
  if constexpr (This::value.flaw != Flaw::none)
    return verdict_of(This::value);
  else if constexpr (This::value.settled) {
    auto found = This::value;
    found.judge();
    return verdict_of(found);
  } else
    return settled_verdict<A, B, channel, Capacity, Size, Sweep + 1>();
}

template <class A, class B, Channel channel, int Capacity>
consteval Verdict compile_time_verdict() {
  constexpr Verdict small = settled_verdict<A, B, channel, Capacity, small_size, 0>();
  if constexpr (small.flaw != Flaw::too_large)
    return small;
  else
    return settled_verdict<A, B, channel, Capacity, large_size, 0>();
}

template <class Role, class Row>
struct StepOfRow {
  using P = RowParts<Row>;
  using takes = Takes<Role, typename P::from, typename P::on, typename P::to>;
  using takes_copy = TakesCopy<Role, typename P::from, typename P::on, typename P::to>;
};

template <class A, class B, Move move>
consteval auto step_type() {
  using Role = std::conditional_t<move.side == 0, A, B>;
  const auto kind = [] {
    if constexpr (move.kind == Move::takes)
      return List<typename StepOfRow<Role, At<move.index, RowsOf<Role>>>::takes>{};
    else if constexpr (move.kind == Move::takes_copy)
      return List<typename StepOfRow<Role, At<move.index, RowsOf<Role>>>::takes_copy>{};
    else if constexpr (move.kind == Move::refuses)
      return List<RefusesByARule<Role, At<move.index, typename Role::Receives>>>{};
    else if constexpr (move.kind == Move::ignores)
      return List<Ignores<Role, At<move.index, typename Role::Receives>>>{};
    else
      return List<LosesFromInbox<Role, At<move.index, typename Role::Receives>>>{};
  }();
  if constexpr (move.early > 0)
    return []<class S>(List<S>) { return List<Overtaking<move.early, S>>{}; }(kind);
  else
    return kind;
}

template <class A, class B, const Verdict& verdict, std::size_t... I>
auto trace_type(std::index_sequence<I...>) {
  return []<class... Ss>(List<Ss...>) {
    return Trace<Ss...>{};
  }(Concat<decltype(step_type<A, B, verdict.steps[I]>())...>{});
}

// The failures. Each is instantiated only to be printed.

template <class StateA, class StateB, class Shortest>
struct Deadlock {
  static_assert(always_false<Shortest>,
                "handfast: neither role can move, and they are not both at an end (see "
                "Deadlock<StateA, StateB, Trace<...>>)");
};
template <class Receiver, class State, class Message, class Shortest>
struct UnspecifiedReception {
  static_assert(always_false<Shortest>,
                "handfast: an honest message arrives where its receiver refuses it (see "
                "UnspecifiedReception<Receiver, State, "
                "Message, Trace<...>>)");
};
template <class StateA, class StateB, class Shortest>
struct CannotFinish {
  static_assert(always_false<Shortest>,
                "handfast: from here no run leads both roles to an end (see CannotFinish<StateA, "
                "StateB, Trace<...>>)");
};
template <class A, class B, int Explored>
struct TooLarge {
  static_assert(always_false<A>,
                "handfast: too many configurations to explore while compiling (see TooLarge<A, B, "
                "Explored>)");
};

template <class A, class B, Channel channel, int Capacity>
struct VerdictOn {
  static constexpr Verdict value = compile_time_verdict<A, B, channel, Capacity>();
};

template <class A, class B, Channel channel, int Capacity>
consteval bool check_pair() {
  using On = VerdictOn<A, B, channel, Capacity>;
  if constexpr (On::value.flaw == Flaw::too_large) {
    [[maybe_unused]] TooLarge<A, B, On::value.explored> culprit;
  } else if constexpr (On::value.flaw != Flaw::none) {
    using Shortest = decltype(trace_type<A, B, On::value>(
        std::make_index_sequence<static_cast<std::size_t>(On::value.step_count)>{}));
    using InA = At<On::value.states[0], StatesOf<A>>;
    using InB = At<On::value.states[1], StatesOf<B>>;
    if constexpr (On::value.flaw == Flaw::deadlock) [[maybe_unused]]
      Deadlock<InA, InB, Shortest> culprit;
    if constexpr (On::value.flaw == Flaw::cannot_finish) [[maybe_unused]]
      CannotFinish<InA, InB, Shortest> culprit;
    if constexpr (On::value.flaw == Flaw::unspecified_reception) {
      constexpr bool first_receives = On::value.receiver == 0;
      using Receiver = std::conditional_t<first_receives, A, B>;
      [[maybe_unused]] UnspecifiedReception<Receiver, std::conditional_t<first_receives, InA, InB>,
                                            At<On::value.message, typename Receiver::Receives>,
                                            Shortest>
          culprit;
    }
  }
  return true;
}

}  // namespace detail

/// What the compiler finds about the pair on one channel; capacity counts messages in flight each
/// way.
template <class A, class B, Channel channel, int Capacity = 2>
inline constexpr const Verdict& verdict_on = detail::VerdictOn<A, B, channel, Capacity>::value;

/// True, or the program does not compile: on each of `channels`, no run of `A` and `B` deadlocks,
/// meets a message that its receiver refuses, or comes to where it cannot finish. Every guard may
/// hold and may fail.
template <class A, class B, Channel... channels>
consteval bool never_stuck() {
  return well_formed<A>() && well_formed<B>() && (detail::check_pair<A, B, channels, 2>() && ...);
}

/// The same with `Capacity` messages in flight each way: for a pair of which two are too many to
/// explore while compiling, and whose tests explore more.
template <int Capacity, class A, class B, Channel... channels>
consteval bool never_stuck_within() {
  return well_formed<A>() && well_formed<B>() &&
         (detail::check_pair<A, B, channels, Capacity>() && ...);
}

/// The same at run time, with more room: messages in flight each way, and how many a message may
/// overtake.
template <class A, class B, int Capacity, int ConfigurationsMax = 1 << 18>
[[nodiscard]] Verdict explore(Channel channel, int reorder_max) {
  return explore<Capacity, ConfigurationsMax>(detail::pair_view<A, B>, channel, reorder_max);
}

}  // namespace handfast
