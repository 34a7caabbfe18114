#pragma once

// The binary codec: a message is its fields one after the other, integers big-endian, bytes as they
// are.

#include <array>
#include <expected>
#include <variant>

#include "handfast/core/planted.hpp"
#include "handfast/wire/detail/walk.hpp"
#include "handfast/wire/utf8.hpp"
#include "handfast/wire/writer.hpp"

namespace handfast::wire::binary {

namespace detail {

using namespace wire::detail;

template <class F>
inline constexpr bool little_endian = !std::is_void_v<NoteIn<OrderNote, F>>;

template <class F>
constexpr Fault check_constant(Bytes content) {
  if constexpr (std::remove_cvref_t<decltype(F::expected)>::is_text) {
    constexpr std::string_view text = F::expected.view();
    for (std::size_t i = 0; i < text.size(); ++i)
      if (content[i] != static_cast<std::uint8_t>(text[i])) return F::on_other;
    return Fault{};
  } else {
    const bool is_right =
        read_big_endian(content) == F::expected.value ||
        (F::on_other == Fault::wrong_version && handfast::detail::planted<"version not checked">);
    return is_right ? Fault{} : F::on_other;
  }
}

template <class F, class T>
constexpr Fault read_value(T& value, Bytes content) {
  if constexpr (Scalar<T>) {
    const std::uint64_t number =
        little_endian<F> ? read_little_endian(content) : read_big_endian(content);
    if (!allows<F>(number)) return Fault::malformed;
    value = static_cast<T>(number);
    return Fault{};
  } else if constexpr (std::same_as<T, Bytes>) {
    value = content;
    return Fault{};
  } else if constexpr (std::same_as<T, std::string_view>) {
    value = text_of(content);
    return is_utf8(value) ? Fault{} : Fault::bad_encoding;
  } else {
    return assign_bytes<F>(value, content);
  }
}

/// The size of a field of this message, a length prefix included.
template <class F, class Message>
constexpr std::size_t size_in(const Message& message, std::size_t before) {
  if constexpr (PaddingField<F>)
    return before < F::frame_size ? F::frame_size - before : 0;
  else if constexpr (MemberField<F>) {
    if constexpr (is_variable<F>)
      return prefix_width_of<F> + (message.*F::member).size();
    else
      return size_range_of<F>.min;
  } else
    return size_range_of<F>.min;
}

template <class F, Sink S, class T>
constexpr Fault write_value(const T& value, S& sink) {
  bool fits = true;
  if constexpr (Scalar<T>) {
    const auto number = static_cast<std::uint64_t>(value);
    if (!allows<F>(number)) return Fault::bad_argument;
    if constexpr (little_endian<F>)
      fits = write_little_endian(sink, number, width_of<F>);
    else
      fits = write_big_endian(sink, number, width_of<F>);
  } else if constexpr (View<T>) {
    if (value.size() < content_range<F>.min || value.size() > content_range<F>.max)
      return Fault::bad_argument;
    if constexpr (prefix_width_of<F> != 0)
      fits = write_big_endian(sink, value.size(), prefix_width_of<F>);
    if constexpr (std::same_as<T, std::string_view>) {
      if (!is_utf8(value)) return Fault::bad_argument;
      fits = fits && write_text(sink, value);
    } else {
      fits = fits && sink.write(value);
    }
  } else {
    fits = sink.write(bytes_in(value));
  }
  return fits ? Fault{} : Fault::too_large;
}

/// Writes one field; `start` is where its frame begins in the sink, `total` the size of the frame.
template <class F, class Message, Sink S>
constexpr Fault write_field(const Message& message, S& sink, std::size_t start, std::size_t total) {
  bool fits = true;
  if constexpr (ConstantField<F>) {
    if constexpr (std::remove_cvref_t<decltype(F::expected)>::is_text)
      fits = write_text(sink, F::expected.view());
    else
      fits = write_big_endian(sink, F::expected.value, sizeof(F::expected.value));
  } else if constexpr (LengthField<F>) {
    const std::uint64_t rest = total - (sink.size() - start) - sizeof(typename F::Value);
    if (rest > F::max || rest > std::numeric_limits<typename F::Value>::max())
      return Fault::bad_argument;
    fits = write_big_endian(sink, rest, sizeof(typename F::Value));
  } else if constexpr (PaddingField<F>) {
    if (sink.size() - start > F::frame_size) return Fault::bad_argument;
    const std::uint8_t zero[1]{};
    while (fits && sink.size() - start < F::frame_size) fits = sink.write(zero);
  } else {
    return write_value<F>(message.*F::member, sink);
  }
  return fits ? Fault{} : Fault::too_large;
}

/// Reads a whole frame into `message`, which is new, where it is to stay.
template <class Message>
constexpr Fault read_message(Message& message, Bytes frame) {
  return walk_frame<Message>(frame, [&]<class F>(F, Bytes content, const FieldSpan&) {
    if constexpr (ConstantField<F>)
      return check_constant<F>(content);
    else if constexpr (LengthField<F>)
      return Fault{};
    else if constexpr (PaddingField<F>) {
      for (const std::uint8_t byte : content)
        if (byte != 0) return Fault::malformed;
      return Fault{};
    } else
      return read_value<F>(message.*F::member, content);
  });
}

}  // namespace detail

/// Reads a whole frame as a `Message`; views in it refer to `frame`. Pure, total, without
/// allocation. `truncated`; `oversized` (also for bytes after the last field, unless the layout is
/// `Lenient`); `wrong_length` for a prefix below its bound; a constant's own fault; `malformed` for
/// a value out of range; `bad_encoding` for text that is not UTF-8; what `parse` of a typed value
/// says.
template <HasLayout Message>
[[nodiscard]] constexpr std::expected<Message, Fault> decode(Bytes frame) {
  std::expected<Message, Fault> message;
  const Fault fault = detail::read_message(*message, frame);
  if (fault != Fault{}) message = std::unexpected(fault);
  return message;
}

/// Reads a frame as the first of `Messages...` whose `Type` is in it, into `message`, which may hold
/// other things too; `unknown_type` if none is. After a fault `message` holds whatever it may.
template <HasLayout... Messages, class... Held>
[[nodiscard]] constexpr Fault read_any(std::variant<Held...>& message, Bytes frame) {
  Fault fault = Fault::unknown_type;
  auto attempt = [&]<class Message>(std::type_identity<Message>) {
    fault = detail::read_message(message.template emplace<Message>(), frame);
    return fault == Fault::unknown_type;
  };
  (void)(attempt(std::type_identity<Messages>{}) && ...);
  return fault;
}

/// The same, returned.
template <HasLayout... Messages>
[[nodiscard]] constexpr std::expected<std::variant<Messages...>, Fault> decode_any(Bytes frame) {
  std::expected<std::variant<Messages...>, Fault> message;
  const Fault fault = read_any<Messages...>(*message, frame);
  if (fault != Fault{}) message = std::unexpected(fault);
  return message;
}

/// The size in bytes of the frame that `encode` makes of `message`.
template <HasLayout Message>
[[nodiscard]] constexpr std::size_t encoded_size(const Message& message) {
  std::size_t size = 0;
  for_each_field<Message>([&]<class F>(F) { size += detail::size_in<F>(message, size); });
  return size;
}

/// Appends the frame of `message` to `sink`. `bad_argument` for a value that `decode` would refuse,
/// `too_large` where the sink has no room; then the sink is as before.
template <HasLayout Message, Sink S>
[[nodiscard]] constexpr std::expected<void, Fault> encode(const Message& message, S& sink) {
  detail::check_binary<Message>();
  const std::size_t start = sink.size();
  const std::size_t total = encoded_size(message);
  Fault fault{};
  [&]<class... Fields>(List<Fields...>) {
    (void)(((fault = detail::write_field<Fields>(message, sink, start, total)) == Fault{}) && ...);
  }(typename layout_of<Message>::fields{});
  if (fault == Fault{}) return {};
  sink.shrink(start);
  return std::unexpected(fault);
}

/// The frame of a message whose frames all have one size; `bad_argument` for a value that `decode`
/// would refuse.
template <HasLayout Message>
requires(frame_size<Message>.fixed())
    [[nodiscard]] constexpr std::expected<std::array<std::uint8_t, wire::encoded_size<Message>>,
                                          Fault> encode(const Message& message) {
  std::array<std::uint8_t, wire::encoded_size<Message>> frame{};
  Writer writer{MutableBytes{frame}};
  if (auto done = encode(message, writer); !done) return std::unexpected(done.error());
  return frame;
}

/// Where each field of `frame` is, for transcripts and dissectors; constants and values are not
/// judged, sizes are, with the faults of `decode`.
template <HasLayout Message>
[[nodiscard]] constexpr std::expected<std::array<FieldSpan, field_count<Message>>, Fault> dissect(
    Bytes frame) {
  std::array<FieldSpan, field_count<Message>> spans{};
  std::size_t index = 0;
  const Fault fault = detail::walk_frame<Message>(frame, [&](auto, Bytes, const FieldSpan& span) {
    spans[index++] = span;
    return Fault{};
  });
  if (fault != Fault{}) return std::unexpected(fault);
  return spans;
}

}  // namespace handfast::wire::binary
