#pragma once

// Comparing public 32-byte numbers: coordinates and signature halves against their bounds.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace handfast::detail {

/// 32 bytes as a number, lowest byte first.
using Number = std::array<std::uint8_t, 32>;

/// 2^255 - 19, the field of Curve25519 and Ed25519 (RFC 7748, section 4.1).
inline constexpr Number field_prime = [] {
  Number prime{};
  prime.fill(0xff);
  prime[0] = 0xed;
  prime[31] = 0x7f;
  return prime;
}();

/// Whether `left < right` as numbers; both are public, so the time may depend on them.
[[nodiscard]] constexpr bool less(std::span<const std::uint8_t, 32> left,
                                  const Number& right) noexcept {
  for (std::size_t i = 32; i-- > 0;) {
    if (left[i] != right[i]) return left[i] < right[i];
  }
  return false;
}

}  // namespace handfast::detail
