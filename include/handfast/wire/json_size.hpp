#pragma once

// How large a JSON object of a layout can become, whatever its fields hold. A bound on a field is
// one of its value; what is written may be longer, for a control character takes six bytes.

#include <limits>

#include "handfast/wire/base64.hpp"
#include "handfast/wire/json.hpp"

namespace handfast::wire::json {

namespace detail {

/// The most bytes that one byte of text takes: \u0000 (RFC 8259, section 7).
inline constexpr std::size_t escape_size_max = 6;

/// The size of a text that is known, between its quotes.
constexpr std::size_t quoted_size(std::string_view text) noexcept {
  std::size_t size = 2;
  for (const char c : text)
    size += std::string_view("\"\\\b\f\n\r\t").find(c) != text.npos ? 2
            : static_cast<std::uint8_t>(c) < 0x20                   ? escape_size_max
                                                                    : 1;
  return size;
}

constexpr std::size_t decimal_size(std::uint64_t number) noexcept {
  std::size_t size = 1;
  while ((number /= 10) != 0) ++size;
  return size;
}

/// The size of `size` bytes in the text encoding of field `F`.
template <class F>
constexpr std::size_t bytes_size(std::size_t size) noexcept {
  if constexpr (std::same_as<TextOf<F>, ByteArrayOrBase64>)
    return size == 0 ? 2 : 1 + size * 4;  // [255,255]
  else if constexpr (std::same_as<TextOf<F>, HexText>)
    return 2 + size * 2;
  else
    return 2 + base64::encoded_size(size, spelling_of<TextOf<F>>);
}

template <class F>
consteval std::size_t constant_size() {
  constexpr const auto& expected = F::expected;
  if constexpr (std::remove_cvref_t<decltype(expected)>::is_text)
    return quoted_size(expected.view());
  else if constexpr (std::same_as<std::remove_cvref_t<decltype(expected.value)>, bool>)
    return expected.value ? 4 : 5;
  else
    return decimal_size(static_cast<std::uint64_t>(expected.value));
}

/// The most bytes that a value of field `F` takes; `unbounded` where the field has no bound.
template <class F>
consteval std::size_t value_size_max() {
  check_field<F>();
  if constexpr (ConstantField<F>) {
    return constant_size<F>();
  } else {
    using T = typename Unwrapped<typename F::Value>::type;
    if constexpr (std::same_as<T, bool>)
      return 5;
    else if constexpr (Enumeration<T>)
      return decimal_size(std::numeric_limits<std::underlying_type_t<T>>::max());
    else if constexpr (Scalar<T>)
      return decimal_size(std::numeric_limits<T>::max());
    else if constexpr (Owned<T> && content_range<F>.max == unbounded)
      return unbounded;
    else if constexpr (std::same_as<T, std::string>)
      return 2 + content_range<F>.max * escape_size_max;
    else
      return bytes_size<F>(Owned<T> ? content_range<F>.max : fixed_size_of<T>());
  }
}

}  // namespace detail

/// The most bytes that `encode` writes for a `Message`: no value that it takes needs more.
/// `unbounded` where a field has no `Bounded`.
template <HasLayout Message>
inline constexpr std::size_t encoded_size_max = [] {
  std::size_t size = 1;  // {
  bool is_bounded = true;
  for_each_field<Message>([&]<class F>(F) {
    constexpr std::size_t value = detail::value_size_max<F>();
    is_bounded = is_bounded && value != unbounded;
    // With what separates it from its name, and its member from the next or from the end.
    constexpr std::size_t separators = layout_of<Message>::template has<Spaced> ? 4 : 2;
    size += detail::quoted_size(F::name) + value + separators;
  });
  if (field_count<Message> == 0)
    ++size;  // }
  else if (layout_of<Message>::template has<Spaced>)
    --size;  // no space before it
  return is_bounded ? size : unbounded;
}();

}  // namespace handfast::wire::json
