#pragma once

// What must hold of one role's table for it to be a machine at all. Each check finds its culprit as
// a number (searches.hpp) and then instantiates a template that fails with the culprit as its
// argument, so that the compiler prints it.

#include "handfast/core/engine.hpp"
#include "handfast/core/searches.hpp"

namespace handfast {

namespace detail {

// The failures. Each is instantiated only to be printed.

template <class Role>
struct BrokenContext {
  static_assert(always_false<Role>,
                "handfast: a role's Context needs members `Time now` and `Link link` (see "
                "BrokenContext<Role>)");
};
template <class Role, class State>
struct UnreachableState {
  static_assert(always_false<State>,
                "handfast: no row leads to this state (see UnreachableState<Role, State>)");
};
template <class Role, class State>
struct CannotReachEnd {
  static_assert(
      always_false<State>,
      "handfast: no run from this state reaches an end (see CannotReachEnd<Role, State>)");
};
template <class Role, class State>
struct WaitsForEver {
  static_assert(always_false<State>,
                "handfast: this state waits for the peer and has no row on a timer (see "
                "WaitsForEver<Role, State>)");
};
template <class Role, class Row>
struct DuplicateRow {
  static_assert(always_false<Row>, "handfast: two rows do the same (see DuplicateRow<Role, Row>)");
};
template <class Role, class State, class Message>
struct UndeclaredPair {
  static_assert(always_false<State>,
                "handfast: in this state this message has no row and is neither ignored nor "
                "refused (see UndeclaredPair<Role, "
                "State, Message>)");
};
template <class Role, class State, class Message>
struct DeclaredTwice {
  static_assert(always_false<State>,
                "handfast: in this state this message has more than one of: rows, an entry in "
                "Ignore, an entry in Refuse (see "
                "DeclaredTwice<Role, State, Message>)");
};
template <class Role, class Name>
struct UnknownName {
  static_assert(always_false<Name>,
                "handfast: an entry names a state or event that the role's rows and lists do not "
                "have (see UnknownName<Role, "
                "Name>)");
};
template <class Role, class Command>
struct UnusedCommand {
  static_assert(always_false<Command>,
                "handfast: the role lists a command that no row of its table takes (see "
                "UnusedCommand<Role, Command>)");
};
template <class Role, class Timer>
struct UnusedTimer {
  static_assert(always_false<Timer>,
                "handfast: the role lists a timer that no row of its table takes (see "
                "UnusedTimer<Role, Timer>)");
};
template <class Role, class State, class Event>
struct HandlerMissing {
  static_assert(always_false<State>,
                "handfast: this row has no handler `react(const State&, const Event&, Context&)`; "
                "a template or one that "
                "converts is none, and the state is const where a row leaves it (see "
                "HandlerMissing<Role, State, Event>)");
};
template <class Role, class State, class Event, class Returned>
struct HandlerReturnsWrongType {
  static_assert(always_false<State>,
                "handfast: a handler returns something else than Next<Role, State, Event> (see "
                "HandlerReturnsWrongType<Role, "
                "State, Event, Returned>)");
};
template <class Role, class Row>
struct DataBeforeAuthentication {
  static_assert(always_false<Row>,
                "handfast: application data moves on a row that can be taken before any row that "
                "authenticates (see "
                "DataBeforeAuthentication<Role, Row>)");
};
template <class Role, class State>
struct FieldsMissing {
  static_assert(always_false<State>,
                "handfast: a state that holds something must list it in `fields` (see "
                "FieldsMissing<Role, State>)");
};
template <class Role, class State, class Timer>
struct DeadlineMissing {
  static_assert(always_false<State>,
                "handfast: a state with a row on a timer needs exactly one field Deadline<Timer> "
                "(see DeadlineMissing<Role, "
                "State, Timer>)");
};

/// A function of exactly this type, found by its address: there no conversion is tried, and a
/// template is told apart.
template <class Role, class Function>
concept HasFunction = requires {
  static_cast<Function*>(&Role::react);
}
&&!requires { static_cast<Function*>(&Role::template react<>); };

/// A handler that takes its state as `StateArgument`, and the event by reference or by value.
template <class Role, class From, class On, class StateArgument>
concept Handles = HasFunction < Role,
        Next<Role, From, On>(StateArgument, const On&, typename Role::Context&)
> || HasFunction<Role, Next<Role, From, On>(StateArgument, On, typename Role::Context&)> ||
    HasFunction<Role,
                Next<Role, From, On>(StateArgument, const On&, const typename Role::Context&)> ||
    HasFunction<Role, Next<Role, From, On>(StateArgument, On, const typename Role::Context&)>;

/// Converts to exactly `T`: with it the error can tell what a handler returns that is not one.
template <class T>
struct Exactly {
  template <class U>
  requires std::is_same_v<U, T>
  operator const U&() const;
};

template <class Role, class From, class On>
consteval void blame_handler() {
  if constexpr (requires(Exactly<From> from, Exactly<On> on, typename Role::Context & c) {
                  Role::react(from, on, c);
                }) {
    using Returned =
        decltype(Role::react(std::declval<Exactly<From>>(), std::declval<Exactly<On>>(),
                             std::declval<typename Role::Context&>()));
    if constexpr (!std::is_same_v<Returned, Next<Role, From, On>>) [[maybe_unused]]
      HandlerReturnsWrongType<Role, From, On, Returned> culprit;
    else [[maybe_unused]]
      HandlerMissing<Role, From, On> culprit;
  } else [[maybe_unused]]
    HandlerMissing<Role, From, On> culprit;
}

template <class Role, class R>
consteval bool check_handler() {
  using From = typename RowParts<R>::from;
  using On = typename RowParts<R>::on;
  // A state that the row leaves is const to its handler, so that a fault cannot have changed it.
  if constexpr (!Handles<Role, From, On, const From&>) {
    if constexpr (!AllowedFor<Role, From, On>::all_stay)
      blame_handler<Role, From, On>();
    else if constexpr (!Handles<Role, From, On, From&>)
      blame_handler<Role, From, On>();
  }
  if constexpr (is_timer<Role, On>) {
    if constexpr (deadline_count<On, From>() != 1) [[maybe_unused]]
      DeadlineMissing<Role, From, On> culprit;
  }
  return true;
}

/// A state lists its fields, or has none, or writes its own snapshots.
template <class Role, class State>
consteval bool check_state() {
  if constexpr (!ListsFields<State> && !std::is_empty_v<State> &&
                !requires { &State::dangerous_write; }) [[maybe_unused]]
    FieldsMissing<Role, State> culprit;
  check_all_fields<State>();
  return true;
}

/// Whatever an entry names must be a state of the rows, or an event of the role's lists; and what can
/// move the role must move a row.
template <class Role>
consteval bool check_names() {
  const auto state = []<class S>(List<S>) {
    if constexpr (!contains<S, StatesOf<Role>>) [[maybe_unused]]
      UnknownName<Role, S> culprit;
  };
  const auto message = []<class M>(List<M>) {
    if constexpr (!contains<M, typename Role::Receives>) [[maybe_unused]]
      UnknownName<Role, M> culprit;
  };
  const auto event = []<class E>(List<E>) {
    if constexpr (is_message<Role, E> + is_command<Role, E> + is_timer<Role, E> != 1)
        [[maybe_unused]]
      UnknownName<Role, E> culprit;
  };
  const auto command = []<class C>(List<C>) {
    if constexpr (!contains<C, RowEventsOf<Role>>) [[maybe_unused]]
      UnusedCommand<Role, C> culprit;
  };
  const auto timer = []<class T>(List<T>) {
    if constexpr (!contains<T, RowEventsOf<Role>>) [[maybe_unused]]
      UnusedTimer<Role, T> culprit;
  };
  const auto entry =
      [&]<template <class, class...> class Entry, class S, class... Ms>(Entry<S, Ms...>) {
        state(List<S>{});
        (message(List<Ms>{}), ...);
      };
  using OfTable = TableParts<typename Role::Table>;
  [&]<class... Es>(List<Es...>) { (entry(Es{}), ...); }(typename OfTable::ignores{});
  [&]<class... Es>(List<Es...>) { (entry(Es{}), ...); }(typename OfTable::refuses{});
  [&]<class... Es>(List<Es...>) { (state(List<Es>{}), ...); }(typename Role::Ends{});
  [&]<class... Es>(List<Es...>) { (event(List<Es>{}), ...); }(RowEventsOf<Role>{});
  [&]<class... Es>(List<Es...>) { (command(List<Es>{}), ...); }(typename Role::Commands{});
  [&]<class... Es>(List<Es...>) { (timer(List<Es>{}), ...); }(typename Role::Timers{});
  return true;
}

}  // namespace detail

/// True, or the program does not compile and the compiler names the role and the culprit. `Machine`
/// asks for every role.
template <class Role>
consteval bool well_formed() {
  using namespace detail;
  using States = StatesOf<Role>;
  using Rows = RowsOf<Role>;
  if constexpr (!RoleContext<typename Role::Context>) [[maybe_unused]]
    BrokenContext<Role> culprit;
  static_assert(States::size < 64 && Role::Receives::size < 63,
                "handfast: at most 63 states and 62 messages a role");
  static_assert(Rows::size < 256, "handfast: at most 255 rows a role");

  check_names<Role>();
  [&]<class... Ss>(List<Ss...>) { (void)(check_state<Role, Ss>() && ...); }(States{});
  [&]<class... Rs>(List<Rs...>) { (void)(check_handler<Role, Rs>() && ...); }(Rows{});

  if constexpr (constexpr int s = find_unreachable<Role>(); s >= 0) [[maybe_unused]]
    UnreachableState<Role, At<s, States>> culprit;
  if constexpr (constexpr int s = find_without_end<Role>(); s >= 0) [[maybe_unused]]
    CannotReachEnd<Role, At<s, States>> culprit;
  if constexpr (constexpr int s = find_waiting<Role>(); s >= 0) [[maybe_unused]]
    WaitsForEver<Role, At<s, States>> culprit;
  if constexpr (constexpr int r = find_duplicate<Role>(); r >= 0) [[maybe_unused]]
    DuplicateRow<Role, At<r, Rows>> culprit;
  if constexpr (constexpr int p = find_undeclared<Role>(); p >= 0) {
    [[maybe_unused]] UndeclaredPair<Role, At<p / Graph<Role>::message_count, States>,
                                    At<p % Graph<Role>::message_count, typename Role::Receives>>
        culprit;
  }
  if constexpr (constexpr int p = find_declared_twice<Role>(); p >= 0) {
    [[maybe_unused]] DeclaredTwice<Role, At<p / Graph<Role>::message_count, States>,
                                   At<p % Graph<Role>::message_count, typename Role::Receives>>
        culprit;
  }
  if constexpr (constexpr int r = find_early_data<Role>(); r >= 0) [[maybe_unused]]
    DataBeforeAuthentication<Role, At<r, Rows>> culprit;
  return true;
}

}  // namespace handfast
