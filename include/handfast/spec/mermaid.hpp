#pragma once

// Charts in Mermaid's language, which many pages draw as it is. An arrow to the final dot is from a
// state in which a run may stop.

#include "handfast/spec/detail/arrows.hpp"

namespace handfast::spec {

namespace detail {

/// What Mermaid's source calls a state: its name where that is a word and not one of Mermaid's.
[[nodiscard]] inline std::string mermaid_state(const Chart& chart, std::string_view state) {
  constexpr std::string_view taken[] = {"accDescr", "accTitle", "as",        "class", "classDef",
                                        "click",    "default",  "direction", "end",   "graph",
                                        "href",     "note",     "of",        "scale", "state",
                                        "style",    "subgraph", "linkStyle"};
  const auto same = [&](std::string_view word) {
    return std::ranges::equal(state, word, [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  };
  if (is_word(state) && std::ranges::none_of(taken, same)) return std::string(state);
  const auto found = std::ranges::find(chart.states, state);
  return "state_" + std::to_string(found - chart.states.begin() + 1);
}

[[nodiscard]] inline std::string mermaid_lines(const Lines& lines) {
  return mermaid_label(joined(lines, "\n"));
}

/// One role of a pair as a subgraph; `prefix` keeps the two apart.
[[nodiscard]] inline std::string mermaid_subgraph(const Chart& chart, const std::string& prefix) {
  const auto id = [&](std::string_view state) {
    return prefix + '_' + mermaid_state(chart, state);
  };
  std::string lines = "    subgraph " + prefix + " [\"" + mermaid_label(chart.role) + "\"]\n";
  lines += "        " + prefix + "_start((\" \")) --> " + id(chart.states.front()) + '\n';
  for (std::size_t i = 0; i < chart.states.size(); ++i) {
    Lines words{std::string(chart.states[i])};
    std::ranges::copy(inside_of(chart, chart.states[i]), std::back_inserter(words));
    lines += "        " + id(chart.states[i]) + (chart.ends[i] ? "[[\"" : "(\"") +
             mermaid_lines(words) + (chart.ends[i] ? "\"]]\n" : "\")\n");
  }
  constexpr std::string_view strokes[] = {" -->", " ==>", " -.->"};
  for (const Arrow& arrow : arrows_of(chart))
    lines += "        " + id(arrow.from) +
             std::string(strokes[static_cast<std::size_t>(arrow.trigger)]) + "|\"" +
             mermaid_lines(arrow.lines) + "\"| " + id(arrow.to) + '\n';
  return lines + "    end\n";
}

[[nodiscard]] inline std::string mermaid_crossings(const Chart& sender, const std::string& from,
                                                   const Chart& receiver, const std::string& to) {
  std::string lines;
  for (int number = 0; const Crossing& one : crossings(sender, receiver)) {
    const std::string message = from + "_says_" + std::to_string(++number);
    lines += "    " + message + "{{\"" + mermaid_label(one.message) + "\"}}\n";
    for (const std::string_view state : one.sent_in)
      lines += "    " + from + '_' + mermaid_state(sender, state) + " -.- " + message + '\n';
    for (const std::string_view state : one.taken_in)
      lines += "    " + message + " -.-> " + to + '_' + mermaid_state(receiver, state) + '\n';
  }
  return lines;
}

}  // namespace detail

/// A role as a `stateDiagram-v2`.
[[nodiscard]] inline std::string mermaid(const Chart& chart) {
  const auto id = [&](std::string_view state) { return detail::mermaid_state(chart, state); };
  std::string lines = "stateDiagram-v2\n    [*] --> " + id(chart.states.front()) + '\n';
  for (const std::string_view state : chart.states) {
    const detail::Lines inside = detail::inside_of(chart, state);
    if (inside.empty() && id(state) == state) continue;
    lines += "    " + id(state) + " : " + detail::mermaid_label(state) + '\n';
    for (const std::string& line : inside)
      lines += "    " + id(state) + " : " + detail::mermaid_label(line) + '\n';
  }
  for (const detail::Arrow& arrow : detail::arrows_of(chart))
    lines += "    " + id(arrow.from) + " --> " + id(arrow.to) + " : " +
             detail::mermaid_lines(arrow.lines) + '\n';
  for (std::size_t i = 0; i < chart.states.size(); ++i)
    if (chart.ends[i]) lines += "    " + id(chart.states[i]) + " --> [*]\n";
  return lines;
}

/// Two roles as a `flowchart` of two subgraphs, and between them the messages: from where they are
/// sent to where they are taken. Thick arrows are local commands, dotted ones timers; a double frame
/// is a state in which a run may stop.
[[nodiscard]] inline std::string mermaid(const Chart& one, const Chart& other) {
  return "flowchart LR\n" + detail::mermaid_subgraph(one, "one") +
         detail::mermaid_subgraph(other, "other") +
         detail::mermaid_crossings(one, "one", other, "other") +
         detail::mermaid_crossings(other, "other", one, "one");
}

}  // namespace handfast::spec
