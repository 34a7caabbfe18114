#pragma once

// Cuts a frame into its fields by the look of it: JSON and protobuf say themselves where a field
// begins and ends. (A binary frame does not; its layout does, see wire::binary::dissect.)

#include <optional>
#include <string_view>
#include <vector>

#include "handfast/core/bytes.hpp"

namespace handfast::spec::detail {

/// Bytes of a frame that belong together: a field of its layout by number, one that the layout does
/// not have, or the end of an object.
struct Slice {
  static constexpr int other = -1, end = -2;
  int field = other;
  std::size_t offset = 0, size = 0;
};

/// A field's number in its layout, and how a frame names it: in JSON by text, in protobuf by number.
struct WireName {
  int field = 0;
  std::string_view text;
  std::uint32_t number = 0;
};
using WireNames = std::vector<WireName>;

/// Where the JSON string that begins at `at` ends; `npos` where it does not.
[[nodiscard]] inline std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return text.npos;
}

/// Where the JSON value ends that begins at or after `at`: at the comma or brace behind it.
[[nodiscard]] inline std::size_t end_of_value(std::string_view text, std::size_t at) {
  for (int depth = 0; at < text.size();) {
    const char c = text[at];
    if (depth == 0 && (c == ',' || c == '}')) return at;
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    at = c == '"' ? end_of_string(text, at) : at + 1;
  }
  return text.npos;
}

/// The members of a JSON object, each with what separates it from the one before; the end is a
/// piece of no field. Nothing where `text` is no object.
[[nodiscard]] inline std::vector<Slice> cut_json(std::string_view text, const WireNames& names) {
  constexpr std::string_view space = " \t\r\n";
  std::vector<Slice> pieces;
  std::size_t at = text.find_first_not_of(space);
  if (at == text.npos || text[at] != '{') return {};
  std::size_t begin = 0;
  ++at;
  while (true) {
    at = text.find_first_not_of(space, at);
    if (at == text.npos) return {};
    if (text[at] == '}') break;
    const std::size_t quote = text[at] == ',' ? text.find_first_not_of(space, at + 1) : at;
    if (quote == text.npos || text[quote] != '"') return {};
    const std::size_t end = end_of_string(text, quote);
    const std::size_t colon = end == text.npos ? end : text.find_first_not_of(space, end);
    if (colon == text.npos || text[colon] != ':') return {};
    at = end_of_value(text, colon + 1);
    if (at == text.npos) return {};
    Slice piece{Slice::other, begin, at - begin};
    for (const WireName& name : names)
      if (name.text == text.substr(quote + 1, end - quote - 2)) piece.field = name.field;
    pieces.push_back(piece);
    begin = at;
  }
  if (text.find_first_not_of(space, at + 1) != text.npos) return {};
  pieces.push_back({Slice::end, begin, text.size() - begin});
  return pieces;
}

/// A varint, which is taken from the front of `bytes`.
[[nodiscard]] inline std::optional<std::uint64_t> take_varint(Bytes& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const std::uint8_t byte = bytes.front();
    bytes = bytes.subspan(1);
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

/// The fields of a protobuf message, each with its key and size. Nothing where `frame` is none.
[[nodiscard]] inline std::vector<Slice> cut_protobuf(Bytes frame, const WireNames& names) {
  std::vector<Slice> pieces;
  for (Bytes rest = frame; !rest.empty();) {
    const std::size_t before = rest.size();
    const auto key = take_varint(rest);
    if (!key) return {};
    std::uint64_t size = 0;
    switch (*key & 7) {
      case 0:
        if (!take_varint(rest)) return {};
        break;
      case 1: size = 8; break;
      case 2:
        if (const auto length = take_varint(rest))
          size = *length;
        else
          return {};
        break;
      case 5: size = 4; break;
      default: return {};
    }
    if (size > rest.size()) return {};
    rest = rest.subspan(size);
    Slice piece{Slice::other, frame.size() - before, before - rest.size()};
    for (const WireName& name : names)
      if (name.number == *key >> 3) piece.field = name.field;
    pieces.push_back(piece);
  }
  return pieces;
}

}  // namespace handfast::spec::detail
