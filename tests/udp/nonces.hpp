#pragma once

// The nonce of a packet as the page of udp says it, apart from how the library makes it.

#include <array>
#include <cstdint>

namespace udp_test {

/// RFC 8439's 96 bits: the epoch, then the counter, highest byte first.
[[nodiscard]] constexpr std::array<std::uint8_t, 12> nonce_of(std::uint32_t epoch,
                                                              std::uint64_t counter) {
  std::array<std::uint8_t, 12> nonce{};
  for (std::size_t i = 0; i < 4; ++i) nonce[3 - i] = static_cast<std::uint8_t>(epoch >> 8 * i);
  for (std::size_t i = 0; i < 8; ++i) nonce[11 - i] = static_cast<std::uint8_t>(counter >> 8 * i);
  return nonce;
}

}  // namespace udp_test
