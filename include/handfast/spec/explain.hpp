#pragma once

// A message in words, from its layout: what each field says, what it is for, and which bytes of a
// frame are its own. Knows no protocol and no secret: a seal stays shut here.

#include <string>

#include "handfast/spec/detail/cut.hpp"
#include "handfast/spec/detail/escaped.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/wire/hex.hpp"

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

/// How frames name the fields of `Message`.
template <class Message>
[[nodiscard]] WireNames wire_names() {
  WireNames names;
  wire::for_each_field<Message>([&]<class F>(F) {
    WireName name{static_cast<int>(names.size()), F::name, 0};
    using Tag = wire::detail::NoteIn<wire::detail::TagNote, F>;
    if constexpr (!std::is_void_v<Tag>) name.number = Tag::number;
    if constexpr (requires { F::number; }) name.number = F::number;
    names.push_back(name);
  });
  return names;
}

template <class F>
inline constexpr bool is_numbered = requires {
  F::number;
}
|| !std::is_void_v<wire::detail::NoteIn<wire::detail::TagNote, F>>;

/// Whether field `Index` of `Message` could stand in a binary frame: the layouts of JSON and protobuf
/// have fields that could not.
template <class Message, std::size_t Index>
[[nodiscard]] consteval bool may_be_binary() {
  using F = wire::detail::At<static_cast<int>(Index), typename wire::layout_of<Message>::fields>;
  if constexpr (is_numbered<F>) {
    return false;
  } else if constexpr (wire::detail::ConstantField<F>) {
    if constexpr (requires { F::expected.value; })
      return wire::UnsignedInteger<std::remove_const_t<decltype(F::expected.value)>>;
    else
      return true;
  } else if constexpr (wire::detail::PaddingField<F>) {
    return Index + 1 == wire::field_count<Message>;
  } else if constexpr (wire::detail::MemberField<F>) {
    using Value = typename F::Value;
    if constexpr (!wire::Scalar<Value> && !wire::View<Value> && wire::fixed_size_of<Value>() == 0)
      return false;
    else if constexpr (wire::detail::is_variable<F> && wire::detail::prefix_width_of<F> == 0)
      return wire::detail::size_after<Message, Index>() != wire::unbounded;
    else
      return true;
  } else {
    return true;
  }
}
template <class Message>
inline constexpr bool is_binary = []<std::size_t... I>(std::index_sequence<I...>) {
  return (may_be_binary<Message, I>() && ...);
}
(std::make_index_sequence<wire::field_count<Message>>{});

/// Fields with the bytes that pieces give them. What no piece has is a field called "(unread)", so
/// that every byte has an owner.
[[nodiscard]] inline std::vector<Explained> owned(const std::vector<Explained>& fields,
                                                  const std::vector<Slice>& pieces,
                                                  std::size_t size) {
  std::vector<Explained> all;
  std::size_t at = 0;
  for (const Slice& piece : pieces) {
    Explained one;
    if (piece.field == Slice::end)
      one = {"(end)", {}, "ends the object", 0, 0};
    else if (piece.field == Slice::other)
      one = {"(other)", {}, "not in the layout: nobody reads it", 0, 0};
    else
      one = fields[static_cast<std::size_t>(piece.field)];
    one.offset = piece.offset;
    one.size = piece.size;
    at += piece.size;
    all.push_back(std::move(one));
  }
  if (at < size) all.push_back({"(unread)", {}, "not in the layout", at, size - at});
  return all;
}

}  // namespace detail

/// The fields of `message` in words, in the order of its layout; none where it has no layout.
template <class Message>
[[nodiscard]] std::vector<Explained> explain(const Message& message) {
  std::vector<Explained> fields;
  if constexpr (wire::HasLayout<Message>) [&]<std::size_t... I>(std::index_sequence<I...>) {
      (fields.push_back(detail::explained_field<Message, I>(message)), ...);
    }
  (std::make_index_sequence<wire::field_count<Message>>{});
  return fields;
}

/// The same of a message or a sealed form that was read from `frame`, with the bytes of each field.
/// They follow each other from the first byte to the last; a frame that is neither JSON nor protobuf
/// nor binary as its layout has it is one "(unread)".
template <class Message>
[[nodiscard]] std::vector<Explained> explain(const Message& message, Bytes frame) {
  const auto fields = explain(message);
  std::vector<detail::Slice> pieces;
  if constexpr (wire::HasLayout<Message>) {
    const auto names = detail::wire_names<Message>();
    if (!names.empty() && names.front().number != 0)
      pieces = detail::cut_protobuf(frame, names);
    else
      pieces = detail::cut_json(text_of(frame), names);
    if constexpr (detail::is_binary<Message>)
      if (pieces.empty())
        if (const auto spans = wire::binary::dissect<Message>(frame))
          for (int number = 0; const wire::FieldSpan& span : *spans)
            pieces.push_back({number++, span.offset, span.size});
  }
  return detail::owned(fields, pieces, frame.size());
}

}  // namespace handfast::spec
