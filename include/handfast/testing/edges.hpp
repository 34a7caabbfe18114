#pragma once

// The values of a field at which code goes wrong: the ends of what its layout allows, the powers of
// two at which counters overflow, and the public keys that are none.

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "handfast/crypto/x25519.hpp"
#include "handfast/wire/shape.hpp"

namespace handfast::testing {

/// The type of a field's value, an optional's content.
template <class F>
using ValueOf = typename wire::detail::Unwrapped<typename F::Value>::type;

namespace detail {

using Numbers = std::vector<std::uint64_t>;

/// What a note says about an integer: `add` gives the values that it names.
template <class Values>
struct NamedValues {
  static void add(Numbers&) {}
};
template <std::uint64_t Min, std::uint64_t Max>
struct NamedValues<wire::Range<Min, Max>> {
  static void add(Numbers& to) { to.insert(to.end(), {Min, Min + 1, Max - 1, Max}); }
};
template <auto... Values>
struct NamedValues<wire::OneOf<Values...>> {
  static void add(Numbers& to) { (to.push_back(static_cast<std::uint64_t>(Values)), ...); }
};

template <class T>
[[nodiscard]] std::vector<T> sorted_once(std::vector<T> values) {
  std::ranges::sort(values);
  const auto rest = std::ranges::unique(values);
  values.erase(rest.begin(), rest.end());
  return values;
}

/// The largest number that the bytes of integer field `F` can write.
template <class F>
[[nodiscard]] constexpr std::uint64_t widest() {
  if constexpr (std::same_as<ValueOf<F>, bool>)
    return 1;
  else if constexpr (std::is_void_v<wire::detail::NoteIn<wire::detail::WidthNote, F>>)
    return ~std::uint64_t{0} >> (64 - 8 * sizeof(ValueOf<F>));
  else
    return ~std::uint64_t{0} >> (64 - 8 * wire::detail::width_of<F>);
}

}  // namespace detail

/// The numbers to try in integer, enumeration or bool field `F`, all of which it allows, lowest
/// first: 0, 1, its bounds, its greatest two, and where counters of 32 and 64 bits turn.
template <class F>
[[nodiscard]] const std::vector<std::uint64_t>& edge_numbers() {
  static const detail::Numbers numbers = [] {
    constexpr std::uint64_t one = 1, all = ~std::uint64_t{0}, widest = detail::widest<F>();
    detail::Numbers found = {
        0,         1,  widest - 1, widest, one << 31, (one << 32) - 1, one << 32, (one << 32) + 1,
        one << 63, all};
    detail::NamedValues<wire::detail::NoteIn<wire::detail::ValuesNote, F>>::add(found);
    std::erase_if(found, [](std::uint64_t number) { return !wire::allows<F>(number); });
    return detail::sorted_once(std::move(found));
  }();
  return numbers;
}

/// The sizes to try in field `F`, which has none of its own, in bytes, smallest first: its bounds
/// and their neighbours, but nothing above `size_max` unless it must be.
template <class F>
[[nodiscard]] std::vector<std::size_t> edge_sizes(std::size_t size_max) {
  constexpr wire::SizeRange range = wire::detail::content_range<F>;
  const std::size_t most = std::max(range.min, std::min(range.max, size_max));
  std::vector<std::size_t> sizes = {range.min, range.min + 1, most - std::min<std::size_t>(most, 1),
                                    most};
  std::erase_if(sizes, [&](std::size_t size) { return size < range.min || size > most; });
  return detail::sorted_once(std::move(sizes));
}

/// X25519 public keys that a strict reader refuses: the points of low order, and the encodings
/// that are not canonical (p, p + 1, p + 9, 2^255 - 1, and a good one with the top bit set).
[[nodiscard]] inline const std::vector<std::array<std::uint8_t, 32>>& bad_points() {
  using Point = std::array<std::uint8_t, 32>;
  static const std::vector<Point> points = [] {
    const auto& low = x25519::detail::low_order_points;
    std::vector<Point> all(low.begin(), low.end());
    for (const unsigned above : {0u, 1u, 9u, 18u}) {
      all.push_back(handfast::detail::field_prime);
      all.back()[0] = static_cast<std::uint8_t>(all.back()[0] + above);
    }
    all.push_back({9});
    all.back()[31] = 0x80;
    return all;
  }();
  return points;
}

/// Whether field `F` may be given a bad point: its type reads one as deployed programs do.
template <class F>
inline constexpr bool takes_bad_points = std::same_as<ValueOf<F>, x25519::PublicKey>;

/// Text that JSON must escape or must not break: quotes, controls, two and four bytes of UTF-8.
inline constexpr std::string_view awkward_text = "\"\\/\b\n\x01\x7f\xc3\xa9\xf0\x9f\x98\x80";

}  // namespace handfast::testing
