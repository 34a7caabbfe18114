#pragma once

// Two public keys that agree with every private key on the same secret.
//
// (u, v) and (1/u, ...) differ by the point (0, 0), which has order 2. RFC 7748 clears the lowest
// three bits of every private key, so that no multiple that anybody computes shows the difference.

#include <array>
#include <cstdint>

#include "handfast/crypto/detail/little_endian.hpp"

namespace attacks {

using handfast::detail::Number;

/// The product of two numbers modulo 2^255 - 19; the keys are public, time is free.
[[nodiscard]] constexpr Number times(const Number& a, const Number& b) noexcept {
  std::array<std::uint32_t, 64> sum{};
  for (std::size_t i = 0; i < 32; ++i)
    for (std::size_t k = 0; k < 32; ++k) sum[i + k] += std::uint32_t{a[i]} * std::uint32_t{b[k]};
  for (std::size_t i = 0; i < 32; ++i) sum[i] += 38 * sum[i + 32];  // 2^256 = 38
  for (int round = 0; round < 4; ++round) {
    std::uint32_t carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
      carry += sum[i];
      sum[i] = carry & 0xFF;
      carry >>= 8;
    }
    sum[0] += 38 * carry + 19 * (sum[31] >> 7);  // 2^255 = 19
    sum[31] &= 0x7F;
  }
  Number product{};
  for (std::size_t i = 0; i < 32; ++i) product[i] = static_cast<std::uint8_t>(sum[i]);
  // What is left of p or more is at most 2^255 - 1, and differs from p in the lowest byte only.
  if (!handfast::detail::less(product, handfast::detail::field_prime))
    product = {static_cast<std::uint8_t>(product[0] - handfast::detail::field_prime[0])};
  return product;
}

/// The other key: 1/u, as u to the power of p - 2 (Fermat).
[[nodiscard]] constexpr Number twin_of(const Number& u) noexcept {
  Number exponent = handfast::detail::field_prime;
  exponent[0] -= 2;
  Number result{1};
  for (std::size_t bit = 255; bit-- > 0;) {
    result = times(result, result);
    if (exponent[bit / 8] >> bit % 8 & 1) result = times(result, u);
  }
  return result;
}

}  // namespace attacks
