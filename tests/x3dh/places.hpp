#pragma once

// Where the tests of stores keep what is sealed.

#include "handfast/x3dh/sealed_store.hpp"

namespace x3dh_test {

using namespace handfast;

/// What guesses cost in tests: as little as may be.
inline constexpr argon2id::Cost cheap{argon2id::Cost::memory_min, 1, 1};

/// A place in memory, which can fail.
struct MemoryPlace final : x3dh::Place {
  std::optional<std::vector<std::uint8_t>> bytes;
  bool fails = false;

  std::expected<std::optional<std::vector<std::uint8_t>>, Fault> read() override {
    if (fails) return std::unexpected(Fault::storage_failed);
    return bytes;
  }
  std::expected<void, Fault> replace(Bytes next) override {
    if (fails) return std::unexpected(Fault::storage_failed);
    bytes.emplace(next.begin(), next.end());
    return {};
  }
};

/// A counter in memory, which can fail, and refuses to be turned back.
struct MemoryCounter final : x3dh::MonotonicCounter {
  std::uint64_t number = 0;
  bool fails = false;

  std::expected<std::uint64_t, Fault> value() override {
    if (fails) return std::unexpected(Fault::storage_failed);
    return number;
  }
  std::expected<void, Fault> raise(std::uint64_t to) override {
    if (fails || to < number) return std::unexpected(Fault::storage_failed);
    number = to;
    return {};
  }
};

}  // namespace x3dh_test
