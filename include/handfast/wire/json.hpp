#pragma once

// The JSON codec: a message is one flat object. Read strictly: a name twice, a name unknown, a
// nested value, a number that is not a plain integer of its field's type are faults. Written
// compactly, in the order of the layout.

#include <expected>
#include <new>
#include <optional>
#include <string>
#include <variant>

#include "handfast/core/planted.hpp"
#include "handfast/wire/detail/json_value.hpp"

namespace handfast::wire::json {

/// The most bytes of input that are looked at unless the caller says otherwise.
inline constexpr std::size_t input_size_max = 65536;
/// The most names of an object that its layout does not know.
inline constexpr std::size_t unknown_max = 64;

namespace detail {

using namespace wire::detail;

template <class F>
consteval void check_field() {
  static_assert(!LengthField<F> && !PaddingField<F>,
                "handfast: a JSON object has no length and no padding");
  if constexpr (ConstantField<F>) {
    using L = std::remove_cvref_t<decltype(F::expected)>;
    if constexpr (!L::is_text) {
      static_assert(std::integral<decltype(L::value)>,
                    "handfast: a JSON constant is text, an integer or a bool");
    }
  } else {
    using T = typename Unwrapped<typename F::Value>::type;
    static_assert(Scalar<T> || Owned<T> || fixed_size_of<T>() > 0,
                  "handfast: a JSON field is an integer, an enumeration, a bool, std::string, an "
                  "array or vector of bytes, "
                  "typed bytes, or std::optional of one");
  }
}

template <class F, class Message, Sink S>
Fault write_member(const Message& message, S& sink, bool& first, bool spaced) {
  check_field<F>();
  if constexpr (MemberField<F>) {
    if constexpr (Unwrapped<typename F::Value>::optional) {
      if (!(message.*F::member).has_value()) return Fault{};
    }
  }
  const bool fits = (first || write_text(sink, spaced ? ", " : ",")) &&
                    write_quoted(sink, F::name) && write_text(sink, spaced ? ": " : ":");
  if (!fits) return Fault::too_large;
  first = false;
  if constexpr (ConstantField<F>)
    return write_json_constant<F>(sink);
  else if constexpr (Unwrapped<typename F::Value>::optional)
    return write_json<F>(*(message.*F::member), sink);
  else
    return write_json<F>(message.*F::member, sink);
}

/// Runs a reader; when memory is short the input was too large.
template <class Read>
Fault guarded(Bytes input, std::size_t size_max, Read&& read) noexcept {
  if (input.size() > size_max) return Fault::oversized;
  try {
    return read();
  } catch (...) {
    return Fault::oversized;
  }
}

/// The field that tells the messages of a link apart.
template <class F>
concept TypeField = ConstantField<F> && F::on_other == Fault::unknown_type;

/// The name that the type of `Message` has; empty where it has none.
template <class Message>
consteval std::string_view type_name() {
  std::string_view name;
  for_each_field<Message>([&]<class F>(F) {
    if constexpr (TypeField<F>) name = F::name;
  });
  return name;
}

/// Whether `type` is the one that `Message` has; null is that of a message without one.
template <class Message>
bool has_type(const JsonValue* type) {
  bool same = type_name<Message>().empty() && type == nullptr;
  for_each_field<Message>([&]<class F>(F) {
    if constexpr (TypeField<F>) same = is_constant<F>(type);
  });
  return same;
}

template <class F>
constexpr bool is_called(std::string_view name) noexcept {
  using Also = NoteIn<AliasNote, F>;
  if constexpr (!std::is_void_v<Also>) {
    if (name == Also::name) return true;
  }
  return name == F::name;
}

/// Reads `object` as `Message`, and takes out of it what the message keeps.
template <class Message>
Fault read_message(Message& message, JsonObject& object) {
  using Options = layout_of<Message>;
  std::array<JsonValue*, field_count<Message>> values{};
  bool is_repeated = object.has_repeated_name;
  std::size_t unknown = 0;
  for (auto& [name, value] : object.members) {
    JsonValue** place = nullptr;
    std::size_t index = 0;
    for_each_field<Message>([&]<class F>(F) {
      check_field<F>();
      if (is_called<F>(name)) place = &values[index];
      ++index;
    });
    if (place == nullptr) {
      ++unknown;
      continue;
    }
    is_repeated = is_repeated || *place != nullptr;
    *place = &value;
  }
  if (is_repeated && !Options::template has<LastWins> &&
      !handfast::detail::planted<"duplicate name accepted">)
    return Fault::duplicate_name;
  if (unknown > unknown_max) return Fault::oversized;

  Fault fault{};
  std::size_t index = 0;
  for_each_field<Message>([&]<class F>(F) {
    if constexpr (ConstantField<F>) {
      if (fault == Fault{} && !is_constant<F>(values[index])) fault = F::on_other;
    }
    ++index;
  });
  if (fault != Fault{}) return fault;
  if (unknown > 0 && !Options::template has<Lenient>) return Fault::malformed;
  index = 0;
  for_each_field<Message>([&]<class F>(F) {
    if constexpr (!ConstantField<F>) {
      if (fault == Fault{}) fault = read_field<F>(message, values[index]);
    }
    ++index;
  });
  return fault;
}

}  // namespace detail

/// Appends `message` as one JSON object. `bad_argument` for a value that `decode` would refuse,
/// `too_large` where the sink has no room; then the sink is as before.
template <HasLayout Message, Sink S>
[[nodiscard]] std::expected<void, Fault> encode(const Message& message, S& sink) {
  const std::size_t start = sink.size();
  constexpr bool spaced = layout_of<Message>::template has<Spaced>;
  bool first = true;
  Fault fault = write_text(sink, "{") ? Fault{} : Fault::too_large;
  if (fault == Fault{}) {
    [&]<class... Fields>(List<Fields...>) {
      (void)(((fault = detail::write_member<Fields>(message, sink, first, spaced)) == Fault{}) &&
             ...);
    }(typename layout_of<Message>::fields{});
  }
  if (fault == Fault{} && !write_text(sink, "}")) fault = Fault::too_large;
  if (fault == Fault{}) return {};
  sink.shrink(start);
  return std::unexpected(fault);
}

/// `message` as one JSON object in memory of its own; `bad_argument` for a value that `decode`
/// would refuse.
template <HasLayout Message>
[[nodiscard]] std::expected<std::string, Fault> encode(const Message& message) {
  std::string text;
  GrowingWriter sink(text);
  if (auto done = encode(message, sink); !done) return std::unexpected(done.error());
  return text;
}

namespace detail {

/// Reads `object`, which was read from `input`.
template <class Message>
Fault read_whole(Message& message, JsonObject& object, Bytes input) {
  if (const Fault fault = read_message(message, object); fault != Fault{}) return fault;
  if constexpr (layout_of<Message>::template has<Canonical>) {
    Comparer same(input);
    const bool is_same = encode(message, same) && same.complete();
    if (!is_same && !handfast::detail::planted<"another spelling accepted">)
      return Fault::malformed;
  }
  return Fault{};
}

}  // namespace detail

/// Reads one JSON object as a `Message`, which holds nothing of `input`. Never throws. By weight:
/// `oversized` above `size_max` bytes; `not_json`; `duplicate_name`; a constant's own fault, also
/// where it is missing; `malformed` for an unknown name (unless the layout is `Lenient`); then by
/// field: `malformed` where missing or of another type, `bad_encoding`, `wrong_length`,
/// `oversized`, what `parse` says; at last, in a `Canonical` layout, `malformed` for another
/// spelling of the same message.
template <HasLayout Message>
[[nodiscard]] std::expected<Message, Fault> decode(Bytes input,
                                                   std::size_t size_max = input_size_max) {
  Message message{};
  const Fault fault = detail::guarded(input, size_max, [&] {
    auto object = detail::JsonReader().read(input);
    return object ? detail::read_whole(message, *object, input) : object.error();
  });
  if (fault != Fault{}) return std::unexpected(fault);
  return message;
}

/// Reads one JSON object as the one of `Messages...` whose `Type` is in it, or, where the object
/// has no such name, as the first of them that has no `Type`; `unknown_type` if none is.
template <HasLayout First, HasLayout... Messages>
[[nodiscard]] std::expected<std::variant<First, Messages...>, Fault> decode_any(
    Bytes input, std::size_t size_max = input_size_max) {
  constexpr std::string_view name = [] {
    std::string_view found = detail::type_name<First>();
    ((found = found.empty() ? detail::type_name<Messages>() : found), ...);
    return found;
  }();
  static_assert(
      ((detail::type_name<First>().empty() || detail::type_name<First>() == name) && ... &&
       (detail::type_name<Messages>().empty() || detail::type_name<Messages>() == name)),
      "handfast: the messages of decode_any have their Type under one name");
  std::variant<First, Messages...> result;
  const Fault fault = detail::guarded(input, size_max, [&] {
    auto object = detail::JsonReader().read(input);
    if (!object) return object.error();
    const auto type = std::ranges::find(object->members, name, &detail::JsonMember::name);
    const bool has_type = !name.empty() && type != object->members.end();
    constexpr bool last_wins = (layout_of<First>::template has<LastWins> || ... ||
                                layout_of<Messages>::template has<LastWins>);
    Fault found =
        object->has_repeated_name && !last_wins ? Fault::duplicate_name : Fault::unknown_type;
    auto attempt = [&]<class Message>(std::type_identity<Message>) {
      if (!detail::has_type<Message>(has_type ? &type->value : nullptr)) return true;
      found = detail::read_whole(result.template emplace<Message>(), *object, input);
      return false;
    };
    (void)(attempt(std::type_identity<First>{}) && ... && attempt(std::type_identity<Messages>{}));
    return found;
  });
  if (fault != Fault{}) return std::unexpected(fault);
  return result;
}

}  // namespace handfast::wire::json
