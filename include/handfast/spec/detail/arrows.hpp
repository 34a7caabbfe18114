#pragma once

// What all diagrams of a chart show alike: rows as arrows with labels, and what stands inside a state.

#include <algorithm>
#include <string>

#include "handfast/core/link.hpp"
#include "handfast/spec/chart.hpp"
#include "handfast/spec/detail/escaped.hpp"

namespace handfast::spec::detail {

using Lines = std::vector<std::string>;

inline void add_once(Lines& lines, std::string line) {
  if (std::ranges::find(lines, line) == lines.end()) lines.push_back(std::move(line));
}

[[nodiscard]] inline std::string joined(const auto& parts, std::string_view between) {
  std::string text;
  for (const auto& part : parts)
    text += (text.empty() ? "" : std::string(between)) + std::string(part);
  return text;
}

/// What moves a row, as everything here writes it: a message by its name, a local command as
/// "do Start", a timer as "after RetryDue"; what the network does to a link is no command.
[[nodiscard]] inline std::string trigger_of(Trigger trigger, std::string_view on) {
  const bool is_link = on == name_of<LinkOpened>() || on == name_of<LinkClosed>();
  const std::string_view before = trigger == Trigger::timer                 ? "after "
                                  : trigger == Trigger::command && !is_link ? "do "
                                                                            : "";
  return std::string(before) + std::string(on);
}

/// A row as `On / Sends`, with "(authentic)" where the peer is known to be who it is from then on.
[[nodiscard]] inline std::string label_of(const ChartRow& row) {
  std::string label = trigger_of(row.trigger, row.on);
  if (!row.sends.empty()) label += " / " + joined(row.sends, ", ");
  return label + (row.authenticates ? " (authentic)" : "");
}

/// The rows of one kind from one state to another, as one arrow with a line for each.
struct Arrow {
  std::string_view from, to;
  Trigger trigger{};
  Lines lines;
};

/// The arrows between different states, in the order of the table.
[[nodiscard]] inline std::vector<Arrow> arrows_of(const Chart& chart) {
  std::vector<Arrow> arrows;
  for (const ChartRow& row : chart.rows) {
    if (row.from == row.to) continue;
    const auto same = [&](const Arrow& arrow) {
      return arrow.from == row.from && arrow.to == row.to && arrow.trigger == row.trigger;
    };
    auto found = std::ranges::find_if(arrows, same);
    if (found == arrows.end()) found = arrows.insert(found, {row.from, row.to, row.trigger, {}});
    add_once(found->lines, label_of(row));
  }
  return arrows;
}

/// What stands inside a state: its timers, and the rows that stay in it.
[[nodiscard]] inline Lines inside_of(const Chart& chart, std::string_view state) {
  Lines lines;
  const auto timers = chart.timers_of(state);
  if (!timers.empty())
    lines.push_back((timers.size() == 1 ? "timer " : "timers ") + joined(timers, ", "));
  for (const ChartRow& row : chart.rows)
    if (row.from == state && row.to == state) add_once(lines, label_of(row));
  return lines;
}

/// A message that one role sends and the other has rows for: in which states it is sent, and where
/// it is taken.
struct Crossing {
  std::string_view message;
  std::vector<std::string_view> sent_in, taken_in;
};

[[nodiscard]] inline std::vector<Crossing> crossings(const Chart& sender, const Chart& receiver) {
  std::vector<Crossing> all;
  const auto add = [](std::vector<std::string_view>& states, std::string_view state) {
    if (std::ranges::find(states, state) == states.end()) states.push_back(state);
  };
  for (const std::string_view message : sender.sends) {
    Crossing one{message, {}, {}};
    for (const ChartRow& row : sender.rows)
      if (std::ranges::find(row.sends, message) != row.sends.end()) add(one.sent_in, row.from);
    for (const ChartRow& row : receiver.rows)
      if (row.trigger == Trigger::message && row.on == message) add(one.taken_in, row.from);
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace handfast::spec::detail
