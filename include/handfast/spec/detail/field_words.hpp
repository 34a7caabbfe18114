#pragma once

// A field of a layout in words: what it says, how it came to be, what it covers.

#include <string>

#include "handfast/spec/detail/escaped.hpp"
#include "handfast/wire/hex.hpp"
#include "handfast/wire/layout.hpp"
#include "handfast/wire/utf8.hpp"
#include "handfast/wire/value.hpp"

namespace handfast::spec {

/// A field in words; in a frame with the bytes that are its own.
struct Explained {
  std::string name;
  std::string value;    // where it is one that can be read: a number, a text, bytes in hexadecimal
  std::string meaning;  // how it came to be, and what for
  std::size_t offset = 0, size = 0;  // bytes; in a frame the fields follow each other without gaps
};

namespace detail {

/// How a field is made, in words; `key` and `covered` where it has them.
[[nodiscard]] inline std::string meaning_of(wire::How how, std::string_view key,
                                            const std::string& covered) {
  const std::string under(key);
  switch (how) {
    case wire::How::plain: return "known to its sender";
    case wire::How::open: return "known to everybody";
    case wire::How::fresh: return "random, made for this message";
    case wire::How::clock: return "the sender's clock";
    case wire::How::counter: return "a number that only rises";
    case wire::How::public_key: return "public half of " + under;
    case wire::How::mac: return "MAC under " + under + (covered.empty() ? "" : " over " + covered);
    case wire::How::signature: return "signature by " + under + " over " + covered;
    case wire::How::derived: return "computed from " + covered;
    case wire::How::sealed:
      return "sealed under " + under + (covered.empty() ? "" : ", bound to " + covered);
    case wire::How::payload: return "what the application says";
    case wire::How::constant: return "always this";
    case wire::How::length: return "how many bytes follow";
    case wire::How::padding: return "zeros, to one size for all";
  }
  return {};
}

/// Text in quotes where bytes are text, else how many they are.
[[nodiscard]] inline std::string in_quotes(std::string_view text) {
  constexpr std::size_t shown = 60;  // bytes
  const auto printable = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; };
  if (!wire::is_utf8(text) || !std::ranges::all_of(text, printable))
    return std::to_string(text.size()) + " bytes";
  if (text.size() <= shown) return '"' + std::string(text) + '"';
  std::size_t end = shown;
  while ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return '"' + std::string(text.substr(0, end)) + "\"... (" + std::to_string(text.size()) +
         " bytes)";
}

template <class Value>
[[nodiscard]] std::string value_in_words(const Value& value) {
  if constexpr (std::same_as<Value, bool>)
    return value ? "yes" : "no";
  else if constexpr (wire::Scalar<Value>)
    return std::to_string(static_cast<std::uint64_t>(value));
  else if constexpr (std::convertible_to<const Value&, std::string_view>)
    return in_quotes(value);
  else if constexpr (wire::TypedBytes<Value>)
    return wire::hex::encode(value.bytes());
  else if constexpr (wire::ByteArray<Value>)
    return wire::hex::encode(value);
  else if constexpr (requires {
                       value.has_value();
                       *value;
                     })
    return value ? value_in_words(*value) : std::string("none");
  else if constexpr (std::convertible_to<const Value&, Bytes>)
    return in_quotes(text_of(Bytes{value}));
  else
    return {};
}

/// Whether an entry of a coverage means fields of the message itself.
template <class>
inline constexpr bool names_own_fields = false;
template <>
inline constexpr bool names_own_fields<wire::All> = true;
template <FixedString... Names>
inline constexpr bool names_own_fields<wire::Of<Names...>> = true;

/// What is covered beside the message's own fields: "Request", "challenge of Request".
template <class Covered>
[[nodiscard]] std::string name_of_covered(List<Covered>) {
  return std::string(name_of<Covered>());
}
template <class Message, FixedString... Names>
[[nodiscard]] std::string name_of_covered(List<wire::In<Message, Names...>>) {
  std::string names;
  ((names += (names.empty() ? "" : " and ") + std::string(Names.view())), ...);
  return names + " of " + std::string(name_of<Message>());
}

/// The names of what a making covers: fields of the message, other messages, values of the session.
template <class Message, std::size_t Index>
[[nodiscard]] std::string covered_by() {
  using Fields = typename wire::layout_of<Message>::fields;
  using F = wire::detail::At<static_cast<int>(Index), Fields>;
  std::string names;
  const auto add = [&](std::string_view name) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  };
  const auto add_other = [&]<class Covered>(Covered*) {
    if constexpr (!names_own_fields<Covered>) add(name_of_covered(List<Covered>{}));
  };
  wire::detail::CoverageOf<typename F::Made>::each(add_other);
  constexpr std::uint64_t own = wire::covered_fields<Message, Index>();
  std::size_t index = 0;
  wire::for_each_field<Message>([&]<class Other>(Other) {
    if ((own >> index++ & 1) != 0) add(Other::name);
  });
  return names;
}

template <class Message, std::size_t Index>
[[nodiscard]] Explained explained_field(const Message& message) {
  using F = wire::detail::At<static_cast<int>(Index), typename wire::layout_of<Message>::fields>;
  using Made = typename F::Made;
  Explained field{std::string(F::name), {}, {}, 0, 0};
  if constexpr (requires { F::member; })
    field.value = value_in_words(message.*F::member);
  else if constexpr (requires { F::expected.view(); })
    field.value = in_quotes(F::expected.view());
  else if constexpr (requires { F::expected.value; })
    field.value = value_in_words(F::expected.value);
  std::string_view key;
  if constexpr (requires { typename Made::Key; }) key = name_of<typename Made::Key>();
  field.meaning = meaning_of(Made::how, key, covered_by<Message, Index>());
  return field;
}

}  // namespace detail
}  // namespace handfast::spec
