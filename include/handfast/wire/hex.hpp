#pragma once

// Hexadecimal digits, lower case, two a byte: session ids, vectors, transcripts. Not for secrets in
// a running protocol: the time of `decode` depends on where the first wrong digit is.

#include <array>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"

namespace handfast::wire::hex {

/// Writes two digits a byte into `out`; `too_large` if `out` has not twice the bytes' size.
[[nodiscard]] constexpr std::expected<std::size_t, Fault> encode(Bytes bytes,
                                                                 std::span<char> out) noexcept {
  if (out.size() / 2 < bytes.size()) return std::unexpected(Fault::too_large);
  std::size_t at = 0;
  for (const std::uint8_t byte : bytes) {
    for (const int digit : {byte >> 4, byte & 15})
      out[at++] = static_cast<char>(digit < 10 ? '0' + digit : 'a' + digit - 10);
  }
  return at;
}

/// `bytes` as digits in memory of its own.
[[nodiscard]] constexpr std::string encode(Bytes bytes) {
  std::string text(2 * bytes.size(), '\0');
  (void)encode(bytes, text);
  return text;
}

/// Reads lower-case digits, two a byte, into `out` and gives the number of bytes; `bad_encoding`;
/// `too_large` if they do not fit.
[[nodiscard]] constexpr std::expected<std::size_t, Fault> decode(std::string_view text,
                                                                 MutableBytes out) noexcept {
  if (text.size() % 2 != 0) return std::unexpected(Fault::bad_encoding);
  if (out.size() < text.size() / 2) return std::unexpected(Fault::too_large);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c >= 'a' && c <= 'f')) return std::unexpected(Fault::bad_encoding);
    const int value = digit ? c - '0' : c - 'a' + 10;
    out[i / 2] = static_cast<std::uint8_t>(i % 2 == 0 ? value << 4 : out[i / 2] | value);
  }
  return text.size() / 2;
}

/// The bytes of digits that are written in the source: `hex::bytes<"00ff">`. Anything else does not
/// compile.
template <FixedString Digits>
inline constexpr auto bytes = [] {
  std::array<std::uint8_t, Digits.view().size() / 2> result{};
  if (!decode(Digits.view(), result))
    throw "handfast: hex::bytes takes pairs of lower-case hexadecimal digits";
  return result;
}();

}  // namespace handfast::wire::hex
