#pragma once

// One role's machine in the hands of a test, which decides its time and its randomness, and keeps
// what a call has caused.

#include <stdexcept>
#include <vector>

#include "handfast/core/machine.hpp"
#include "handfast/testing/seeded_random.hpp"
#include "tests/support/onlooker.hpp"

namespace handfast::test {

/// Bytes that outlive the call that made them.
using Kept = std::vector<std::uint8_t>;
[[nodiscard]] inline Kept keep(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// What calls have caused, as values that stay.
template <class Role>
struct Result {
  std::vector<Kept> frames;
  std::vector<Event<Role>> events;  // what they refer to is valid until the next call
  Kept payload;                     // of the last event that has one
  std::optional<Due> due;

  template <class E>
  [[nodiscard]] const E* event() const {
    for (const auto& one : events)
      if (const E* found = std::get_if<E>(&one)) return found;
    return nullptr;
  }
  [[nodiscard]] std::optional<Fault> fault() const {
    const auto* rejected = event<Rejected>();
    return rejected ? std::optional(rejected->fault) : std::nullopt;
  }
  [[nodiscard]] bool is_silent() const { return frames.empty() && events.empty(); }
  /// What the next call has caused.
  void add(const Result& other) {
    frames.insert(frames.end(), other.frames.begin(), other.frames.end());
    events.insert(events.end(), other.events.begin(), other.events.end());
    if (!other.payload.empty()) payload = other.payload;
    due = other.due;
  }
};

/// What `out` has, as a value that stays.
template <class Kind, class Role>
[[nodiscard]] Kind kept(const Output<Role>& out) {
  Kind result;
  for (const Frame& frame : out.transmit) result.frames.push_back(keep(frame.bytes));
  result.events.assign(out.events.begin(), out.events.end());
  for (const auto& event : out.events)
    std::visit(
        [&](const auto& one) {
          if constexpr (requires { Bytes(one.payload); }) result.payload = keep(one.payload);
        },
        event);
  result.due = out.deadline;
  return result;
}

/// `Kind` is the `Result` of its calls, or what is derived from it.
template <class Role, class Kind = Result<Role>>
class Side {
 public:
  /// `context_with` makes the role's context with the randomness that it is given.
  template <class ContextWith>
  Side(std::uint64_t seed, UnixTime utc, const ContextWith& context_with)
      : now{SteadyTime{} + std::chrono::hours(1), utc},
        random_(seed),
        machine_(context_with(Random(random_))) {}

  template <class Command>
  Kind does(const Command& command) {
    return kept<Kind>(shown_command(machine_, command, now));
  }
  Kind gets(Bytes frame) { return kept<Kind>(shown_frame(machine_, {}, frame, now)); }
  /// What is due when `duration` has passed.
  Kind waits(Duration duration) {
    now.steady += duration;
    now.utc += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
    return kept<Kind>(shown_advance(machine_, now));
  }
  /// What is due when exactly `duration` has passed. Throws where something was due, or the state
  /// another, a nanosecond before.
  Kind waits_just(Duration duration) {
    const auto before = state();
    if (!waits(duration - std::chrono::nanoseconds(1)).is_silent() || state() != before)
      throw std::runtime_error("something was due too early");
    return waits(std::chrono::nanoseconds(1));
  }
  [[nodiscard]] std::string_view state() const { return machine_.state_name(); }
  [[nodiscard]] Kept snapshot() const { return keep(machine_.dangerous_snapshot().bytes()); }
  [[nodiscard]] Machine<Role>& machine() { return machine_; }
  [[nodiscard]] typename Role::Context& context() { return machine_.context(); }
  template <class State>
  [[nodiscard]] State& in() {
    return std::get<State>(machine_.dangerous_engine().dangerous_state());
  }
  [[nodiscard]] testing::SeededRandom& random() { return random_; }

  Time now;

 private:
  testing::SeededRandom random_;
  Machine<Role> machine_;
};

}  // namespace handfast::test
