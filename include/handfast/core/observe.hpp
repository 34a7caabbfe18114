#pragma once

// Watching a machine from outside: counters of rows, and a trace of what was taken and refused.
// The default watches nothing and costs nothing, not a byte. An observer may also have
// `received(const Message&)`, called with every message that was decoded and opened, before its
// row, and `sent(const Message&)`, called before it is written.

#include <array>
#include <cstdint>
#include <vector>

#include "handfast/core/graph.hpp"

namespace handfast {

/// The observer that is not there.
struct Unobserved {
  void row_taken(int) noexcept {}
  void refused(int, Fault) noexcept {}
};

/// Counts how often each row of `Role`'s table was taken, in the table's order.
template <class Role>
struct RowCounters {
  std::array<std::uint64_t, static_cast<std::size_t>(Graph<Role>::row_count)> taken{};
  std::uint64_t refused_count = 0;

  void row_taken(int row) noexcept { ++taken[static_cast<std::size_t>(row)]; }
  void refused(int, Fault) noexcept { ++refused_count; }
};

/// One step of a machine: a row of its table, or -1 and the fault for which an input was refused in
/// `state`.
struct TraceStep {
  int row = -1;
  int state = -1;
  Fault fault{};
};

/// Keeps every step, for transcripts and tests; grows without bound.
struct TransitionTrace {
  std::vector<TraceStep> steps;

  void row_taken(int row) { steps.push_back({row, -1, {}}); }
  void refused(int state, Fault fault) { steps.push_back({-1, state, fault}); }
};

}  // namespace handfast
