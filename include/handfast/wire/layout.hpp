#pragma once

// A message lists its fields once: codecs, transcript, adversary, dissector and model read that.
//
//   struct Request {
//     std::array<std::uint8_t, 16> session{};
//     std::array<std::uint8_t, 32> challenge{};
//     std::uint64_t unix_ms{};
//     using layout =
//         Layout<"request", Version<"version", std::uint8_t{2}>,
//                Field<"session_id", &Request::session>,
//                Field<"challenge", &Request::challenge, Fresh>,
//                Field<"timestamp", &Request::unix_ms, Clock>>;
//   };

#include "handfast/core/fields.hpp"
#include "handfast/wire/field.hpp"

namespace handfast::wire {

namespace detail {

template <class T>
concept IsOption = std::same_as<T, Lenient> || std::same_as<T, LastWins> ||
    std::same_as<T, Canonical> || std::same_as<T, Spaced>;

/// Where the field called `name` stands in the list, or -1.
template <class... Fields>
consteval int field_index(std::string_view name, List<Fields...>) {
  int index = 0, found = -1;
  ((Fields::name == name && found < 0 ? void(found = index) : void(), ++index), ...);
  return found;
}

template <class... Fields>
consteval bool names_differ([[maybe_unused]] List<Fields...> all) {
  [[maybe_unused]] int index = 0;
  return ((field_index(Fields::name, all) == index++) && ...);
}

}  // namespace detail

/// A message's fields in the order of the wire, and its options (`Lenient`, `LastWins`,
/// `Canonical`, `Spaced`) anywhere among them. `Name` is what transcripts call the message.
template <FixedString Name, class... Items>
struct Layout {
  static_assert(((detail::IsField<Items> || detail::IsOption<Items>)&&...),
                "handfast: a layout holds fields (Field, Constant, Version, Type, LengthOfRest, "
                "PadTo) and options");
  using fields = detail::FieldsIn<Items...>;
  static constexpr std::string_view name = Name.view();
  static constexpr std::size_t field_count = static_cast<std::size_t>(fields::size);

  template <class Option>
  static constexpr bool has = detail::contains<Option, List<Items...>>;

  static_assert(detail::names_differ(fields{}), "handfast: two fields of a layout have one name");
  static_assert(field_count <= 64, "handfast: a layout has at most 64 fields");
};

/// Where the layout of `Message` is found; specialise it for a type that cannot have a member
/// `layout`.
template <class Message>
struct LayoutFor {};
template <class Message>
requires requires { typename Message::layout; }
struct LayoutFor<Message> {
  using type = typename Message::layout;
};
template <class Message>
using layout_of = typename LayoutFor<Message>::type;

template <class T>
concept HasLayout = requires {
  typename layout_of<T>::fields;
};

/// The number of fields of `Message`, constants included.
template <HasLayout Message>
inline constexpr std::size_t field_count = layout_of<Message>::field_count;

/// The name of `Message` in transcripts.
template <HasLayout Message>
inline constexpr std::string_view message_name = layout_of<Message>::name;

/// Calls `visit` with a value of each field's type, in order: the type says everything, the value
/// holds nothing.
template <HasLayout Message, class Visit>
constexpr void for_each_field(Visit&& visit) {
  [&]<class... Fields>(List<Fields...>) {
    (visit(Fields{}), ...);
  }(typename layout_of<Message>::fields{});
}

/// The field of `Message` called `Name`, as a type.
template <HasLayout Message, FixedString Name>
using field_named =
    detail::At<detail::field_index(Name.view(), typename layout_of<Message>::fields{}),
               typename layout_of<Message>::fields>;

/// Whether `Message` carries application data, openly or sealed.
template <HasLayout Message>
[[nodiscard]] consteval bool carries_payload();

namespace detail {

template <class Made>
inline constexpr bool made_of_payload = std::same_as<Made, Payload>;
template <class Key, class Contents, class... Aad>
inline constexpr bool made_of_payload<Sealed<Key, Contents, Aad...>> = [] {
  if constexpr (HasLayout<Contents>)
    return carries_payload<Contents>();
  else
    return std::same_as<Contents, Payload>;
}();

/// The fields of `fields` that one entry of a coverage means, as bits; entries that are not of this
/// message give none.
template <class Fields>
struct CoverageBits {
  std::size_t own = 0;
  std::uint64_t bits = 0;
  bool known = true;

  constexpr void operator()(All*) { bits |= (std::uint64_t{1} << own) - 1; }
  template <FixedString... Names>
  constexpr void operator()(Of<Names...>*) {
    for (const int index : {field_index(Names.view(), Fields{})...}) {
      if (index < 0)
        known = false;
      else
        bits |= std::uint64_t{1} << index;
    }
  }
  constexpr void operator()(void*) {}
};

}  // namespace detail

template <HasLayout Message>
[[nodiscard]] consteval bool carries_payload() {
  bool found = false;
  for_each_field<Message>(
      [&]<class F>(F) { found = found || detail::made_of_payload<typename F::Made>; });
  return found;
}

/// The fields that the `Index`th field of `Message` covers by its MAC, seal or derivation: bit i
/// for field i.
template <HasLayout Message, std::size_t Index>
[[nodiscard]] consteval std::uint64_t covered_fields() {
  using Fields = typename layout_of<Message>::fields;
  using F = detail::At<static_cast<int>(Index), Fields>;
  constexpr auto coverage = [] {
    detail::CoverageBits<Fields> result{Index};
    detail::CoverageOf<typename F::Made>::each(result);
    return result;
  }();
  static_assert(coverage.known, "handfast: Of<...> names a field that the layout does not have");
  return coverage.bits;
}

}  // namespace handfast::wire
