#pragma once

// Random tests that run longer where HANDFAST_LONG says so, in seconds; `tests/run --long 10m` sets
// it.

#include <chrono>

#include "tests/support/environment.hpp"

namespace handfast::test {

/// Counts rounds: at least `rounds_min`, and further ones for a share of HANDFAST_LONG.
class Rounds {
 public:
  /// `share` is in hundredths.
  Rounds(int rounds_min, int share) : left_(rounds_min) {
    const std::uint64_t seconds = number_from_environment("HANDFAST_LONG", long_max).value_or(0);
    end_ = std::chrono::steady_clock::now() +
           std::chrono::milliseconds(10 * share) * static_cast<std::int64_t>(seconds);
  }
  /// Whether one more round is to be run.
  [[nodiscard]] bool next() { return left_-- > 0 || std::chrono::steady_clock::now() < end_; }

 private:
  int left_;
  std::chrono::steady_clock::time_point end_;
};

}  // namespace handfast::test
