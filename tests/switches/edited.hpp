#pragma once

// Helpers of the tests of edited roles: edits by their words, and everything that a machine does,
// as lines.

#include "handfast/testing/edited_machine.hpp"
//
#include <string>
#include <vector>

#include "tests/support/toy.hpp"

namespace edited_test {

using namespace handfast;
using handfast::testing::EditedContext;
using handfast::testing::EditedMachine;
using handfast::testing::EditKind;
using handfast::testing::in_words;
using handfast::testing::row_edits;
using handfast::testing::RowEdit;
using toy::at;
using toy::keep;
using toy::Kept;

/// The edit of `Role` that is `words` after the role's name; it must be constructible.
template <class Role>
[[nodiscard]] RowEdit edit(std::string_view words) {
  const std::string whole = std::string(name_of<Role>()) + " " + std::string(words);
  for (const RowEdit& one : row_edits<Role>)
    if (in_words<Role>(one) == whole && one.constructible) return one;
  throw std::logic_error("no such edit: " + whole);
}

[[nodiscard]] inline std::string hex_of(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

/// What one call has caused and where the machine is after it, as one line.
template <class Role, class AnyMachine>
[[nodiscard]] std::string line_of(const Output<Role>& out, const AnyMachine& machine) {
  std::string line(machine.state_name());
  for (const Frame& frame : out.transmit)
    line += " sends " + std::to_string(frame.link.number) + ":" + hex_of(frame.bytes);
  for (const auto& event : out.events)
    std::visit(
        [&]<class E>(const E& e) {
          line += " tells " + std::string(name_of<E>());
          if constexpr (requires { e.text; }) line += ":" + hex_of(e.text);
          if constexpr (std::same_as<E, Rejected>) line += ":" + std::string(to_string(e.fault));
        },
        event);
  if (out.deadline)
    line += " due " + std::string(out.deadline->timer) + " " +
            std::to_string(out.deadline->at.time_since_epoch().count());
  if (out.store_before_transmit) line += " store";
  line += " link " + std::to_string(out.link.number);
  for (const TraceStep& step : machine.observer().steps) line += " " + std::to_string(step.row);
  return line + " holds " + hex_of(machine.dangerous_snapshot().bytes());
}

/// The machine of an edited role in `state`.
template <class Role, class State>
[[nodiscard]] EditedMachine<Role> edited_in(State state, std::string_view words,
                                            typename Role::Context context = {}) {
  const Kept snapshot = toy::snapshot_in<Role>(std::move(state), context);
  return std::move(
      EditedMachine<Role>::dangerous_restore({std::move(context), edit<Role>(words)}, snapshot)
          .value());
}

}  // namespace edited_test
