#pragma once

// Charts in Graphviz's language. Solid arrows are messages, bold ones local commands, dashed ones
// timers; a double frame is a state in which a run may stop.

#include "handfast/spec/detail/arrows.hpp"

namespace handfast::spec {

namespace detail {

inline constexpr std::string_view dot_style =
    "  node [shape=box, style=rounded, fontname=Helvetica, fontsize=11];\n"
    "  edge [fontname=Helvetica, fontsize=9];\n";

/// The states and arrows of a chart; `prefix` keeps two charts in one drawing apart.
[[nodiscard]] inline std::string dot_body(const Chart& chart, std::string_view prefix,
                                          std::string_view indent) {
  const std::string in(indent);
  const auto id = [&](std::string_view state) {
    return '"' + std::string(prefix) + dot_label(state) + '"';
  };
  std::string lines = in + id("(start)") + " [shape=point];\n";
  for (std::size_t i = 0; i < chart.states.size(); ++i) {
    std::string label = dot_label(chart.states[i]);
    for (const std::string& line : inside_of(chart, chart.states[i]))
      label += "\\n" + dot_label(line);
    lines += in + id(chart.states[i]) + " [label=\"" + label + '"' +
             (chart.ends[i] ? ", peripheries=2" : "") + "];\n";
  }
  lines += in + id("(start)") + " -> " + id(chart.states.front()) + ";\n";
  constexpr std::string_view styles[] = {"", ", style=bold", ", style=dashed"};
  for (const Arrow& arrow : arrows_of(chart))
    lines += in + id(arrow.from) + " -> " + id(arrow.to) + " [label=\"" +
             dot_label(joined(arrow.lines, "\n")) + '"' +
             std::string(styles[static_cast<std::size_t>(arrow.trigger)]) + "];\n";
  return lines;
}

[[nodiscard]] inline std::string dot_crossings(const Chart& sender, std::string_view from,
                                               const Chart& receiver, std::string_view to,
                                               std::string_view colour) {
  const std::string dotted = " [style=dotted, color=" + std::string(colour);
  std::string lines;
  for (const Crossing& one : crossings(sender, receiver)) {
    const std::string message = '"' + std::string(from) + "says " + dot_label(one.message) + '"';
    lines += "  " + message + " [label=\"" + dot_label(one.message) +
             "\", shape=plaintext, fontcolor=" + std::string(colour) + "];\n";
    for (const std::string_view state : one.sent_in)
      lines += "  \"" + std::string(from) + dot_label(state) + "\" -> " + message + dotted +
               ", arrowhead=none];\n";
    for (const std::string_view state : one.taken_in)
      lines +=
          "  " + message + " -> \"" + std::string(to) + dot_label(state) + '"' + dotted + "];\n";
  }
  return lines;
}

}  // namespace detail

/// A role as a directed graph.
[[nodiscard]] inline std::string dot(const Chart& chart) {
  return "digraph \"" + detail::dot_label(chart.role) + "\" {\n" + std::string(detail::dot_style) +
         detail::dot_body(chart, "", "  ") + "}\n";
}

/// Two roles as two clusters, and between them the messages, in a colour each way: from where they
/// are sent to where they are taken.
[[nodiscard]] inline std::string dot(const Chart& one, const Chart& other) {
  const auto cluster = [](const Chart& chart, std::string_view prefix) {
    return "  subgraph cluster_" + std::string(prefix.substr(0, 1)) + " {\n    label=\"" +
           detail::dot_label(chart.role) + "\";\n" + detail::dot_body(chart, prefix, "    ") +
           "  }\n";
  };
  return "digraph {\n  rankdir=LR;\n" + std::string(detail::dot_style) + cluster(one, "1 ") +
         cluster(other, "2 ") + detail::dot_crossings(one, "1 ", other, "2 ", "steelblue") +
         detail::dot_crossings(other, "2 ", one, "1 ", "firebrick") + "}\n";
}

}  // namespace handfast::spec
