#pragma once

// A table's rows in words, for reports: what was reached, what was not, what a mutant changed.

#include <string>

#include "handfast/core/graph.hpp"

namespace handfast::testing {

/// "Open on Send to Open, sends Request, tells Sent": row `row` of `Role`'s table.
template <class Role>
[[nodiscard]] std::string row_in_words(int row) {
  using G = Graph<Role>;
  const Edge& e = G::edges[row];
  const auto at = [](const auto& names, std::size_t i) { return std::string(names[i]); };
  static constexpr auto commands = handfast::detail::names_of(typename Role::Commands{});
  static constexpr auto timers = handfast::detail::names_of(typename Role::Timers{});
  static constexpr auto sends = handfast::detail::names_of(SendsOf<Role>{});
  static constexpr auto tells = handfast::detail::names_of(TellsOf<Role>{});
  std::string words = at(state_names<Role>, e.from) + " on ";
  if (e.trigger == Trigger::message) words += at(message_names<Role>, e.on);
  if (e.trigger == Trigger::command) words += at(commands, e.on);
  if (e.trigger == Trigger::timer) words += at(timers, e.on);
  words += " to " + at(state_names<Role>, e.to);
  for (int i = 0; i < e.send_count; ++i)
    words += (i == 0 ? ", sends " : " and ") + at(sends, e.sends[i]);
  for (int i = 0; i < e.tell_count; ++i)
    words += (i == 0 ? ", tells " : " and ") + at(tells, e.tells[i]);
  return words;
}

}  // namespace handfast::testing
