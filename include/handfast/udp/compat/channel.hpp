#pragma once

// What both deployed roles do once they have a key: packets, and the answers to them.

#include "handfast/core/next.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/udp/compat/context.hpp"

namespace handfast::udp::compat {

// The rules by which a handler may refuse an input, and the fault that each of them names.

/// The random source gave a key, an IV or a nonce.
struct RandomSourceWorks {
  static constexpr Fault fault = Fault::random_source_failed;
};
/// The peer's key gives no all-zero agreement (RFC 7748, section 6.1).
struct KeysAgree {
  static constexpr Fault fault = Fault::low_order_key;
};
/// Application data has at most `payload_size_max` bytes.
struct PayloadFits {
  static constexpr Fault fault = Fault::too_large;
};
/// A channel's number has 24 bits, and `documented` has no header at all.
struct HeaderHasAPlace {
  static constexpr Fault fault = Fault::bad_argument;
};

/// What is in a packet, opened: in `documented` always data; in v0_8 what its header says.
template <Revision revision, class... Messages>
[[nodiscard]] std::expected<handfast::Opened<NothingPending, Messages...>, Fault> open(
    const Packet& packet, const Secret<32>& key, Context& c, Buffer& plaintext) {
  using Result = handfast::Opened<NothingPending, Messages...>;
  const MutableBytes out = plaintext.extend(packet.ciphertext.size() - tag_size);
  const auto opened = c.aead.open(key, packet.nonce, {}, packet.ciphertext, out);
  if (!opened) return std::unexpected(opened.error());
  if constexpr (revision == Revision::documented) {
    return Result{Data{0, 0, 0, 0, out}, {}};
  } else {
    auto message = wire::binary::decode_any<Heartbeat, Ack, Data>(out);
    if (!message) return std::unexpected(message.error());
    if (const auto* beat = std::get_if<Heartbeat>(&*message))
      if (beat->times.size() != 8 * (heartbeat_hops - beat->sequence) &&
          !handfast::detail::planted<"heartbeat of any length">)
        return std::unexpected(Fault::wrong_length);
    if constexpr ((std::same_as<Messages, Ports> || ...)) {
      const auto* data = std::get_if<Data>(&*message);
      if (data != nullptr &&
          (data->channel == 0 || handfast::detail::planted<"ports told by an application">))
        if (const auto ports = wire::json::decode<Ports>(data->payload)) return Result{*ports, {}};
    }
    return std::visit([](auto& m) { return Result{std::move(m), {}}; }, *message);
  }
}

/// Seals `contents`, of `size` bytes as `encode` writes them, as one packet.
template <class Encode>
void write_packet(const Secret<32>& key, std::size_t size, Context& c, Frames& frames,
                  Encode&& encode) {
  const MutableBytes frame = frames.add(c.link, nonce_size + size + tag_size);
  std::ranges::copy(c.nonce(), frame.begin());
  const MutableBytes text = frame.subspan(nonce_size, size);
  wire::Writer writer{text};
  const bool fits = encode(writer);
  const auto sealed =
      c.aead.seal(key, c.nonce().first<nonce_size>(), {}, text, frame.subspan(nonce_size));
  if (!fits || !sealed) wipe(frame);  // Botan refused: zeros go out, not the plaintext
}

/// What goes in packets; the rest goes in tokens.
template <class Message>
concept Packed = handfast::detail::contains<Message, Packet::Contents>;

/// A message of either revision in a packet.
template <Revision revision, Packed Message>
void write_packet(const Secret<32>& key, const Message& message, Context& c, Frames& frames) {
  if constexpr (revision == Revision::documented) {
    write_packet(key, message.payload.size(), c, frames,
                 [&](wire::Writer& writer) { return writer.write(message.payload); });
  } else if constexpr (std::same_as<Message, Ports>) {
    if (const auto json = wire::json::encode(message))
      write_packet<revision>(key, Data{0, 0, 0, 0, bytes_of(*json)}, c, frames);
  } else {
    write_packet(key, wire::binary::encoded_size(message), c, frames, [&](wire::Writer& writer) {
      return wire::binary::encode(message, writer).has_value();
    });
  }
}

/// The next hop of a heartbeat, with the time of this one; in the context's memory.
[[nodiscard]] inline Heartbeat next_hop(std::uint64_t sequence, Bytes times, Context& c) {
  const auto end = std::ranges::copy(times, c.hops.begin()).out;
  wire::Writer writer{MutableBytes{end, 8}};
  const auto now = static_cast<std::uint64_t>(c.now.utc.time_since_epoch().count());
  (void)wire::write_big_endian(writer, now, 8);
  return {sequence, Bytes{c.hops}.first(times.size() + 8)};
}
/// What a heartbeat of all its hops has to tell.
[[nodiscard]] inline HeartbeatEnded ended(const Heartbeat& last) {
  HeartbeatEnded told;
  for (std::size_t i = 0; i < last.times.size(); ++i)
    told.times[i / 8] = told.times[i / 8] << 8 | last.times[i];
  return told;
}

/// The traffic of `Role` in its state `Open`, which has a `key`: rows, and what they do.
template <class Role, Revision revision, class Open>
struct Traffic {
  static constexpr bool is_v0_8 = revision == Revision::v0_8;

  // clang-format off
  using Rows = Transitions<
    Row<Open, Send,        Open, Data, Requires<PayloadFits, HeaderHasAPlace, RandomSourceWorks>>,
    Row<Open, Data,        Open, Tells<Delivered>>>;
  using LaterRows = Transitions<
    Row<Open, Beat,        Open, Heartbeat, Requires<RandomSourceWorks>>,
    Row<Open, Heartbeat,   Open, Heartbeat, Requires<RandomSourceWorks>>,
    Row<Open, Heartbeat,   Open, Tells<HeartbeatEnded>>,
    Row<Open, Acknowledge, Open, Ack, Requires<HeaderHasAPlace, RandomSourceWorks>>,
    Row<Open, Ack,         Open, Tells<Acknowledged>>>;
  // clang-format on

  static Next<Role, Open, Send> react(const Open&, const Send& m, Context& c) {
    const bool fits = m.payload.size() <= payload_size_max ||
                      handfast::detail::planted<"packet above a datagram">;
    if (auto broken = require<PayloadFits>(fits)) return broken;
    const bool has_a_place =
        (is_v0_8 ? m.header.channel <= Header::channel_max : m.header == Header{}) ||
        handfast::detail::planted<"header that has no place">;
    if (auto broken = require<HeaderHasAPlace>(has_a_place)) return broken;
    if (auto broken = require<RandomSourceWorks>(c.draw())) return broken;
    return stay(
        Data{m.header.flags, m.header.channel, m.header.sequence, m.header.offset, m.payload});
  }
  static Next<Role, Open, Data> react(const Open&, const Data& m, Context&) {
    return stay(Delivered{{m.flags, m.channel, m.sequence, m.offset}, m.payload});
  }
  static Next<Role, Open, Beat> react(const Open&, const Beat&, Context& c) {
    if (auto broken = require<RandomSourceWorks>(c.draw())) return broken;
    return stay(next_hop(heartbeat_hops - 1, {}, c));
  }
  static Next<Role, Open, Heartbeat> react(const Open&, const Heartbeat& m, Context& c) {
    if (m.sequence == 0) return stay(ended(m));
    if (auto broken = require<RandomSourceWorks>(c.draw())) return broken;
    return stay(next_hop(m.sequence - 1, m.times, c));
  }
  static Next<Role, Open, Acknowledge> react(const Open&, const Acknowledge& m, Context& c) {
    const bool has_a_place = m.channel <= Header::channel_max ||
                             handfast::detail::planted<"channel that there is none of">;
    if (auto broken = require<HeaderHasAPlace>(has_a_place)) return broken;
    if (auto broken = require<RandomSourceWorks>(c.draw())) return broken;
    return stay(Ack{m.channel, m.sequence});
  }
  static Next<Role, Open, Ack> react(const Open&, const Ack& m, Context&) {
    return stay(Acknowledged{m.channel, m.sequence});
  }
};

}  // namespace handfast::udp::compat
