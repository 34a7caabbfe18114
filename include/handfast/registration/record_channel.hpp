#pragma once

// Frames of the registered, both ways: each under its direction's key with its counter for a nonce.

#include <array>

#include "handfast/core/buffer.hpp"
#include "handfast/core/engine.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/registration/context.hpp"
#include "handfast/wire/binary.hpp"
#include "handfast/wire/json_size.hpp"

namespace handfast::registration {

/// What is sealed in records.
template <class Message>
concept Framed = handfast::detail::contains<Message, Record::Contents>;
/// What goes as JSON.
template <class Message>
concept Object = !Framed<Message>;

/// A frame as one of `Objects...`, which are JSON, or as a `Record`: its first byte tells which.
template <class Wire, class... Objects>
[[nodiscard]] std::expected<Wire, Fault> decode_frame(Bytes frame) {
  const auto as_wire = [](auto&& decoded) -> std::expected<Wire, Fault> {
    if (!decoded) return std::unexpected(decoded.error());
    if constexpr (requires { decoded->index(); })
      return std::visit([](auto&& one) -> Wire { return std::move(one); }, *std::move(decoded));
    else
      return Wire{*std::move(decoded)};
  };
  if (!frame.empty() && frame[0] == '{')
    return as_wire(wire::json::decode_any<Objects...>(frame, registration_size_max));
  return as_wire(wire::binary::decode<Record>(frame));
}

/// Writes a frame of JSON; the handler has made sure that it can be said.
template <Object Message>
void write_object(const Message& message, const Context& context, Frames& frames) {
  static_assert(wire::json::encoded_size_max<Message> <= registration_size_max,
                "handfast: what is said while registering is read, whatever its texts escape to");
  if (const auto text = wire::json::encode(message)) frames.append(context.link, *text);
}

/// One side of a registered connection: its two keys and how far the counters are.
struct RecordChannel {
  Secret<32> send_key;
  Secret<32> receive_key;
  std::uint64_t sent = 0;      // the highest counter that was used
  std::uint64_t received = 0;  // the highest that was accepted
  static constexpr auto fields = Fields{&RecordChannel::send_key, &RecordChannel::receive_key,
                                        &RecordChannel::sent, &RecordChannel::received};

  /// What an authentic frame changes, before the message in it does anything.
  struct Pending {
    std::uint64_t counter = 0;
  };

  [[nodiscard]] bool has_counter() const noexcept { return sent + 1 != 0; }

  /// Seals `message` as the next frame. The handler has made sure that there is a counter.
  template <Framed Message>
  void seal(const Message& message, Context& context, Frames& frames) {
    const std::size_t size = wire::binary::encoded_size(message);
    const MutableBytes frame =
        frames.add(context.link, Record::header_size + size + context.aead.tag_size);
    wire::Writer writer{frame};
    const bool fits = write_header(++sent, writer) && wire::binary::encode(message, writer);
    const auto sealed = context.aead.seal(
        send_key, nonce_of(sent), frame.first(Record::header_size),
        frame.subspan(Record::header_size, size), frame.subspan(Record::header_size));
    if (!fits || !sealed) wipe(frame);  // Botan refused: zeros go out, not the plaintext
  }

  /// Opens `record` as one of `Messages...`: the message and what to commit, or a fault and no
  /// change. A counter that is not above all before is `replayed`.
  template <class... Messages>
  [[nodiscard]] std::expected<Opened<Pending, Messages...>, Fault> open_any(
      const Record& record, Context& context, Buffer& plaintext) const {
    if (record.counter <= received && !handfast::detail::planted<"counter of a frame not checked">)
      return std::unexpected(Fault::replayed);
    std::array<std::uint8_t, Record::header_size> header{};
    wire::Writer writer{header};
    (void)write_header(record.counter, writer);
    const MutableBytes out = plaintext.extend(record.ciphertext.size() - context.aead.tag_size);
    const auto opened =
        context.aead.open(receive_key, nonce_of(record.counter), header, record.ciphertext, out);
    if (!opened) return std::unexpected(opened.error());
    auto message = wire::binary::decode_any<Messages...>(plaintext.bytes());
    if (!message) return std::unexpected(message.error());
    return Opened<Pending, Messages...>{std::move(*message), {record.counter}};
  }
  void commit(const Pending& pending) noexcept { received = pending.counter; }

 private:
  template <class Sink>
  static bool write_header(std::uint64_t counter, Sink& sink) {
    const std::uint8_t version[] = {Hardened::version};
    return sink.write(version) && wire::write_big_endian(sink, counter, 8);
  }
};

template <class State>
concept HasChannel = requires(State& state) {
  { state.channel } -> std::same_as<RecordChannel&>;
};

}  // namespace handfast::registration
