#pragma once

// The protobuf codec (Protocol Buffers encoding, proto3), over protozero: a message is its fields
// by their numbers, bytes and text with their length before them, integers as varints. It is
// written as the standard encoder writes it, in order, and without what is empty.

#include <expected>
#include <protozero/pbf_reader.hpp>
#include <protozero/varint.hpp>
#include <variant>

#include "handfast/wire/shape.hpp"
#include "handfast/wire/utf8.hpp"
#include "handfast/wire/writer.hpp"

namespace handfast::wire {

/// A constant integer of a protobuf message and its field's number:
/// `Numbered<1, Version<"version", std::uint32_t{2}>>`.
template <std::uint32_t Number, class Constant>
struct Numbered : Constant {
  static constexpr std::uint32_t number = Number;
};

namespace protobuf {

namespace detail {

using namespace wire::detail;

/// The number of a field.
template <class F>
inline constexpr std::uint32_t number_of = [] {
  if constexpr (ConstantField<F>)
    return F::number;
  else
    return NoteIn<TagNote, F>::number;
}();

/// Fields rise by their numbers, so that there is one order.
template <class Message>
consteval bool numbers_rise() {
  std::uint32_t last = 0;
  bool rise = true;
  for_each_field<Message>([&]<class F>(F) {
    rise = rise && number_of<F> > last;
    last = number_of<F>;
  });
  return rise;
}

template <class F>
inline constexpr bool is_varint = [] {
  if constexpr (ConstantField<F>)
    return true;
  else
    return Scalar<typename Unwrapped<typename F::Value>::type>;
}();

template <class Message>
consteval void check() {
  static_assert(numbers_rise<Message>(), "handfast: protobuf fields stand in order of their Tag");
  for_each_field<Message>([]<class F>(F) {
    static_assert(!LengthField<F> && !PaddingField<F>,
                  "handfast: a protobuf message has no length and no padding of its own");
    if constexpr (ConstantField<F>) {
      static_assert(!std::remove_cvref_t<decltype(F::expected)>::is_text,
                    "handfast: a protobuf constant is an integer");
    } else {
      using T = typename Unwrapped<typename F::Value>::type;
      static_assert(Scalar<T> || View<T> || fixed_size_of<T>() > 0,
                    "handfast: a protobuf field is an integer, an enumeration, a bool, an array of "
                    "bytes, typed bytes, Bytes, std::string_view, or std::optional of one");
    }
  });
}

constexpr std::size_t varint_size(std::uint64_t value) noexcept {
  std::size_t size = 1;
  for (; value >= 128; value >>= 7) ++size;
  return size;
}
template <class F>
inline constexpr std::size_t key_size = varint_size(std::uint64_t{number_of<F>} << 3);

template <Sink S>
bool write_varint(S& sink, std::uint64_t value) {
  char bytes[protozero::max_varint_length];
  const char* const end = bytes + protozero::add_varint_to_buffer(bytes, value);
  return write_text(sink, std::string_view(bytes, static_cast<std::size_t>(end - bytes)));
}

template <class F>
inline constexpr std::uint64_t key_of =
    std::uint64_t{number_of<F>} << 3 | (is_varint<F> ? 0u : 2u);  // the wire types of both

/// The value of a member as it is written; bytes for all that is not a varint.
template <class F, class T>
constexpr auto plain(const T& value) {
  if constexpr (Scalar<T>)
    return static_cast<std::uint64_t>(value);
  else if constexpr (std::same_as<T, std::string_view>)
    return bytes_of(value);
  else
    return bytes_in(value);
}

template <class F, class T>
constexpr Fault judge(const T& value) {
  if constexpr (Scalar<T>) {
    return allows<F>(static_cast<std::uint64_t>(value)) ? Fault{} : Fault::bad_argument;
  } else if constexpr (View<T>) {
    if (value.size() < content_range<F>.min || value.size() > content_range<F>.max)
      return Fault::bad_argument;
    if constexpr (std::same_as<T, std::string_view>)
      if (!is_utf8(value)) return Fault::bad_argument;
  }
  return Fault{};
}

/// Calls `write(value)` where the field is on the wire: an optional one that is there, any other
/// that is not empty or zero.
template <class F, class Message, class Write>
constexpr Fault if_written(const Message& message, Write&& write) {
  if constexpr (ConstantField<F>) {
    return write(static_cast<std::uint64_t>(F::expected.value));
  } else if constexpr (Unwrapped<typename F::Value>::optional) {
    const auto& value = message.*F::member;
    return value ? write(plain<F>(*value)) : Fault{};
  } else {
    const auto value = plain<F>(message.*F::member);
    if constexpr (std::same_as<decltype(value), const std::uint64_t>)
      return value != 0 ? write(value) : Fault{};
    else
      return !value.empty() ? write(value) : Fault{};
  }
}

template <class F, class Message>
constexpr Fault judge_in(const Message& message) {
  if constexpr (ConstantField<F>) {
    return Fault{};
  } else if constexpr (Unwrapped<typename F::Value>::optional) {
    const auto& value = message.*F::member;
    return value ? judge<F>(*value) : Fault{};
  } else
    return judge<F>(message.*F::member);
}

template <class F, class Message, Sink S>
Fault write_field(const Message& message, S& sink) {
  if (const Fault fault = judge_in<F>(message); fault != Fault{}) return fault;
  return if_written<F>(message, [&](auto value) {
    bool fits = write_varint(sink, key_of<F>);
    if constexpr (std::same_as<decltype(value), std::uint64_t>)
      fits = fits && write_varint(sink, value);
    else
      fits = fits && write_varint(sink, value.size()) && sink.write(value);
    return fits ? Fault{} : Fault::too_large;
  });
}

/// What one field of the wire says.
struct Content {
  bool is_there = false;
  std::uint64_t number = 0;
  Bytes bytes{};
};

template <class F, class T>
constexpr Fault read_value(T& value, const Content& content) {
  if constexpr (Scalar<T>) {
    if (!allows<F>(content.number)) return Fault::malformed;
    value = static_cast<T>(content.number);
    return Fault{};
  } else if constexpr (View<T>) {
    if (content.bytes.size() < content_range<F>.min) return Fault::wrong_length;
    if (content.bytes.size() > content_range<F>.max) return Fault::oversized;
    if constexpr (std::same_as<T, std::string_view>) {
      value = text_of(content.bytes);
      return is_utf8(value) ? Fault{} : Fault::bad_encoding;
    } else {
      value = content.bytes;
      return Fault{};
    }
  } else
    return assign_bytes<F>(value, content.bytes);
}

/// Reads one field of the layout. What is not on the wire is zero or empty, and where there is no
/// such value, missing.
template <class F, class Message>
constexpr Fault read_field(Message& message, const Content& content) {
  if constexpr (ConstantField<F>) {
    return content.is_there && content.number == F::expected.value ? Fault{} : F::on_other;
  } else if constexpr (Unwrapped<typename F::Value>::optional) {
    return content.is_there ? read_value<F>((message.*F::member).emplace(), content) : Fault{};
  } else {
    if (!content.is_there && fixed_size_of<typename F::Value>() > 0) return Fault::malformed;
    return read_value<F>(message.*F::member, content);
  }
}

/// Takes one field of the wire to its place. A wire type that is not the field's is a fault, as a
/// message of another meaning may have the same numbers.
template <class Message>
Fault place(protozero::pbf_reader& reader, std::array<Content, field_count<Message>>& contents) {
  using protozero::pbf_wire_type;
  Fault fault = Fault::malformed;  // no field of the layout has this number
  std::size_t index = 0;
  bool is_known = false;
  for_each_field<Message>([&]<class F>(F) {
    Content& content = contents[index++];
    if (reader.tag() != number_of<F>) return;
    is_known = true;
    if (reader.wire_type() !=
        (is_varint<F> ? pbf_wire_type::varint : pbf_wire_type::length_delimited))
      return;
    fault = content.is_there && !layout_of<Message>::template has<LastWins> ? Fault::duplicate_name
                                                                            : Fault{};
    content.is_there = true;
    if constexpr (is_varint<F>) {
      content.number = reader.get_uint64();
    } else {
      const auto view = reader.get_view();
      content.bytes = bytes_of({view.data(), view.size()});
    }
  });
  if (!is_known && layout_of<Message>::template has<Lenient>) {
    reader.skip();
    fault = Fault{};
  }
  return fault;
}

/// Reads a whole message into `message`, which is new, where it is to stay.
template <class Message>
Fault read_fields(Message& message, Bytes input) {
  std::array<Content, field_count<Message>> contents{};
  const auto text = text_of(input);
  try {
    protozero::pbf_reader reader(text.data(), text.size());
    while (reader.next())
      if (const Fault fault = place<Message>(reader, contents); fault != Fault{}) return fault;
  } catch (const protozero::end_of_buffer_exception&) {
    return Fault::truncated;
  } catch (const protozero::exception&) {
    return Fault::malformed;
  }
  Fault fault{};
  std::size_t index = 0;
  for_each_field<Message>([&]<class F>(F) {
    const Content& content = contents[index++];
    if (fault == Fault{}) fault = read_field<F>(message, content);
  });
  return fault;
}

}  // namespace detail

/// The size in bytes of what `encode` makes of `message`.
template <HasLayout Message>
[[nodiscard]] constexpr std::size_t encoded_size(const Message& message) {
  std::size_t size = 0;
  for_each_field<Message>([&]<class F>(F) {
    (void)detail::if_written<F>(message, [&](auto value) {
      size += detail::key_size<F>;
      if constexpr (std::same_as<decltype(value), std::uint64_t>)
        size += detail::varint_size(value);
      else
        size += detail::varint_size(value.size()) + value.size();
      return Fault{};
    });
  });
  return size;
}

/// Appends `message` to `sink`. `bad_argument` for a value that `decode` would refuse, `too_large`
/// where the sink has no room; then the sink is as before.
template <HasLayout Message, Sink S>
[[nodiscard]] std::expected<void, Fault> encode(const Message& message, S& sink) {
  detail::check<Message>();
  const std::size_t start = sink.size();
  Fault fault{};
  [&]<class... Fields>(List<Fields...>) {
    (void)(((fault = detail::write_field<Fields>(message, sink)) == Fault{}) && ...);
  }(typename layout_of<Message>::fields{});
  if (fault == Fault{}) return {};
  sink.shrink(start);
  return std::unexpected(fault);
}

namespace detail {

template <class Message>
Fault read_message(Message& message, Bytes input) {
  check<Message>();
  if (const Fault fault = read_fields(message, input); fault != Fault{}) return fault;
  if constexpr (layout_of<Message>::template has<Canonical>) {
    Comparer same(input);
    if (!protobuf::encode(message, same) || !same.complete()) return Fault::malformed;
  }
  return Fault{};
}

template <class Message>
constexpr bool has_number(std::uint64_t number) {
  bool has = false;
  for_each_field<Message>([&]<class F>(F) { has = has || number == number_of<F>; });
  return has;
}
template <class Message, class Other>
consteval bool share_no_number() {
  bool none = true;
  for_each_field<Other>([&]<class F>(F) { none = none && !has_number<Message>(number_of<F>); });
  return none;
}
template <class First, class... Rest>
consteval bool all_differ() {
  if constexpr (sizeof...(Rest) == 0)
    return true;
  else
    return (share_no_number<First, Rest>() && ...) && all_differ<Rest...>();
}

}  // namespace detail

/// Reads `input` as a `Message`; views in it refer to `input`. Without allocation. `truncated`;
/// `malformed` for bytes that are no protobuf, a field of another wire type, a number out of range,
/// bytes of fixed size that are not there, and an unknown field unless the layout is `Lenient`;
/// `duplicate_name` for a field twice, unless the layout is `LastWins`; a constant's own fault;
/// `wrong_length`, `oversized`, `bad_encoding`, what `parse` says; at last, in a `Canonical`
/// layout, `malformed` for another spelling of the same message.
template <HasLayout Message>
[[nodiscard]] std::expected<Message, Fault> decode(Bytes input) {
  std::expected<Message, Fault> message;
  const Fault fault = detail::read_message(*message, input);
  if (fault != Fault{}) message = std::unexpected(fault);
  return message;
}

/// Reads `input` as the one of `Messages...` that has a field of the number that `input` begins
/// with: they have none in common. `unknown_type` if none has; what `decode` says.
template <HasLayout... Messages>
[[nodiscard]] std::expected<std::variant<Messages...>, Fault> decode_any(Bytes input) {
  static_assert(detail::all_differ<Messages...>(),
                "handfast: protobuf messages of one link have no field number in common");
  std::expected<std::variant<Messages...>, Fault> message;
  std::uint32_t number = 0;
  const auto text = text_of(input);
  try {
    protozero::pbf_reader reader(text.data(), text.size());
    if (reader.next()) number = reader.tag();
  } catch (const protozero::end_of_buffer_exception&) {
    return std::unexpected(Fault::truncated);
  } catch (const protozero::exception&) {
    return std::unexpected(Fault::malformed);
  }
  Fault fault = Fault::unknown_type;
  auto attempt = [&]<class Message>(std::type_identity<Message>) {
    if (!detail::has_number<Message>(number)) return true;
    fault = detail::read_message(message->template emplace<Message>(), input);
    return false;
  };
  (void)(attempt(std::type_identity<Messages>{}) && ...);
  if (fault != Fault{}) message = std::unexpected(fault);
  return message;
}

}  // namespace protobuf
}  // namespace handfast::wire
