#pragma once

// A role's table as plain data with names in it: what diagrams, matrices and models are printed
// from. Knows no protocol; costs a compiler little, since only the numbers and the names are
// taken from the types.

#include <span>
#include <string_view>
#include <vector>

#include "handfast/core/graph.hpp"

namespace handfast::spec {

using Names = std::span<const std::string_view>;

/// A row of a table by name. What it sends, tells and requires is in the order of the table.
struct ChartRow {
  std::string_view from, on, to;
  Trigger trigger{};
  std::vector<std::string_view> sends, tells;
  Names rules;
  bool authenticates = false;  // from here on the peer is known to be who it is
  bool stores_first = false;   // the new state is stored before the frames leave
};

/// A role by name. Names are those of the types, without scope and template arguments.
struct Chart {
  std::string_view role;
  Names states;           // in the order of `StatesOf`; a machine starts in the first
  Names receives, sends;  // messages
  Names commands, timers;
  std::vector<bool> ends;             // of each state: a run may stop there
  std::vector<ChartRow> rows;         // in the order of the table
  std::vector<Treatment> treatments;  // treatments[state * receives.size() + message]

  /// What happens to message number `message` in state number `state`.
  [[nodiscard]] Treatment treatment(std::size_t state, std::size_t message) const {
    return treatments[state * receives.size() + message];
  }
  /// The timers that may run out in `state`, in the order of `timers`.
  [[nodiscard]] std::vector<std::string_view> timers_of(std::string_view state) const {
    std::vector<std::string_view> running;
    for (const std::string_view timer : timers)
      for (const ChartRow& row : rows)
        if (row.from == state && row.on == timer && row.trigger == Trigger::timer) {
          running.push_back(timer);
          break;
        }
    return running;
  }
};

namespace detail {

template <class L>
inline constexpr auto names_in = handfast::detail::names_of(L{});

template <class... Rows>
[[nodiscard]] std::vector<Names> rules_of(List<Rows...>) {
  return {Names(names_in<typename RowParts<Rows>::rules>)...};
}

}  // namespace detail

/// The chart of `Role`. Its names live for ever.
template <class Role>
[[nodiscard]] Chart chart_of() {
  using G = Graph<Role>;
  Chart chart{name_of<Role>(),
              state_names<Role>,
              message_names<Role>,
              detail::names_in<SendsOf<Role>>,
              detail::names_in<typename Role::Commands>,
              timer_names<Role>,
              {},
              {},
              {}};
  chart.ends.assign(G::ends.begin(), G::ends.end());
  chart.treatments.assign(G::treatments.begin(), G::treatments.end() - 1);  // one is spare
  const Names tells = detail::names_in<TellsOf<Role>>;
  const auto rules = detail::rules_of(RowsOf<Role>{});
  const Names triggers[] = {chart.receives, chart.commands, chart.timers};
  for (const Edge& e : G::edges) {
    ChartRow row{chart.states[e.from],
                 triggers[static_cast<std::size_t>(e.trigger)][e.on],
                 chart.states[e.to],
                 e.trigger,
                 {},
                 {},
                 rules[chart.rows.size()],
                 e.authenticates,
                 e.stores_first};
    for (std::size_t i = 0; i < e.send_count; ++i) row.sends.push_back(chart.sends[e.sends[i]]);
    for (std::size_t i = 0; i < e.tell_count; ++i) row.tells.push_back(tells[e.tells[i]]);
    chart.rows.push_back(std::move(row));
  }
  return chart;
}

}  // namespace handfast::spec
