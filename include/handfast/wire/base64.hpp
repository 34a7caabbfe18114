#pragma once

// Base64 and base64url (RFC 4648, sections 4 and 5), one spelling for every value: no white space,
// padding exactly as the spelling says, unused bits of the last character zero.
//
// What is coded may be a key: characters are computed with arithmetic, eight at a time, without a
// table and without a branch on a character, so time depends on the length alone. Whether the whole
// text was well-formed is not a secret.

#include <algorithm>
#include <array>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/wire/detail/lanes.hpp"

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

using namespace wire::detail;

/// The characters of eight values of 6 bits.
[[nodiscard]] constexpr std::uint64_t characters_of(std::uint64_t values, bool url) noexcept {
  // What the character is ahead of its value changes at 'a', '0', and both of the last two. In this
  // order no sum leaves its byte.
  const std::uint64_t plus = url ? '0' + 10 - '-' : '0' + 10 - '+';
  const std::uint64_t slash = url ? '_' - '-' - 1 : '/' - '+' - 1;
  return values + eight('A') + at_least(values, 26) * ('a' - 'Z' - 1) -
         at_least(values, 52) * ('z' + 1 - '0') - at_least(values, 62) * plus +
         at_least(values, 63) * slash;
}

/// Eight values, or those of characters that have none: these are noted in `wrong`.
[[nodiscard]] constexpr std::uint64_t values_of(std::uint64_t characters, Spelling spelling,
                                                std::uint64_t& wrong) noexcept {
  const std::uint64_t standard_ones = spelling.url && !spelling.lenient ? 0 : eight(1);
  const std::uint64_t url_ones = spelling.url || spelling.lenient ? eight(1) : 0;
  const std::uint64_t beyond = characters & eight(0x80), c = characters ^ beyond;
  const auto within = [c](std::uint8_t low, std::uint8_t high) {
    return at_least(c, low) & ~at_least(c, static_cast<std::uint8_t>(high + 1));
  };
  const std::uint64_t upper = within('A', 'Z'), lower = within('a', 'z'), digit = within('0', '9'),
                      plus = within('+', '+') & standard_ones, minus = within('-', '-') & url_ones,
                      slash = within('/', '/') & standard_ones,
                      low_line = within('_', '_') & url_ones;
  const std::uint64_t known = upper | lower | digit | plus | minus | slash | low_line;
  wrong |= beyond | (known ^ eight(1));
  return (c & (known * 0xFF)) - upper * 'A' - lower * ('a' - 26) + digit * (52 - '0') +
         plus * (62 - '+') + minus * (62 - '-') + slash * (63 - '/') - low_line * ('_' - 63);
}

/// 48 bits as eight values of 6, the highest first.
[[nodiscard]] constexpr std::uint64_t spread(std::uint64_t bits) noexcept {
  bits = (bits & 0xFFFFFF000000) << 8 | (bits & 0xFFFFFF);
  bits = (bits & 0x00FFF00000FFF000) << 4 | (bits & 0x00000FFF00000FFF);
  return (bits & 0x0FC00FC00FC00FC0) << 2 | (bits & 0x003F003F003F003F);
}
/// Undoes `spread`.
[[nodiscard]] constexpr std::uint64_t gathered(std::uint64_t values) noexcept {
  values = (values & 0x3F003F003F003F00) >> 2 | (values & 0x003F003F003F003F);
  values = (values & 0x0FFF00000FFF0000) >> 4 | (values & 0x00000FFF00000FFF);
  return (values & 0x00FFFFFF00000000) >> 8 | (values & 0x0000000000FFFFFF);
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
  std::size_t written = 0;
  const auto characters_of = [&](const std::uint8_t* from) {
    return detail::characters_of(detail::spread(detail::load<6>(from)), spelling.url);
  };
  for (; bytes.size() >= 6; bytes = bytes.subspan(6), written += 8)
    detail::store<8>(characters_of(bytes.data()), out.data() + written);
  if (!bytes.empty()) {
    std::array<std::uint8_t, 6> last{};
    std::array<char, 8> characters{};
    std::ranges::copy(bytes, last.begin());
    detail::store<8>(characters_of(last.data()), characters.data());
    for (std::size_t i = 0; i * 6 < bytes.size() * 8; ++i) out[written++] = characters[i];
  }
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
  std::uint64_t wrong = 0, unused = 0;
  std::size_t written = 0;
  const auto bits_of = [&](const char* from) {
    return detail::gathered(detail::values_of(detail::load<8>(from), spelling, wrong));
  };
  std::string_view rest = *bare;
  for (; rest.size() >= 8; rest.remove_prefix(8), written += 6)
    detail::store<6>(bits_of(rest.data()), out.data() + written);
  if (!rest.empty()) {
    std::array<char, 8> last;
    last.fill('A');
    std::ranges::copy(rest, last.begin());
    unused = bits_of(last.data()) << 16;
    for (std::size_t i = 0; i < rest.size() * 6 / 8; ++i, unused <<= 8)
      out[written++] = static_cast<std::uint8_t>(unused >> 56);
  }
  if (!spelling.lenient && !handfast::detail::planted<"trailing bits accepted">) wrong |= unused;
  if (wrong == 0) return written;
  for (std::size_t i = 0; i < written; ++i) out[i] = 0;  // half-read keys stay nowhere
  return std::unexpected(Fault::bad_encoding);
}

}  // namespace handfast::wire::base64
