#pragma once

// Whether bytes are UTF-8 (RFC 3629): shortest forms only, no surrogates, nothing above U+10FFFF.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace handfast::wire {

/// Whether all of `text` is well-formed UTF-8.
[[nodiscard]] constexpr bool is_utf8(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<std::uint8_t>(text[at++]);
    if (lead < 0x80) continue;
    const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - at < more) return false;
    // The second byte alone decides between shortest form, surrogate and out of range.
    std::uint8_t low = 0x80, high = 0xBF;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
    for (std::size_t i = 0; i < more; ++i, low = 0x80, high = 0xBF) {
      const auto next = static_cast<std::uint8_t>(text[at++]);
      if (next < low || next > high) return false;
    }
  }
  return true;
}

}  // namespace handfast::wire
