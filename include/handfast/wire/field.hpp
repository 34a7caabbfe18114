#pragma once

// What stands for bytes in a layout: members of the message, constants, lengths, padding.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "handfast/core/fault.hpp"
#include "handfast/core/list.hpp"
#include "handfast/wire/format.hpp"
#include "handfast/wire/made.hpp"

namespace handfast::wire {

/// Base of everything that stands for bytes in a layout.
struct FieldBase {};

namespace detail {

using handfast::detail::At;
using handfast::detail::Concat;
using handfast::detail::contains;

template <class Pointer>
struct MemberOf;
template <class Class, class Value>
struct MemberOf<Value Class::*> {
  using message = Class;
  using value = Value;
};

}  // namespace detail

/// A member of the message and how it is made and written.
template <FixedString Name, auto Member, class... Notes>
struct Field : FieldBase {
  static_assert((std::derived_from<Notes, Note> && ...),
                "handfast: a field's notes are those of made.hpp and format.hpp");
  static_assert((0 + ... + int{Making<Notes>}) <= 1, "handfast: a field is made in one way");
  using Value = typename detail::MemberOf<decltype(Member)>::value;
  using Made = typename detail::NoteOf<detail::MakingNote, Plain, Notes...>::type;
  static constexpr std::string_view name = Name.view();
  static constexpr auto member = Member;
};

/// A value of a constant: an unsigned integer of the width it has on the wire, a bool, or text.
template <class T>
struct Literal {
  static constexpr bool is_text = false;
  T value;
  consteval Literal(T v) : value(v) {}  // NOLINT: implicit by design
};
template <std::size_t Size>
struct Literal<char[Size]> {
  static constexpr bool is_text = true;
  char text[Size]{};
  // NOLINTNEXTLINE: implicit by design
  consteval Literal(const char (&literal)[Size]) { std::copy_n(literal, Size, text); }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, Size - 1}; }
};
template <class T>
Literal(T) -> Literal<T>;
template <std::size_t Size>
Literal(const char (&)[Size]) -> Literal<char[Size]>;

/// Bytes that are always the same and need no member; any other value, or none, is `OnOther`.
template <FixedString Name, Literal Expected, Fault OnOther = Fault::malformed>
struct Constant : FieldBase {
  struct Made : detail::MakingNote {
    static constexpr How how = How::constant;
  };
  static constexpr std::string_view name = Name.view();
  static constexpr auto expected = Expected;
  static constexpr Fault on_other = OnOther;
};

/// A constant that tells versions apart: another value, or none, is `wrong_version`.
template <FixedString Name, Literal Expected>
using Version = Constant<Name, Expected, Fault::wrong_version>;

/// A constant that tells messages apart: another value, or none, is `unknown_type`.
template <FixedString Name, Literal Expected>
using Type = Constant<Name, Expected, Fault::unknown_type>;

/// Binary: the number of bytes after this field, as an unsigned `Integer`; more than `Max` is
/// `oversized`.
template <FixedString Name, std::unsigned_integral Integer, std::uint64_t Max>
struct LengthOfRest : FieldBase {
  struct Made : detail::MakingNote {
    static constexpr How how = How::length;
  };
  using Value = Integer;
  static constexpr std::string_view name = Name.view();
  static constexpr std::uint64_t max = Max;
};

/// Binary, last in a layout: zeros until the frame has `FrameSize` bytes.
template <FixedString Name, std::size_t FrameSize>
struct PadTo : FieldBase {
  struct Made : detail::MakingNote {
    static constexpr How how = How::padding;
  };
  static constexpr std::string_view name = Name.view();
  static constexpr std::size_t frame_size = FrameSize;
};

namespace detail {

template <class T>
concept IsField = std::derived_from<T, FieldBase>;

template <class... Items>
using FieldsIn = Concat<std::conditional_t<IsField<Items>, List<Items>, List<>>...>;

template <class Category, class Default, class F>
struct NoteOfField {
  using type = Default;
};
template <class Category, class Default, FixedString Name, auto Member, class... Notes>
struct NoteOfField<Category, Default, Field<Name, Member, Notes...>>
    : NoteOf<Category, Default, Notes...> {};

/// The note of `Category` that a field carries, else `Default`.
template <class Category, class F, class Default = void>
using NoteIn = typename NoteOfField<Category, Default, F>::type;

}  // namespace detail
}  // namespace handfast::wire
