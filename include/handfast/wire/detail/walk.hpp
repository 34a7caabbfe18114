#pragma once

// Cuts a binary frame into its fields, by the layout alone. Decoding and dissecting are visits of
// this walk.

#include "handfast/core/planted.hpp"
#include "handfast/wire/reader.hpp"
#include "handfast/wire/shape.hpp"

namespace handfast::wire::detail {

/// Where a walk is in its frame.
struct Walk {
  Bytes left;
  std::size_t offset = 0;
};

/// The bytes that the fields after `Index` take, all of them of fixed size.
template <class Message, std::size_t Index>
consteval std::size_t size_after() {
  std::size_t index = 0, size = 0;
  bool fixed = true;
  for_each_field<Message>([&]<class F>(F) {
    if (index++ <= Index) return;
    fixed = fixed && size_range_of<F>.fixed();
    size += size_range_of<F>.min;
  });
  return fixed ? size : unbounded;
}

/// What must hold of a layout so that every frame can be cut in one way only.
template <class Message>
consteval void check_binary() {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    [[maybe_unused]] auto check = [&]<std::size_t Index, class F>(
                                      std::integral_constant<std::size_t, Index>, F) {
      if constexpr (ConstantField<F>) {
        if constexpr (!std::remove_cvref_t<decltype(F::expected)>::is_text) {
          static_assert(UnsignedInteger<decltype(F::expected.value)>,
                        "handfast: a binary constant is text or says its width: std::uint8_t{1}");
        }
      } else if constexpr (PaddingField<F>) {
        static_assert(Index + 1 == sizeof...(I), "handfast: PadTo comes last");
        static_assert(field_table<Message>[Index].offset <= F::frame_size,
                      "handfast: PadTo is smaller than what is before it");
      } else if constexpr (MemberField<F>) {
        using T = typename F::Value;
        static_assert(Scalar<T> || View<T> || fixed_size_of<T>() > 0,
                      "handfast: a binary field is an integer, an enumeration, a bool, an array of "
                      "bytes, typed bytes, "
                      "Bytes or std::string_view");
        if constexpr (is_variable<F> && prefix_width_of<F> == 0) {
          static_assert(size_after<Message, Index>() != unbounded,
                        "handfast: only fields of fixed size may come after the rest of the frame");
        }
      }
    };
    (check(std::integral_constant<std::size_t, I>{},
           At<static_cast<int>(I), typename layout_of<Message>::fields>{}),
     ...);
  }
  (std::make_index_sequence<field_count<Message>>{});
}

/// How much of what is left belongs to the field; a length prefix is not counted, and is left of
/// it.
template <class Message, std::size_t Index, class F>
constexpr std::expected<std::size_t, Fault> content_size(const Walk& walk) {
  constexpr SizeRange range = size_range_of<F>;
  if constexpr (PaddingField<F>) {
    if (walk.offset > F::frame_size) return std::unexpected(Fault::oversized);
    return F::frame_size - walk.offset;
  } else if constexpr (!is_variable<F>) {
    return range.min;
  } else if constexpr (prefix_width_of<F> != 0) {
    constexpr SizeRange content = content_range<F>;
    Reader reader(walk.left);
    const auto stated = reader.number(prefix_width_of<F>);
    if (!stated) return std::unexpected(stated.error());
    if (*stated > content.max) return std::unexpected(Fault::oversized);
    if (*stated < content.min) return std::unexpected(Fault::wrong_length);
    return static_cast<std::size_t>(*stated);
  } else {
    constexpr SizeRange content = content_range<F>;
    constexpr std::size_t after = size_after<Message, Index>();
    if (walk.left.size() < after || walk.left.size() - after < content.min)
      return std::unexpected(Fault::truncated);
    if (walk.left.size() - after > content.max) return std::unexpected(Fault::oversized);
    return walk.left.size() - after;
  }
}

template <class Message, std::size_t Index, class Visit>
constexpr Fault step(Walk& walk, Visit& visit) {
  using F = At<static_cast<int>(Index), typename layout_of<Message>::fields>;
  const auto size = content_size<Message, Index, F>(walk);
  if (!size) return size.error();
  constexpr std::size_t prefix = [] {
    if constexpr (is_variable<F>)
      return prefix_width_of<F>;
    else
      return std::size_t{0};
  }();
  if (walk.left.size() - prefix < *size) return Fault::truncated;
  const Bytes content = walk.left.subspan(prefix, *size);
  walk.left = walk.left.subspan(prefix + *size);
  if constexpr (LengthField<F>) {
    const std::uint64_t stated = read_big_endian(content);
    if (stated > F::max) return Fault::oversized;
    if (stated > walk.left.size()) return Fault::truncated;
    if constexpr (layout_of<Message>::template has<Lenient>)
      walk.left = walk.left.first(static_cast<std::size_t>(stated));
    else if (stated < walk.left.size())
      return Fault::oversized;
  }
  if (const Fault fault =
          visit(F{}, content, FieldSpan{F::name, walk.offset, prefix + *size, F::Made::how});
      fault != Fault{})
    return fault;
  walk.offset += prefix + *size;
  return Fault{};
}

/// Calls `visit(field, content, span)` for each field in order until one is a fault.
template <class Message, class Visit>
constexpr Fault walk_frame(Bytes frame, Visit&& visit) {
  check_binary<Message>();
  Walk walk{frame};
  Fault fault{};
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (void)(((fault = step<Message, I>(walk, visit)) == Fault{}) && ...);
  }
  (std::make_index_sequence<field_count<Message>>{});
  if (fault != Fault{}) return fault;
  if constexpr (!layout_of<Message>::template has<Lenient>) {
    if (!walk.left.empty() && !handfast::detail::planted<"trailing bytes accepted">)
      return Fault::oversized;
  }
  return Fault{};
}

}  // namespace handfast::wire::detail
