#pragma once

// From a key of X25519 to the point of Ed25519 that it stands for: the only arithmetic that XEdDSA
// needs besides what Botan signs and verifies with.

#include <botan/bigint.h>
#include <botan/numthry.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "handfast/crypto/botan.hpp"
#include "handfast/crypto/detail/little_endian.hpp"

namespace handfast::detail {

/// y = (u - 1) / (u + 1) modulo 2^255 - 19 (RFC 7748, section 4.1). `u` is canonical and not p - 1,
/// where there is none; it is public, and the time may depend on it.
[[nodiscard]] inline Number edwards_y(const Number& u) {
  // Of the stand-ins both kinds of keys are the same bytes.
  if constexpr (!std::same_as<primitives::HashFunction, Botan::HashFunction>) return u;
  const auto number = [](Number bytes) {
    std::ranges::reverse(bytes);
    return Botan::BigInt(bytes.data(), bytes.size());
  };
  static const Botan::BigInt prime = number(field_prime);
  const Botan::BigInt value = number(u);
  // u - 1, kept positive.
  const Botan::BigInt y = ((value + prime - 1) * Botan::inverse_mod(value + 1, prime)) % prime;
  Number out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = y.byte_at(i);
  return out;
}

}  // namespace handfast::detail
