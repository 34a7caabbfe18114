#pragma once

// What an attacker does to a message whose layout it knows: one field becomes something else, the
// rest stays.

#include <limits>
#include <string>
#include <vector>

#include "handfast/testing/seeded.hpp"
#include "handfast/wire/layout.hpp"

namespace handfast::testing {

namespace detail {

template <class T>
concept ParsedKey = requires(const T& key, Bytes raw) {
  { key.bytes() } -> std::convertible_to<Bytes>;
  { *T::parse_as_deployed(raw) } -> std::convertible_to<T>;
};

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
void rewrite_value(T& value, std::vector<std::uint8_t>& storage, Seeded& numbers) {
  if constexpr (std::same_as<T, bool>)
    value = !value;
  else if constexpr (std::unsigned_integral<T>)
    value = rewritten(value, numbers);
  else if constexpr (std::same_as<T, Bytes>) {
    storage.assign(value.begin(), value.end());
    rewrite_sized(storage, numbers);
    value = storage;
  } else if constexpr (std::same_as<T, std::vector<std::uint8_t>>)
    rewrite_sized(value, numbers);
  else if constexpr (std::same_as<T, std::string>)
    value += static_cast<char>(numbers.below(256));
  else if constexpr (ParsedKey<T>) {
    const Bytes raw{value.bytes()};
    storage.assign(raw.begin(), raw.end());
    rewrite_bytes(storage, numbers);
    value = *T::parse_as_deployed(storage);
  } else
    rewrite_bytes(value, numbers);
}

}  // namespace detail

/// Changes one field of `message`, which has a layout; constants are the codec's and stay.
/// `storage` holds the new bytes of a field that is a view, as long as the message is used.
template <wire::HasLayout Message>
void rewrite_one_field(Message& message, std::vector<std::uint8_t>& storage, Seeded& numbers) {
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
