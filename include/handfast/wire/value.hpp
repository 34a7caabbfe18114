#pragma once

// The types that a member of a message may have, and which of their values a field allows.

#include <algorithm>
#include <array>
#include <expected>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "handfast/wire/field.hpp"

namespace handfast::wire {

/// A type of its own for bytes of fixed size, such as a public key: `bytes()` views them, `parse`
/// checks them. It is default-constructible, as the place that a decoder reads into.
template <class T>
concept TypedBytes = std::default_initializable<T> && requires(const T& value, Bytes bytes) {
  requires decltype(value.bytes())::extent != std::dynamic_extent;
  { T::parse(bytes) } -> std::same_as<std::expected<T, Fault>>;
};

template <class T>
concept UnsignedInteger = std::unsigned_integral<T> && !std::same_as<T, bool>;

template <class T>
concept Enumeration = std::is_enum_v<T> && UnsignedInteger<std::underlying_type_t<T>>;

/// A view into the input: the binary codec's type for what has no fixed size.
template <class T>
concept View = std::same_as<T, Bytes> || std::same_as<T, std::string_view>;

/// Memory of its own: the JSON codec's type for what has no fixed size, because escapes and base64
/// must be undone.
template <class T>
concept Owned = std::same_as<T, std::string> || std::same_as<T, std::vector<std::uint8_t>>;

namespace detail {

template <class T>
inline constexpr std::size_t array_size = 0;
template <std::size_t Size>
inline constexpr std::size_t array_size<std::array<std::uint8_t, Size>> = Size;

template <class T>
struct Unwrapped {
  using type = T;
  static constexpr bool optional = false;
};
template <class T>
struct Unwrapped<std::optional<T>> {
  using type = T;
  static constexpr bool optional = true;
};

}  // namespace detail

template <class T>
concept ByteArray = detail::array_size<T> >
0;

template <class T>
concept Scalar = UnsignedInteger<T> || Enumeration<T> || std::same_as<T, bool>;

/// The size of bytes that always have the same, else 0.
template <class T>
[[nodiscard]] consteval std::size_t fixed_size_of() {
  if constexpr (TypedBytes<T>)
    return decltype(std::declval<const T&>().bytes())::extent;
  else
    return detail::array_size<T>;
}

/// The bytes of a `ByteArray`, of `TypedBytes`, of a vector or of `Bytes`; valid as long as the
/// value is.
template <class T>
[[nodiscard]] constexpr Bytes bytes_in(const T& value) noexcept {
  if constexpr (TypedBytes<T>)
    return value.bytes();
  else
    return value;
}

/// Whether field `F` allows the number: it fits the type and the width, and is in the `Range` or
/// one `OneOf` them.
template <class F>
[[nodiscard]] constexpr bool allows(std::uint64_t number) noexcept {
  using T = typename detail::Unwrapped<typename F::Value>::type;
  if constexpr (std::same_as<T, bool>) {
    if (number > 1) return false;
  } else if constexpr (Enumeration<T>) {
    if (number > std::numeric_limits<std::underlying_type_t<T>>::max()) return false;
  } else {
    if (number > std::numeric_limits<T>::max()) return false;
  }
  using Width = detail::NoteIn<detail::WidthNote, F>;
  if constexpr (!std::is_void_v<Width>) {
    if constexpr (Width::width < 8) {
      if (number >> (8 * Width::width) != 0) return false;
    }
  }
  using Values = detail::NoteIn<detail::ValuesNote, F>;
  static_assert(!Enumeration<T> || !std::is_void_v<Values>,
                "handfast: a field that is an enumeration needs OneOf or Range");
  if constexpr (!std::is_void_v<Values>)
    return Values::allows(number);
  else
    return true;
}

/// Reads bytes of the right kind into `value`: exact size or `wrong_length`, and what `parse` of
/// the type says.
template <class F, class T>
[[nodiscard]] constexpr Fault assign_bytes(T& value, Bytes bytes) {
  if (bytes.size() != fixed_size_of<T>()) return Fault::wrong_length;
  if constexpr (TypedBytes<T>) {
    auto parsed = [&] {
      if constexpr (std::is_void_v<detail::NoteIn<detail::ParseNote, F>>)
        return T::parse(bytes);
      else
        return T::parse_as_deployed(bytes);
    }();
    if (!parsed) return parsed.error();
    value = std::move(*parsed);
  } else {
    // Not by iterators: through those of a span, GCC 12 copies byte by byte.
    std::copy_n(bytes.data(), bytes.size(), value.data());
  }
  return Fault{};
}

}  // namespace handfast::wire
