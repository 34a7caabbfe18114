#pragma once

// A message in words, from its layout: what each field says, what it is for, and which bytes of a
// frame are its own. Knows no protocol and no secret: a seal stays shut here.

#include "handfast/spec/detail/cut.hpp"
#include "handfast/spec/detail/field_words.hpp"
#include "handfast/wire/binary.hpp"

namespace handfast::spec {

namespace detail {

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
