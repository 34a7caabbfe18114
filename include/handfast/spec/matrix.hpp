#pragma once

// The state-event matrix of a chart in Markdown: for each event, what each state does with it.

#include "handfast/spec/detail/arrows.hpp"

namespace handfast::spec {

namespace detail {

/// A cell of a Markdown table.
[[nodiscard]] inline std::string markdown_cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '<' || c == '*' || c == '`') cell += '\\';
    cell += c == '\n' ? std::string("<br>") : std::string(1, c);
  }
  return cell;
}

/// A row as a cell says it: where to, if not here; what is sent; what is told in brackets.
[[nodiscard]] inline std::string outcome_of(const ChartRow& row) {
  std::string words = row.from == row.to ? "stays" : "to " + std::string(row.to);
  if (!row.sends.empty()) words += " / " + joined(row.sends, ", ");
  if (!row.tells.empty()) words += " [" + joined(row.tells, ", ") + ']';
  return words + (row.authenticates ? " (authentic)" : "");
}

}  // namespace detail

/// What every state does with every event: a line an event, a column a state. A cell holds the rows,
/// `to NextState / Sends [Tells]`, and "(authentic)" where the peer is that from then on; or
/// *ignored*, *refused*, or nothing: a command that is not allowed then, a timer that does not run.
[[nodiscard]] inline std::string matrix(const Chart& chart) {
  std::string head = "| " + detail::markdown_cell(chart.role) + " |", rule = "| --- |";
  for (std::size_t i = 0; i < chart.states.size(); ++i) {
    head += ' ' + detail::markdown_cell(chart.states[i]) + (chart.ends[i] ? " (end) |" : " |");
    rule += " --- |";
  }
  std::string lines = head + '\n' + rule + '\n';
  const Names events[] = {chart.receives, chart.commands, chart.timers};
  for (const Trigger trigger : {Trigger::message, Trigger::command, Trigger::timer}) {
    const auto kind = static_cast<std::size_t>(trigger);
    for (std::size_t on = 0; on < events[kind].size(); ++on) {
      lines += "| " + detail::markdown_cell(detail::trigger_of(trigger, events[kind][on])) + " |";
      for (std::size_t state = 0; state < chart.states.size(); ++state) {
        detail::Lines outcomes;
        for (const ChartRow& row : chart.rows)
          if (row.from == chart.states[state] && row.on == events[kind][on] &&
              row.trigger == trigger)
            detail::add_once(outcomes, detail::outcome_of(row));
        std::string cell = detail::markdown_cell(detail::joined(outcomes, "\n"));
        if (outcomes.empty() && trigger == Trigger::message)
          cell = chart.treatment(state, on) == Treatment::ignored ? "*ignored*" : "*refused*";
        lines += (cell.empty() ? "" : " " + cell) + " |";
      }
      lines += '\n';
    }
  }
  return lines;
}

}  // namespace handfast::spec
