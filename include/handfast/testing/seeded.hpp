#pragma once

// Numbers that follow from a seed alone, on every system: the only chance in a simulated world.

#include <cstdint>

namespace handfast::testing {

/// A sequence of numbers that its seed decides. Cheap to make and to copy; no secret comes from it.
class Seeded {
 public:
  explicit Seeded(std::uint64_t seed) noexcept : state_(seed) {}

  /// The next 64 bits.
  std::uint64_t next() noexcept {
    // A counter with an odd step, mixed: the step is 2^64 over the golden ratio.
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 32) * 0xd6e8feb86659fd93u;
    z = (z ^ z >> 32) * 0xd6e8feb86659fd93u;
    return z ^ z >> 32;
  }
  /// A number from 0 to `bound` - 1; 0 where `bound` is 0.
  std::uint64_t below(std::uint64_t bound) noexcept { return bound == 0 ? 0 : next() % bound; }
  /// True `per_cent` times in a hundred.
  bool chance(unsigned per_cent) noexcept { return below(100) < per_cent; }

 private:
  std::uint64_t state_;
};

}  // namespace handfast::testing
