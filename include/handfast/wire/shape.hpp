#pragma once

// The sizes and places that a layout's fields have in a binary frame, as far as they are known
// before there is one.

#include <array>

#include "handfast/wire/layout.hpp"
#include "handfast/wire/value.hpp"

namespace handfast::wire {

/// The least and the most bytes that something takes on the wire; `unbounded` where there is no
/// most.
struct SizeRange {
  std::size_t min = 0;
  std::size_t max = 0;

  [[nodiscard]] constexpr bool fixed() const noexcept { return min == max; }
  friend constexpr SizeRange operator+(SizeRange a, SizeRange b) noexcept {
    const bool open = a.max == unbounded || b.max == unbounded;
    return {a.min + b.min, open ? unbounded : a.max + b.max};
  }
  friend bool operator==(const SizeRange&, const SizeRange&) = default;
};

namespace detail {

template <class F>
concept MemberField = IsField<F> && requires {
  F::member;
};
template <class F>
concept ConstantField = IsField<F> && requires {
  F::expected;
};
template <class F>
concept LengthField = IsField<F> && !MemberField<F> && requires {
  F::max;
};
template <class F>
concept PaddingField = IsField<F> && requires {
  F::frame_size;
};

/// The width of an integer field, or of a length prefix (0 where there is none).
template <class F>
inline constexpr std::size_t width_of = [] {
  using Width = NoteIn<WidthNote, F>;
  if constexpr (!std::is_void_v<Width>)
    return Width::width;
  else
    return sizeof(typename F::Value);
}();
template <class F>
inline constexpr std::size_t prefix_width_of = [] {
  using Prefix = NoteIn<PrefixNote, F>;
  if constexpr (!std::is_void_v<Prefix>)
    return Prefix::width;
  else
    return std::size_t{0};
}();

/// The bounds of a variable field's value, a length prefix not counted.
template <class F>
inline constexpr SizeRange content_range = [] {
  using Bounds = NoteIn<BoundsNote, F>;
  constexpr std::size_t width = prefix_width_of<F>;
  constexpr std::size_t countable =
      width > 0 && width < sizeof(std::size_t) ? (std::size_t{1} << (8 * width)) - 1 : unbounded;
  if constexpr (!std::is_void_v<Bounds>)
    return SizeRange{Bounds::min, std::min(Bounds::max, countable)};
  else
    return SizeRange{0, countable};
}();

/// A field whose size is that of its value, prefixed or the rest of the frame.
template <class F>
inline constexpr bool is_variable = [] {
  if constexpr (MemberField<F>)
    return !Scalar<typename F::Value> && fixed_size_of<typename F::Value>() == 0;
  else
    return false;
}();

}  // namespace detail

/// The bytes that field `F` takes in a binary frame, a length prefix included. Padding depends on
/// what is before it and counts here as 0 to its frame's size.
template <class F>
inline constexpr SizeRange size_range_of = [] {
  if constexpr (detail::ConstantField<F>) {
    using L = std::remove_cvref_t<decltype(F::expected)>;
    constexpr std::size_t size = [] {
      if constexpr (L::is_text)
        return F::expected.view().size();
      else
        return sizeof(F::expected.value);
    }();
    return SizeRange{size, size};
  } else if constexpr (detail::LengthField<F>)
    return SizeRange{sizeof(typename F::Value), sizeof(typename F::Value)};
  else if constexpr (detail::PaddingField<F>)
    return SizeRange{0, F::frame_size};
  else if constexpr (detail::is_variable<F>) {
    constexpr std::size_t width = detail::prefix_width_of<F>;
    return SizeRange{width, width} + detail::content_range<F>;
  } else if constexpr (Scalar<typename F::Value>)
    return SizeRange{detail::width_of<F>, detail::width_of<F>};
  else
    return SizeRange{fixed_size_of<typename F::Value>(), fixed_size_of<typename F::Value>()};
}();

/// What is known about a field of a message before there is a frame.
struct FieldInfo {
  std::string_view name{};
  How how{};
  SizeRange size{};
  std::size_t offset = 0;  // in bytes, from the start of the frame
  bool offset_varies =
      false;  // a field before this one has no fixed size; `offset` is then the least
  std::uint64_t covers = 0;  // bit i: the MAC, seal or derivation covers field i
};

/// The fields of `Message` as values, in order.
template <HasLayout Message>
inline constexpr auto field_table = []<std::size_t... I>(std::index_sequence<I...>) {
  using Fields = typename layout_of<Message>::fields;
  std::array<FieldInfo, sizeof...(I)> table{};
  SizeRange before{};
  [[maybe_unused]] auto add = [&]<class F>(std::size_t index, F, std::uint64_t covers) {
    table[index] = {F::name, F::Made::how, size_range_of<F>, before.min, !before.fixed(), covers};
    before = before + size_range_of<F>;
  };
  (add(I, detail::At<static_cast<int>(I), Fields>{}, covered_fields<Message, I>()), ...);
  return table;
}
(std::make_index_sequence<field_count<Message>>{});

/// The least and the most bytes of a binary frame of `Message`.
template <HasLayout Message>
inline constexpr SizeRange frame_size = [] {
  SizeRange total{};
  std::size_t padded = 0;
  for_each_field<Message>([&]<class F>(F) {
    if constexpr (detail::PaddingField<F>)
      padded = F::frame_size;
    else
      total = total + size_range_of<F>;
  });
  return padded > 0 ? SizeRange{padded, padded} : total;
}();

/// The size of a binary frame of `Message`, in bytes, where every one has the same.
template <HasLayout Message>
requires(frame_size<Message>.fixed()) inline constexpr std::size_t encoded_size =
    frame_size<Message>.min;

/// Where one field of one frame is.
struct FieldSpan {
  std::string_view name{};
  std::size_t offset = 0;  // bytes from the start of the frame
  std::size_t size = 0;    // bytes, a length prefix included
  How how{};
};

}  // namespace handfast::wire
