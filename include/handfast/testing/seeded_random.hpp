#pragma once

// A random source for roles whose every byte follows from a seed, so that a run can be repeated to
// the bit.

#include "handfast/crypto/random.hpp"
#include "handfast/testing/seeded.hpp"

namespace handfast::testing {

/// Random bytes that anybody who has the seed can make: for tests only.
class SeededRandom : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) noexcept : numbers_(seed) {}

  bool fill(MutableBytes out) override {
    if (failures_left_ > 0 && out.size() >= failing_size_) {
      --failures_left_;
      ++failure_count_;
      return false;
    }
    for (std::size_t i = 0; i < out.size();) {
      std::uint64_t bits = numbers_.next();
      for (int k = 0; k < 8 && i < out.size(); ++k, bits >>= 8)
        out[i++] = static_cast<std::uint8_t>(bits);
    }
    return true;
  }

  /// The next `count` draws of `size` bytes or more fail, as those of a system without randomness
  /// do.
  void fail_next(unsigned count, std::size_t size) noexcept {
    failures_left_ = count;
    failing_size_ = size;
  }
  /// How many draws have failed so far.
  [[nodiscard]] std::uint64_t failure_count() const noexcept { return failure_count_; }

 private:
  Seeded numbers_;
  unsigned failures_left_ = 0;
  std::uint64_t failure_count_ = 0;
  std::size_t failing_size_ = 0;
};

}  // namespace handfast::testing
