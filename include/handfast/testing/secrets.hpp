#pragma once

// Whether a text tells a secret, in any of the ways in which programs spell bytes, and whether a
// type lets itself be printed at all.

#include <array>
#include <iterator>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <version>

#ifdef __cpp_lib_format
#include <format>
#endif

#include "handfast/wire/base64.hpp"
#include "handfast/wire/hex.hpp"

namespace handfast::testing {

namespace detail {

[[nodiscard]] inline std::string without(std::string_view characters, std::string_view text) {
  std::string rest;
  for (const char c : text)
    if (characters.find(c) == characters.npos) rest += c;
  return rest;
}
[[nodiscard]] inline std::string in_lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}
/// What stands between the characters of a list.
inline constexpr std::string_view between_characters = " \n\t,'\"";

/// `piece` as a list of characters, as Catch2 writes ranges of bytes, without what is between them.
[[nodiscard]] inline std::string as_characters(Bytes piece) {
  std::string list;
  for (const std::uint8_t byte : piece) {
    constexpr std::string_view escaped = "\n\t\r\f", letters = "ntrf";
    const char c = static_cast<char>(byte);
    if (const auto at = escaped.find(c); at != escaped.npos)
      list += {'\\', letters[at]};
    else
      list += byte < ' ' ? std::to_string(byte) : std::string(1, c);
  }
  return without(between_characters, list);
}
/// `piece` as a list of numbers, as test frameworks and formatters write ranges; no spaces.
[[nodiscard]] inline std::string as_numbers(Bytes piece, bool in_hex) {
  std::string list;
  for (const std::uint8_t byte : piece) {
    list += list.empty() ? "" : ",";
    list += in_hex ? "0x" + wire::hex::encode(Bytes(&byte, 1)) : std::to_string(byte);
  }
  return list;
}

}  // namespace detail

/// A text in which secrets are looked for, prepared once.
class Searched {
 public:
  explicit Searched(std::string_view text)
      : raw_(text),
        bare_(detail::without(detail::between_characters, text)),
        packed_(detail::without(" \n\t", text)),
        folded_(detail::in_lower_case(packed_)) {}

  /// How the text spells nine bytes in a row of `secret`, or nothing where it does not: as they
  /// are, also one by one in quotes, in hexadecimal, in base64, or as numbers. White space between
  /// them hides nothing.
  [[nodiscard]] std::optional<std::string_view> spells(Bytes secret) const {
    constexpr std::size_t piece_size = 9;  // of base64 twelve whole letters
    for (std::size_t at = 0; at + piece_size <= secret.size(); ++at) {
      const Bytes piece = secret.subspan(at, piece_size);
      if (is_in(raw_, text_of(piece))) return "as it is";
      if (is_in(bare_, detail::as_characters(piece))) return "as characters";
      if (is_in(folded_, wire::hex::encode(piece))) return "in hexadecimal";
      for (const auto spelling : {wire::base64::standard, wire::base64::url})
        if (is_in(packed_, wire::base64::encode(piece, spelling))) return "in base64";
      for (const bool in_hex : {false, true})
        if (is_in(folded_, detail::as_numbers(piece, in_hex))) return "as numbers";
    }
    return std::nullopt;
  }

 private:
  static bool is_in(std::string_view text, std::string_view piece) {
    return text.find(piece) != text.npos;
  }
  std::string raw_, bare_, packed_, folded_;
};

/// Whether a `T` can be written to a stream, formatted, made text by `to_string`, taken for text, or
/// walked over byte by byte, which test frameworks and formatters do of themselves.
template <class T>
inline constexpr bool is_printable = [] {
  bool formats = false;
#ifdef __cpp_lib_format
  formats = std::is_default_constructible_v<std::formatter<T, char>>;
#endif
  return formats || requires(std::ostream & out, const T& value) { out << value; }
  || requires(const T& value) { to_string(value); }
  || requires(T & value) {
    std::begin(value);
    std::end(value);
  }
  || std::is_convertible_v<const T&, std::string_view> || std::is_convertible_v<const T&, Bytes>;
}();

}  // namespace handfast::testing
