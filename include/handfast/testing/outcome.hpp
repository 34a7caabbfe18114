#pragma once

// What became of a simulated world, and who noticed.

#include <cstddef>
#include <cstdint>
#include <string>

namespace handfast::testing {

/// What a world can do wrong.
enum class Wrong : std::uint8_t {
  nothing,
  safety,    // something happened that must never happen
  liveness,  // something that must happen did not
};

/// Who noticed.
enum class Oracle : std::uint8_t {
  claims,   // commitments agree, data is told once and to whom it was meant for
  ledger,   // no key and nonce seals twice, nothing sealed is accepted twice
  calls,    // what must hold of every call: a refusal changes nothing and costs little
  calm,     // where nothing is amiss nothing is refused, repeated or given up
  quiesce,  // in quiet times sessions work or end
};

/// What became of a run.
struct Outcome {
  Wrong wrong = Wrong::nothing;
  Oracle oracle{};             // where something is wrong
  std::string what;            // in a sentence; empty where nothing is wrong
  std::size_t moves_made = 0;  // of the plan, until then
  std::size_t commit_count = 0;
  std::size_t seals_of_one_key_max = 0;
  [[nodiscard]] bool is_fine() const noexcept { return wrong == Wrong::nothing; }
};

}  // namespace handfast::testing
