#pragma once

// Views of bytes, and the fixed strings that name things at compile time.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace handfast {

/// Bytes that somebody else owns, to read.
using Bytes = std::span<const std::uint8_t>;

/// Bytes that somebody else owns, to write.
using MutableBytes = std::span<std::uint8_t>;

/// The bytes of `text`, as a view; valid as long as the text is.
[[nodiscard]] inline Bytes bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// `bytes` seen as text; valid as long as the bytes are. No encoding is assumed or checked.
[[nodiscard]] inline std::string_view text_of(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Text as a template argument: the name of a field, a link, a planted flaw.
template <std::size_t Size>
struct FixedString {
  char text[Size]{};

  consteval FixedString(const char (&literal)[Size]) {
    std::copy_n(literal, Size, text);
  }  // NOLINT: implicit by design
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, Size - 1}; }
};

}  // namespace handfast
