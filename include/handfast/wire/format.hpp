#pragma once

// How a field is written: the notes that the codecs read. A note that a codec has no use for is
// passed over.

#include <cstddef>
#include <cstdint>

#include "handfast/wire/made.hpp"

namespace handfast::wire {

namespace detail {

struct BoundsNote : Note {};
struct PrefixNote : Note {};
struct WidthNote : Note {};
struct OrderNote : Note {};
struct TextNote : Note {};
struct ValuesNote : Note {};
struct AliasNote : Note {};
struct TagNote : Note {};
struct ParseNote : Note {};

/// The first of `Notes...` that derives from `Category`, else `Default`.
template <class Category, class Default, class... Notes>
struct NoteOf {
  using type = Default;
};
template <class Category, class Default, class First, class... Rest>
struct NoteOf<Category, Default, First, Rest...> : NoteOf<Category, Default, Rest...> {};
template <class Category, class Default, class First, class... Rest>
requires std::derived_from<First, Category>
struct NoteOf<Category, Default, First, Rest...> {
  using type = First;
};

}  // namespace detail

/// A size that has no bound of its own.
inline constexpr std::size_t unbounded = static_cast<std::size_t>(-1);

/// A variable field holds at least `Min` and at most `Max` bytes (of the value, before any text
/// encoding).
template <std::size_t Min, std::size_t Max>
struct Bounded : detail::BoundsNote {
  static_assert(Min <= Max, "handfast: Bounded<min, max> with min above max");
  static constexpr std::size_t min = Min, max = Max;
};

/// Binary: a big-endian number of `Width` bytes before a variable field says how long it is.
/// Without this note a variable field takes what the fields of fixed size after it leave of the
/// frame.
template <std::size_t Width>
struct LengthPrefix : detail::PrefixNote {
  static_assert(Width >= 1 && Width <= 4, "handfast: LengthPrefix of 1 to 4 bytes");
  static constexpr std::size_t width = Width;
};

/// Binary: an integer takes `Width` bytes (3 for a u24 held in 32 bits).
template <std::size_t Width>
struct InBytes : detail::WidthNote {
  static_assert(Width >= 1 && Width <= 8, "handfast: InBytes of 1 to 8 bytes");
  static constexpr std::size_t width = Width;
};

/// Binary: the lowest byte of an integer comes first. Without this note the highest does.
struct LittleEndian : detail::OrderNote {};

/// An integer is between `Min` and `Max`, both allowed.
template <std::uint64_t Min, std::uint64_t Max>
struct Range : detail::ValuesNote {
  static constexpr bool allows(std::uint64_t value) noexcept {
    return value >= Min && value <= Max;
  }
};

/// An integer or an enumeration is one of `Values...`. Every enumeration needs this note or a
/// `Range`.
template <auto... Values>
struct OneOf : detail::ValuesNote {
  static constexpr bool allows(std::uint64_t value) noexcept {
    return ((static_cast<std::uint64_t>(Values) == value) || ...);
  }
};

/// JSON: bytes as base64 of the standard alphabet, padded, strict.
struct Base64 : detail::TextNote {};
/// JSON: bytes as base64url without padding, strict.
struct Base64Url : detail::TextNote {};
/// JSON: bytes as base64url with padding, strict.
struct Base64UrlPadded : detail::TextNote {};
/// JSON: written as `Base64Url`, read as deployed decoders do: either alphabet, padded or not,
/// dirty tail bits ignored.
struct Base64UrlLenient : detail::TextNote {};
/// JSON: bytes as lower-case hexadecimal digits.
struct HexText : detail::TextNote {};
/// JSON: written as an array of numbers 0 to 255, read as that or as strict standard base64.
struct ByteArrayOrBase64 : detail::TextNote {};

/// JSON: a second name under which the field is read; it is written under its own.
template <FixedString Other>
struct Alias : detail::AliasNote {
  static constexpr std::string_view name = Other.view();
};

/// A typed value is read by its `parse_as_deployed` instead of `parse`: compat profiles only.
struct AsDeployed : detail::ParseNote {};

/// Protobuf: the field's number.
template <std::uint32_t Number>
struct Tag : detail::TagNote {
  static constexpr std::uint32_t number = Number;
};

/// Option of a layout: what follows the last field of a binary frame, and names that a JSON object
/// has beyond the layout's, are ignored.
struct Lenient {};
/// Option of a layout: a JSON name that comes twice is no fault; the last one counts.
struct LastWins {};
/// Option of a layout: a JSON object is refused unless it is exactly what the encoder writes, so
/// that one message has one spelling.
struct Canonical {};
/// Option of a layout: JSON is written with a space after each colon and comma.
struct Spaced {};

}  // namespace handfast::wire
