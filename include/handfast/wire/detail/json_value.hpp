#pragma once

// One field of a layout from and to its JSON value.

#include <vector>

#include "handfast/wire/base64.hpp"
#include "handfast/wire/detail/json_object.hpp"
#include "handfast/wire/hex.hpp"
#include "handfast/wire/shape.hpp"
#include "handfast/wire/utf8.hpp"
#include "handfast/wire/writer.hpp"

namespace handfast::wire::detail {

template <class F>
using TextOf = NoteIn<TextNote, F, Note>;

template <class Text>
inline constexpr base64::Spelling spelling_of = base64::standard;
template <>
inline constexpr base64::Spelling spelling_of<Base64Url> = base64::url;
template <>
inline constexpr base64::Spelling spelling_of<Base64UrlPadded> = base64::url_padded;
template <>
inline constexpr base64::Spelling spelling_of<Base64UrlLenient> = base64::url_lenient;

template <class F>
constexpr Fault check_size(std::size_t size) {
  if (size > content_range<F>.max) return Fault::oversized;
  return size < content_range<F>.min ? Fault::wrong_length : Fault{};
}

/// Undoes the text encoding of bytes.
template <class F>
Fault bytes_from_text(std::string_view text, std::vector<std::uint8_t>& bytes) {
  bytes.resize(std::max(base64::decoded_size_max(text.size()), text.size() / 2));
  const auto size = [&] {
    if constexpr (std::same_as<TextOf<F>, HexText>)
      return hex::decode(text, bytes);
    else
      return base64::decode(text, bytes, spelling_of<TextOf<F>>);
  }();
  if (!size) return size.error();
  bytes.resize(*size);
  return Fault{};
}

template <class F, class T>
Fault read_json(T& value, JsonValue& from) {
  using Data = std::vector<std::uint8_t>;
  if constexpr (std::same_as<T, bool>) {
    const bool* const truth = std::get_if<bool>(&from);
    if (truth == nullptr) return Fault::malformed;
    value = *truth;
    return Fault{};
  } else if constexpr (Scalar<T>) {
    const std::uint64_t* const number = std::get_if<std::uint64_t>(&from);
    if (number == nullptr || !allows<F>(*number)) return Fault::malformed;
    value = static_cast<T>(*number);
    return Fault{};
  } else if constexpr (std::same_as<T, std::string>) {
    std::string* const text = std::get_if<std::string>(&from);
    if (text == nullptr) return Fault::malformed;
    value = std::move(*text);
    return check_size<F>(value.size());
  } else {
    static_assert(
        !std::same_as<TextOf<F>, Note>,
        "handfast: bytes in JSON say how: Base64, Base64Url, Base64UrlPadded, HexText, ...");
    Data bytes;
    if (const auto* const text = std::get_if<std::string>(&from)) {
      if (const Fault fault = bytes_from_text<F>(*text, bytes); fault != Fault{}) return fault;
    } else {
      Data* const array = std::get_if<Data>(&from);
      if (array == nullptr || !std::same_as<TextOf<F>, ByteArrayOrBase64>) return Fault::malformed;
      bytes = std::move(*array);
    }
    if constexpr (Owned<T>) {
      value = std::move(bytes);
      return check_size<F>(value.size());
    } else {
      return assign_bytes<F>(value, bytes);
    }
  }
}

/// Whether `value` is the constant that `F` is; null where there is none.
template <class F>
bool is_constant(const JsonValue* value) {
  constexpr const auto& expected = F::expected;
  if (value == nullptr) return false;
  if constexpr (std::remove_cvref_t<decltype(expected)>::is_text) {
    const auto* const text = std::get_if<std::string>(value);
    return text != nullptr && *text == expected.view();
  } else if constexpr (std::same_as<std::remove_cvref_t<decltype(expected.value)>, bool>) {
    return *value == JsonValue(expected.value);
  } else {
    return *value == JsonValue(static_cast<std::uint64_t>(expected.value));
  }
}

/// Reads the member that `F` is; `value` is null where there is none.
template <class F, class Message>
Fault read_field(Message& message, JsonValue* value) {
  using T = typename Unwrapped<typename F::Value>::type;
  constexpr bool is_optional = Unwrapped<typename F::Value>::optional;
  if (value == nullptr) return is_optional ? Fault{} : Fault::malformed;
  auto& member = message.*F::member;
  if constexpr (is_optional)
    return read_json<F>(member.emplace(), *value);
  else
    return read_json<F, T>(member, *value);
}

template <Sink S>
bool write_decimal(S& sink, std::uint64_t number) {
  char digits[20];
  std::size_t first = sizeof digits;
  do digits[--first] = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  return write_text(sink, {digits + first, sizeof digits - first});
}

/// Text between quotes, escaped as little as JSON allows: what JSON.stringify writes.
template <Sink S>
bool write_quoted(S& sink, std::string_view text) {
  constexpr std::string_view short_escapes = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
  bool fits = write_text(sink, "\"");
  std::size_t plain = 0;  // where the characters begin that need no escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '"' && c != '\\' && static_cast<std::uint8_t>(c) >= 0x20) continue;
    fits = fits && write_text(sink, text.substr(plain, i - plain));
    plain = i + 1;
    if (const auto place = short_escapes.find(c); place != std::string_view::npos) {
      const char escape[] = {'\\', letters[place]};
      fits = fits && write_text(sink, {escape, 2});
    } else {
      const std::uint8_t code[] = {static_cast<std::uint8_t>(c)};
      fits = fits && write_text(sink, "\\u00") && write_text(sink, hex::encode(code));
    }
  }
  return fits && write_text(sink, text.substr(plain)) && write_text(sink, "\"");
}

template <class F, Sink S>
Fault write_json_bytes(Bytes bytes, S& sink) {
  bool fits = true;
  if constexpr (std::same_as<TextOf<F>, ByteArrayOrBase64>) {
    char before = '[';
    for (const std::uint8_t byte : bytes) {
      fits = fits && write_text(sink, {&before, 1}) && write_decimal(sink, byte);
      before = ',';
    }
    fits = fits && write_text(sink, bytes.empty() ? "[]" : "]");
  } else {
    // Some at a time, a multiple of what base64 takes together: no memory of its own.
    constexpr std::size_t size_max = 96;
    std::array<char, 2 * size_max> text;
    fits = write_text(sink, "\"");
    for (; fits && !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), size_max))) {
      const Bytes some = bytes.first(std::min(bytes.size(), size_max));
      const auto size = [&] {
        if constexpr (std::same_as<TextOf<F>, HexText>)
          return hex::encode(some, text);
        else
          return base64::encode(some, text, spelling_of<TextOf<F>>);
      }();
      fits = size && write_text(sink, {text.data(), *size});
    }
    fits = fits && write_text(sink, "\"");
  }
  return fits ? Fault{} : Fault::too_large;
}

template <class F, class T, Sink S>
Fault write_json(const T& value, S& sink) {
  bool fits = true;
  if constexpr (std::same_as<T, bool>)
    fits = write_text(sink, value ? "true" : "false");
  else if constexpr (Scalar<T>) {
    if (!allows<F>(static_cast<std::uint64_t>(value))) return Fault::bad_argument;
    fits = write_decimal(sink, static_cast<std::uint64_t>(value));
  } else if constexpr (std::same_as<T, std::string>) {
    if (check_size<F>(value.size()) != Fault{} || !is_utf8(value)) return Fault::bad_argument;
    fits = write_quoted(sink, value);
  } else {
    static_assert(
        !std::same_as<TextOf<F>, Note>,
        "handfast: bytes in JSON say how: Base64, Base64Url, Base64UrlPadded, HexText, ...");
    if constexpr (Owned<T>) {
      if (check_size<F>(value.size()) != Fault{}) return Fault::bad_argument;
    }
    return write_json_bytes<F>(bytes_in(value), sink);
  }
  return fits ? Fault{} : Fault::too_large;
}

/// Writes the value of a constant.
template <class F, Sink S>
Fault write_json_constant(S& sink) {
  constexpr const auto& expected = F::expected;
  bool fits = true;
  if constexpr (std::remove_cvref_t<decltype(expected)>::is_text)
    fits = write_quoted(sink, expected.view());
  else if constexpr (std::same_as<std::remove_cvref_t<decltype(expected.value)>, bool>)
    fits = write_text(sink, expected.value ? "true" : "false");
  else
    fits = write_decimal(sink, static_cast<std::uint64_t>(expected.value));
  return fits ? Fault{} : Fault::too_large;
}

}  // namespace handfast::wire::detail
