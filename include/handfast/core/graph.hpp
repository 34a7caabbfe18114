#pragma once

// A role's table as flat values: indices instead of types. Checks, exploration, diagrams and models
// are loops over these.

#include <array>
#include <cstdint>

#include "handfast/core/role.hpp"

namespace handfast {

/// What a role does with a message in a state.
enum class Treatment : std::uint8_t { undeclared, taken, ignored, refused };

/// What moves a row.
enum class Trigger : std::uint8_t { message, command, timer };

/// A row as indices: of states into `StatesOf`, of triggers into `Receives`, `Commands` or
/// `Timers`, of what is sent into `SendsOf`, of what is told into `TellsOf`.
struct Edge {
  static constexpr int sends_max = 4;
  static constexpr int tells_max = 6;
  std::uint8_t from, to, on;
  Trigger trigger;
  std::uint8_t send_count, tell_count;
  std::uint8_t sends[sends_max];
  std::uint8_t tells[tells_max];
  bool guarded, authenticates, stores_first, application_data;
};

namespace detail {

template <class Role, class R>
consteval Edge edge_of() {
  using P = RowParts<R>;
  using On = typename P::on;
  static_assert(P::sends::size <= Edge::sends_max && P::tells::size <= Edge::tells_max,
                "handfast: a row sends or tells more than Edge has room for");
  Edge e{};
  e.from = static_cast<std::uint8_t>(index_in<typename P::from>(StatesOf<Role>{}));
  e.to = static_cast<std::uint8_t>(index_in<typename P::to>(StatesOf<Role>{}));
  if constexpr (is_message<Role, On>) {
    e.trigger = Trigger::message;
    e.on = static_cast<std::uint8_t>(index_in<On>(typename Role::Receives{}));
  } else if constexpr (is_timer<Role, On>) {
    e.trigger = Trigger::timer;
    e.on = static_cast<std::uint8_t>(index_in<On>(typename Role::Timers{}));
  } else {
    e.trigger = Trigger::command;
    e.on = static_cast<std::uint8_t>(index_in<On>(typename Role::Commands{}));
  }
  e.application_data = ApplicationData<On>;
  [&]<class... Ss>(List<Ss...>) {
    ((e.sends[e.send_count++] = static_cast<std::uint8_t>(index_in<Ss>(SendsOf<Role>{}))), ...);
    e.application_data = e.application_data || (ApplicationData<Ss> || ...);
  }(typename P::sends{});
  [&]<class... Ts>(List<Ts...>) {
    ((e.tells[e.tell_count++] = static_cast<std::uint8_t>(index_in<Ts>(TellsOf<Role>{}))), ...);
  }(typename P::tells{});
  e.guarded = P::rules::size > 0;
  e.authenticates = P::authenticates;
  e.stores_first = P::stores_first;
  return e;
}

template <class Role, class Rows>
struct EdgesOf;
template <class Role, class... Rs>
struct EdgesOf<Role, List<Rs...>> {
  static constexpr Edge value[sizeof...(Rs)]{edge_of<Role, Rs>()...};
};

}  // namespace detail

/// The values of a role's table.
template <class Role>
struct Graph {
  using States = StatesOf<Role>;
  using Receives = typename Role::Receives;
  static constexpr int state_count = States::size;
  static constexpr int message_count = Receives::size;
  static constexpr int row_count = RowsOf<Role>::size;

  /// The rows, in the table's order.
  static constexpr const Edge (&edges)[static_cast<std::size_t>(row_count)] =
      detail::EdgesOf<Role, RowsOf<Role>>::value;

  /// What happens to each (state, message), `treatments[state * message_count + message]`.
  static constexpr auto treatments = [] {
    std::array<Treatment, static_cast<std::size_t>(state_count * message_count) + 1> cells{};
    const auto cell = [&](int state, int message) -> Treatment& {
      return cells[static_cast<std::size_t>(state * message_count + message)];
    };
    for (const Edge& e : edges)
      if (e.trigger == Trigger::message) cell(e.from, e.on) = Treatment::taken;
    const auto mark = [&]<class S, class... Ms>(List<S>, List<Ms...>, Treatment treatment) {
      const int state = detail::index_in<S>(States{});
      ((state >= 0 && detail::index_in<Ms>(Receives{}) >= 0
            ? void(cell(state, detail::index_in<Ms>(Receives{})) = treatment)
            : void()),
       ...);
    };
    const auto ignore = [&]<class S, class... Ms>(Ignore<S, Ms...>) {
      mark(List<S>{}, List<Ms...>{}, Treatment::ignored);
    };
    const auto refuse = [&]<class S, class... Ms>(Refuse<S, Ms...>) {
      mark(List<S>{}, List<Ms...>{}, Treatment::refused);
    };
    using OfTable = TableParts<typename Role::Table>;
    [&]<class... Is>(List<Is...>) { (ignore(Is{}), ...); }(typename OfTable::ignores{});
    [&]<class... Rs>(List<Rs...>) { (refuse(Rs{}), ...); }(typename OfTable::refuses{});
    return cells;
  }();

  /// Whether a run may stop in each state.
  static constexpr auto ends = [] {
    std::array<bool, static_cast<std::size_t>(state_count)> flags{};
    [&]<class... Es>(List<Es...>) {
      ((detail::index_in<Es>(States{}) >= 0
            ? void(flags[static_cast<std::size_t>(detail::index_in<Es>(States{}))] = true)
            : void()),
       ...);
    }(typename Role::Ends{});
    return flags;
  }();

  [[nodiscard]] static constexpr Treatment treatment(int state, int message) {
    return treatments[static_cast<std::size_t>(state * message_count + message)];
  }
};

namespace detail {

template <class... Ts>
consteval auto names_of(List<Ts...>) {
  return std::array<std::string_view, sizeof...(Ts)>{name_of<Ts>()...};
}

}  // namespace detail

/// The names of a role's states, in the order of `StatesOf`.
template <class Role>
inline constexpr auto state_names = detail::names_of(StatesOf<Role>{});
/// The names of a role's timers, in the order of `Timers`.
template <class Role>
inline constexpr auto timer_names = detail::names_of(typename Role::Timers{});

/// The names of the messages that a role receives, in the order of its `Receives`.
template <class Role>
inline constexpr auto message_names = detail::names_of(typename Role::Receives{});

}  // namespace handfast
