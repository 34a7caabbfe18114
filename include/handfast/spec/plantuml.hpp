#pragma once

// Charts in PlantUML's language. Solid arrows are messages, bold ones local commands, dashed ones
// timers; an arrow to the final dot is from a state in which a run may stop.

#include "handfast/spec/detail/arrows.hpp"

namespace handfast::spec {

namespace detail {

/// The states and arrows of a chart; `prefix` keeps two charts in one drawing apart.
[[nodiscard]] inline std::string plantuml_body(const Chart& chart, std::string_view prefix,
                                               std::string_view indent) {
  const std::string in(indent);
  const auto number = [&](std::string_view state) {
    return std::ranges::find(chart.states, state) - chart.states.begin();
  };
  const auto id = [&](std::string_view state) {
    return std::string(prefix) +
           (is_word(state) ? std::string(state) : "_" + std::to_string(number(state)));
  };
  std::string lines;
  for (const std::string_view state : chart.states) {
    lines += in + "state \"" + plantuml_label(state) + "\" as " + id(state) + '\n';
    for (const std::string& line : inside_of(chart, state))
      lines += in + id(state) + " : " + plantuml_label(line) + '\n';
  }
  lines += in + "[*] --> " + id(chart.states.front()) + '\n';
  constexpr std::string_view strokes[] = {" --> ", " -[bold]-> ", " -[dashed]-> "};
  for (const Arrow& arrow : arrows_of(chart))
    lines += in + id(arrow.from) + std::string(strokes[static_cast<std::size_t>(arrow.trigger)]) +
             id(arrow.to) + " : " + plantuml_label(joined(arrow.lines, "\n")) + '\n';
  for (std::size_t i = 0; i < chart.states.size(); ++i)
    if (chart.ends[i]) lines += in + id(chart.states[i]) + " --> [*]\n";
  return lines;
}

[[nodiscard]] inline std::string plantuml_crossings(const Chart& sender, const std::string& from,
                                                    const Chart& receiver, const std::string& to) {
  const auto id = [](const Chart& chart, const std::string& prefix, std::string_view state) {
    const auto number = std::ranges::find(chart.states, state) - chart.states.begin();
    return prefix + (is_word(state) ? std::string(state) : "_" + std::to_string(number));
  };
  std::string lines;
  for (int count = 0; const Crossing& one : crossings(sender, receiver)) {
    const std::string message = from + "says_" + std::to_string(++count);
    lines += "state \"" + plantuml_label(one.message) + "\" as " + message + " #line.dotted\n";
    for (const std::string_view state : one.sent_in)
      lines += id(sender, from, state) + " -[dotted]-> " + message + '\n';
    for (const std::string_view state : one.taken_in)
      lines += message + " -[dotted]-> " + id(receiver, to, state) + '\n';
  }
  return lines;
}

}  // namespace detail

/// A role as a state diagram.
[[nodiscard]] inline std::string plantuml(const Chart& chart) {
  return "@startuml\nhide empty description\n" + detail::plantuml_body(chart, "", "") + "@enduml\n";
}

/// Two roles as two states with states inside, and between them the messages: from where they are
/// sent to where they are taken.
[[nodiscard]] inline std::string plantuml(const Chart& one, const Chart& other) {
  const auto composite = [](const Chart& chart, const std::string& prefix) {
    return "state \"" + detail::plantuml_label(chart.role) + "\" as " + prefix + "role {\n" +
           detail::plantuml_body(chart, prefix, "  ") + "}\n";
  };
  return "@startuml\nhide empty description\n" + composite(one, "one_") +
         composite(other, "other_") + detail::plantuml_crossings(one, "one_", other, "other_") +
         detail::plantuml_crossings(other, "other_", one, "one_") + "@enduml\n";
}

}  // namespace handfast::spec
