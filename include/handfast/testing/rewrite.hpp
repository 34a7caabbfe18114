#pragma once

// What an attacker does to a message whose layout it knows: one field becomes something else, or what
// a field of another message holds, and the rest stays.

#include <deque>
#include <limits>
#include <string>
#include <vector>

#include "handfast/testing/seeded.hpp"
#include "handfast/wire/layout.hpp"
#include "handfast/wire/value.hpp"

namespace handfast::testing {

/// The bytes of fields that came by: tags, nonces, keys, ciphertexts, one after the other.
using Pieces = std::vector<std::vector<std::uint8_t>>;

/// The new bytes of fields that are views, each where it stays whatever is added.
using RewrittenBytes = std::deque<std::vector<std::uint8_t>>;

namespace detail {

/// Bytes with a type of their own, whatever their value: a public key as deployed programs read it,
/// an address.
template <wire::TypedBytes T>
[[nodiscard]] auto read_anything(Bytes raw) {
  if constexpr (requires { T::parse_as_deployed(raw); })
    return T::parse_as_deployed(raw);
  else
    return T::parse(raw);
}

/// Changes bytes in place: one bit, all to zero, all to ones, or one byte.
inline void rewrite_bytes(MutableBytes bytes, Seeded& numbers) {
  if (bytes.empty()) return;
  const std::size_t at = numbers.below(bytes.size());
  switch (numbers.below(8)) {
    case 0: std::ranges::fill(bytes, std::uint8_t{0}); break;
    case 1: std::ranges::fill(bytes, std::uint8_t{255}); break;
    case 2: bytes[at] = static_cast<std::uint8_t>(numbers.next()); break;
    default: bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1u << numbers.below(8));
  }
}

/// Changes bytes and sometimes how many there are.
inline void rewrite_sized(std::vector<std::uint8_t>& bytes, Seeded& numbers) {
  switch (numbers.below(6)) {
    case 0: bytes.resize(numbers.below(bytes.size() + 1)); break;
    case 1: bytes.resize(bytes.size() + 1 + numbers.below(20)); break;
    default: rewrite_bytes(bytes, numbers);
  }
}

/// A number that bounds are wrong at, or one near what was there.
template <std::unsigned_integral T>
[[nodiscard]] T rewritten(T value, Seeded& numbers) {
  constexpr std::uint64_t edges[] = {0,
                                     1,
                                     std::uint64_t{1} << 31,
                                     (std::uint64_t{1} << 32) - 1,
                                     std::uint64_t{1} << 32,
                                     (std::uint64_t{1} << 32) + 1,
                                     std::uint64_t{1} << 63};
  constexpr T max = std::numeric_limits<T>::max();
  switch (numbers.below(12)) {
    case 0: return max;
    case 1: return static_cast<T>(max - 1);
    case 2: return static_cast<T>(value + 1);
    case 3: return static_cast<T>(value - 1);
    case 4: return static_cast<T>(value + numbers.below(70));
    case 5: return static_cast<T>(value + 1000 + numbers.below(3));
    case 6: return static_cast<T>(value ^ std::uint64_t{1} << numbers.below(8 * sizeof(T)));
    default: return static_cast<T>(edges[numbers.below(std::size(edges))]);
  }
}

template <class T>
void rewrite_value(T& value, RewrittenBytes& storage, Seeded& numbers) {
  if constexpr (std::same_as<T, bool>)
    value = !value;
  else if constexpr (std::is_enum_v<T>)
    value = static_cast<T>(rewritten(static_cast<std::underlying_type_t<T>>(value), numbers));
  else if constexpr (std::unsigned_integral<T>)
    value = rewritten(value, numbers);
  else if constexpr (std::same_as<T, Bytes>) {
    auto& bytes = storage.emplace_back(value.begin(), value.end());
    rewrite_sized(bytes, numbers);
    value = bytes;
  } else if constexpr (std::same_as<T, std::string_view>) {
    const Bytes raw = bytes_of(value);
    auto& bytes = storage.emplace_back(raw.begin(), raw.end());
    rewrite_sized(bytes, numbers);
    value = text_of(bytes);
  } else if constexpr (std::same_as<T, std::vector<std::uint8_t>>)
    rewrite_sized(value, numbers);
  else if constexpr (std::same_as<T, std::string>)
    value += static_cast<char>(numbers.below(256));
  else if constexpr (requires { value.reset(); }) {  // it may be absent
    if (value && numbers.below(4) == 0)
      value.reset();
    else
      rewrite_value(value ? *value : value.emplace(), storage, numbers);
  } else if constexpr (wire::TypedBytes<T>) {
    const Bytes raw{value.bytes()};
    std::vector<std::uint8_t> bytes(raw.begin(), raw.end());
    rewrite_bytes(bytes, numbers);
    value = *read_anything<T>(bytes);
  } else
    rewrite_bytes(value, numbers);
}

/// The bytes of a field that holds some.
template <class T>
[[nodiscard]] Bytes bytes_in(const T& value) {
  if constexpr (wire::TypedBytes<T>)
    return Bytes{value.bytes()};
  else if constexpr (std::convertible_to<const T&, Bytes>)
    return Bytes{value};
  else
    return {};
}
template <class T>
inline constexpr bool has_any_size =
    std::same_as<T, Bytes> || std::same_as<T, std::vector<std::uint8_t>>;

/// Whether `piece` fits into the place of `value` and is something else.
template <class T>
[[nodiscard]] bool takes(const T& value, Bytes piece) {
  const Bytes before = bytes_in(value);
  return (has_any_size<T> || before.size() == piece.size()) && !piece.empty() &&
         !std::ranges::equal(before, piece);
}
template <class T>
void put(T& value, const std::vector<std::uint8_t>& piece) {
  if constexpr (wire::TypedBytes<T>)
    value = *read_anything<T>(piece);
  else if constexpr (has_any_size<T>)
    value = piece;
  else if constexpr (std::convertible_to<T&, MutableBytes>)
    std::ranges::copy(piece, value.begin());
}

}  // namespace detail

/// Adds what the fields of `message` hold in bytes.
template <wire::HasLayout Message>
void add_pieces(const Message& message, Pieces& pieces) {
  wire::for_each_field<Message>([&]<class F>(F) {
    if constexpr (requires { F::member; })
      if (const Bytes bytes = detail::bytes_in(message.*F::member); !bytes.empty())
        pieces.emplace_back(bytes.begin(), bytes.end());
  });
}

/// Puts one of `pieces` into a field of `message` that it fits into; false where it fits into none.
/// A field that is a view is then one of the piece.
template <wire::HasLayout Message>
[[nodiscard]] bool put_one_piece(Message& message, const Pieces& pieces, Seeded& numbers) {
  if (pieces.empty()) return false;
  const auto& piece = pieces[numbers.below(pieces.size())];
  const auto for_each_place = [&](auto&& visit) {
    wire::for_each_field<Message>([&]<class F>(F) {
      if constexpr (requires { F::member; })
        if (detail::takes(message.*F::member, piece)) visit(message.*F::member);
    });
  };
  std::size_t count = 0;
  for_each_place([&](auto&) { ++count; });
  if (count == 0) return false;
  std::size_t chosen = numbers.below(count);
  for_each_place([&](auto& place) {
    if (chosen-- == 0) detail::put(place, piece);
  });
  return true;
}

/// Changes one field of `message`, which has a layout; constants are the codec's and stay.
/// `storage` holds the new bytes of a field that is a view, as long as the message is used.
template <wire::HasLayout Message>
void rewrite_one_field(Message& message, RewrittenBytes& storage, Seeded& numbers) {
  std::size_t count = 0;
  wire::for_each_field<Message>([&]<class F>(F) {
    count += requires { F::member; };
  });
  std::size_t chosen = numbers.below(count);
  wire::for_each_field<Message>([&]<class F>(F) {
    if constexpr (requires { F::member; })
      if (chosen-- == 0) detail::rewrite_value(message.*F::member, storage, numbers);
  });
}

}  // namespace handfast::testing
