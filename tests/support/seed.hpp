#pragma once

// Random tests that can be run again: the seed comes from HANDFAST_SEED or from the system, and a
// failure prints it.

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/support/catch.hpp"

namespace handfast::test {

/// The seed to use, and what to do to use it again.
struct Seed {
  std::uint64_t value;
  [[nodiscard]] std::string again() const {
    return "run again with HANDFAST_SEED=" + std::to_string(value);
  }
};

/// `given` is the variable's value, or nullptr where it is not set.
[[nodiscard]] inline Seed seed_from(const char* given) {
  if (given != nullptr && *given != '\0') return {std::strtoull(given, nullptr, 10)};
  return {std::random_device{}()};
}
[[nodiscard]] inline Seed seed() { return seed_from(std::getenv("HANDFAST_SEED")); }

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
