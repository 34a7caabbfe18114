#pragma once

// Base64 and base64url (RFC 4648, sections 4 and 5), one spelling for every value: no white space,
// padding exactly as the spelling says, unused bits of the last character zero.
//
// What is coded may be a key: characters are computed with arithmetic, without a table and without
// a branch on a character, so time depends on the length alone. Whether the whole text was
// well-formed is not a secret.

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/core/planted.hpp"

namespace handfast::wire::base64 {

/// Which base64 is meant.
struct Spelling {
  bool url = false;      // `-_` instead of `+/`
  bool padded = false;   // `=` up to a multiple of 4 characters
  bool lenient = false;  // read either alphabet, padded or not, and ignore unused bits
};

inline constexpr Spelling standard{false, true, false};
inline constexpr Spelling url{true, false, false};
inline constexpr Spelling url_padded{true, true, false};
/// Written as `url`. Four last characters then decode to one 32-byte key: compare the bytes, never
/// the text.
inline constexpr Spelling url_lenient{true, false, true};

/// The number of characters that `size` bytes take.
[[nodiscard]] constexpr std::size_t encoded_size(std::size_t size, Spelling spelling) noexcept {
  return spelling.padded ? (size + 2) / 3 * 4 : size / 3 * 4 + (size % 3 == 0 ? 0 : size % 3 + 1);
}

/// The most bytes that `size` characters decode to, in any spelling.
[[nodiscard]] constexpr std::size_t decoded_size_max(std::size_t size) noexcept {
  return size / 4 * 3 + size % 4 * 3 / 4;
}

namespace detail {

/// All ones if low <= value <= high, else zero; all below 2^31.
[[nodiscard]] constexpr std::uint32_t within(std::uint32_t value, std::uint32_t low,
                                             std::uint32_t high) noexcept {
  return (((value - low) | (high - value)) >> 31) - 1;
}

/// The character of a value of 6 bits.
[[nodiscard]] constexpr char character_of(std::uint32_t value, bool url) noexcept {
  const std::uint32_t plus = url ? '-' : '+', slash = url ? '_' : '/';
  return static_cast<char>((within(value, 0, 25) & (value + 'A')) |
                           (within(value, 26, 51) & (value - 26 + 'a')) |
                           (within(value, 52, 61) & (value - 52 + '0')) |
                           (within(value, 62, 62) & plus) | (within(value, 63, 63) & slash));
}

/// The value of a character; bit 8 is set where it has none.
[[nodiscard]] constexpr std::uint32_t value_of(char character, Spelling spelling) noexcept {
  const std::uint32_t c = static_cast<std::uint8_t>(character);
  const std::uint32_t standard_ones = spelling.url && !spelling.lenient ? 0 : ~std::uint32_t{0};
  const std::uint32_t url_ones = spelling.url || spelling.lenient ? ~std::uint32_t{0} : 0;
  const std::uint32_t upper = within(c, 'A', 'Z'), lower = within(c, 'a', 'z'),
                      digit = within(c, '0', '9');
  const std::uint32_t plus =
      (within(c, '+', '+') & standard_ones) | (within(c, '-', '-') & url_ones);
  const std::uint32_t slash =
      (within(c, '/', '/') & standard_ones) | (within(c, '_', '_') & url_ones);
  return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (digit & (c - '0' + 52)) | (plus & 62) |
         (slash & 63) | (~(upper | lower | digit | plus | slash) & 0x100);
}

/// The characters of `text` without its padding; nothing if the padding is not as the spelling
/// says.
[[nodiscard]] constexpr std::expected<std::string_view, Fault> without_padding(
    std::string_view text, Spelling spelling) noexcept {
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  if (padding > 0 || (spelling.padded && !spelling.lenient)) {
    if (text.size() % 4 != 0 || (!spelling.padded && !spelling.lenient))
      return std::unexpected(Fault::bad_encoding);
  }
  const std::string_view bare = text.substr(0, text.size() - padding);
  if (bare.size() % 4 == 1) return std::unexpected(Fault::bad_encoding);
  return bare;
}

}  // namespace detail

/// Writes `bytes` as text into `out`, of at least `encoded_size(bytes.size(), spelling)`
/// characters, and gives their number; `too_large` if they do not fit.
[[nodiscard]] constexpr std::expected<std::size_t, Fault> encode(Bytes bytes, std::span<char> out,
                                                                 Spelling spelling) noexcept {
  const std::size_t size = encoded_size(bytes.size(), spelling);
  if (out.size() < size) return std::unexpected(Fault::too_large);
  std::uint32_t bits = 0;
  std::size_t held = 0, written = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8 | byte) & 0xFFFF;
    for (held += 8; held >= 6; held -= 6)
      out[written++] = detail::character_of(bits >> (held - 6) & 63, spelling.url);
  }
  if (held > 0) out[written++] = detail::character_of(bits << (6 - held) & 63, spelling.url);
  while (written < size) out[written++] = '=';
  return size;
}

/// `bytes` as text in memory of its own.
[[nodiscard]] constexpr std::string encode(Bytes bytes, Spelling spelling) {
  std::string text(encoded_size(bytes.size(), spelling), '\0');
  (void)encode(bytes, text, spelling);
  return text;
}

/// Reads `text` into `out` and gives the number of bytes. `bad_encoding` for text that `encode`
/// never writes (unless the spelling is lenient); `too_large` if the bytes do not fit, of which
/// none are written then.
[[nodiscard]] constexpr std::expected<std::size_t, Fault> decode(std::string_view text,
                                                                 MutableBytes out,
                                                                 Spelling spelling) noexcept {
  const auto bare = detail::without_padding(text, spelling);
  if (!bare) return std::unexpected(bare.error());
  if (out.size() < decoded_size_max(bare->size())) return std::unexpected(Fault::too_large);
  std::uint32_t bits = 0, wrong = 0;
  std::size_t held = 0, written = 0;
  for (const char character : *bare) {
    const std::uint32_t value = detail::value_of(character, spelling);
    wrong |= value & 0x100;
    bits = (bits << 6 | (value & 63)) & 0x3FFF;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[written++] = static_cast<std::uint8_t>(bits >> held);
    }
  }
  const bool bits_count =
      held > 0 && !spelling.lenient && !handfast::detail::planted<"trailing bits accepted">;
  if (bits_count) wrong |= bits & ((1u << held) - 1);
  if (wrong == 0) return written;
  for (std::size_t i = 0; i < written; ++i) out[i] = 0;  // half-read keys stay nowhere
  return std::unexpected(Fault::bad_encoding);
}

}  // namespace handfast::wire::base64
