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

template <class Message, class F>
constexpr JsonSlot slot_of() {
  check_field<F>();
  JsonSlot slot{};
  slot.name = F::name;
  slot.set = &set_field<Message, F>;
  if constexpr (ConstantField<F>) {
    slot.decides = true;
    slot.when_missing = F::on_other;
  } else {
    using Also = NoteIn<AliasNote, F>;
    if constexpr (!std::is_void_v<Also>) slot.alias = Also::name;
    slot.takes_bytes = std::same_as<TextOf<F>, ByteArrayOrBase64>;
    if (!Unwrapped<typename F::Value>::optional) slot.when_missing = Fault::malformed;
  }
  return slot;
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

struct Peeked {
  std::optional<JsonValue> value;
  std::string text;  // of the value
};

template <class Message>
consteval std::string_view type_name() {
  std::string_view name;
  for_each_field<Message>([&]<class F>(F) {
    if constexpr (TypeField<F>) name = F::name;
  });
  return name;
}

/// Whether `value` is the type that `Message` has; a message without one has no value.
template <class Message>
bool has_type(const Peeked& peeked) {
  bool same = type_name<Message>().empty() && !peeked.value;
  for_each_field<Message>([&]<class F>(F) {
    if constexpr (TypeField<F>) {
      if (!peeked.value) return;
      JsonValue copy = *peeked.value;
      same = set_field<Message, F>(nullptr, copy) == Fault{};
    }
  });
  return same;
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

/// Reads one JSON object as a `Message`, which holds nothing of `input`. Never throws. By weight:
/// `oversized` above `size_max` bytes; `not_json`; `duplicate_name`; a constant's own fault, also
/// where it is missing; `malformed` for an unknown name (unless the layout is `Lenient`); then by
/// field: `malformed` where missing or of another type, `bad_encoding`, `wrong_length`,
/// `oversized`, what `parse` says; at last, in a `Canonical` layout, `malformed` for another
/// spelling of the same message.
template <HasLayout Message>
[[nodiscard]] std::expected<Message, Fault> decode(Bytes input,
                                                   std::size_t size_max = input_size_max) {
  using Options = layout_of<Message>;
  Message message{};
  const Fault fault = detail::guarded(input, size_max, [&] {
    auto slots = []<class... Fields>(List<Fields...>) {
      return std::array<detail::JsonSlot, sizeof...(Fields)>{detail::slot_of<Message, Fields>()...};
    }(typename Options::fields{});
    detail::JsonObject object(slots, &message,
                              {Options::template has<Lenient>, Options::template has<LastWins>});
    if (const Fault found = object.read(input); found != Fault{}) return found;
    if constexpr (Options::template has<Canonical>) {
      Comparer same(input);
      const bool is_same = encode(message, same) && same.complete();
      if (!is_same && !handfast::detail::planted<"another spelling accepted">)
        return Fault::malformed;
    }
    return Fault{};
  });
  if (fault != Fault{}) return std::unexpected(fault);
  return message;
}

/// Reads one JSON object as the one of `Messages...` whose `Type` is in it, or, where the object
/// has no such name, as the first of them that has no `Type`; `unknown_type` if none is.
template <HasLayout First, HasLayout... Messages>
[[nodiscard]] std::expected<std::variant<First, Messages...>, Fault> decode_any(
    Bytes input, std::size_t size_max = input_size_max) {
  using Result = std::expected<std::variant<First, Messages...>, Fault>;
  constexpr std::string_view name = [] {
    std::string_view found = detail::type_name<First>();
    ((found = found.empty() ? detail::type_name<Messages>() : found), ...);
    return found;
  }();
  static_assert(
      ((detail::type_name<First>().empty() || detail::type_name<First>() == name) && ... &&
       (detail::type_name<Messages>().empty() || detail::type_name<Messages>() == name)),
      "handfast: the messages of decode_any have their Type under one name");
  detail::Peeked peeked;
  const Fault fault = detail::guarded(input, size_max, [&] {
    detail::JsonSlot slot{};
    slot.name = name;
    slot.set = [](void* to, detail::JsonValue& value) {
      auto& seen = *static_cast<detail::Peeked*>(to);
      seen.text = value.text;
      seen.value = value;
      seen.value->text = seen.text;
      return Fault{};
    };
    return detail::JsonObject({&slot, 1}, &peeked,
                              {true, (layout_of<First>::template has<LastWins> || ... ||
                                      layout_of<Messages>::template has<LastWins>)})
        .read(input);
  });
  if (fault != Fault{}) return std::unexpected(fault);
  Result result = std::unexpected(Fault::unknown_type);
  auto attempt = [&]<class Message>(std::type_identity<Message>) {
    if (!detail::has_type<Message>(peeked)) return true;
    auto decoded = decode<Message>(input, size_max);
    if (decoded)
      result = std::move(*decoded);
    else
      result = std::unexpected(decoded.error());
    return false;
  };
  (void)(attempt(std::type_identity<First>{}) && ... && attempt(std::type_identity<Messages>{}));
  return result;
}

}  // namespace handfast::wire::json
