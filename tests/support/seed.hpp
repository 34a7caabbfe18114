#pragma once

// Random tests that can be run again: the seed comes from HANDFAST_SEED or from the system, and a
// failure prints it.

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/environment.hpp"

namespace handfast::test {

/// The seed to use, and what to do to use it again.
struct Seed {
  std::uint64_t value;
  [[nodiscard]] std::string again() const {
    return "run again with HANDFAST_SEED=" + std::to_string(value);
  }
};

/// `given` is what HANDFAST_SEED holds, if it holds a number.
[[nodiscard]] inline Seed seed_from(std::optional<std::uint64_t> given) {
  return {given ? *given : std::random_device{}()};
}
/// The seed of this program. One of the system's goes to the environment, where the line that runs
/// a failed test again finds it.
[[nodiscard]] inline Seed seed() {
  const Seed seed = seed_from(number_from_environment("HANDFAST_SEED"));
  setenv("HANDFAST_SEED", std::to_string(seed.value).c_str(), 1);
  return seed;
}

/// Numbers that depend on the seed alone, on every system.
class Random {
 public:
  explicit Random(Seed seed) : engine_(seed.value) {}
  /// A number from 0 to `bound` - 1.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace handfast::test
