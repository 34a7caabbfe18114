#pragma once

// The deployed channel: one key a direction that is chain and message key at once. What the
// deployed receiver does is kept where bytes show it: it takes the header's sequence for the last
// one seen, but its own count for the associated data; it tries every key of its window.

#include <charconv>

#include "handfast/core/engine.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/stdio/associated_data.hpp"
#include "handfast/stdio/compat/messages.hpp"
#include "handfast/stdio/context.hpp"
#include "handfast/wire/binary.hpp"

namespace handfast::stdio::compat {

/// The keys and counts of one side.
struct Channel {
  /// The present receiving key and the ones before it, newest first.
  std::array<Secret<32>, Compat::key_window> receive_keys;
  std::uint8_t receive_key_count = 1;
  Secret<32> send_key;
  Direction direction = Direction::alice_to_bob;  // in which this side sends
  std::uint64_t ratchet_count = 0;
  std::uint64_t sent = 0;      // the last sequence sent
  std::uint64_t received = 0;  // the last sequence seen in a header
  SteadyTime began{};
  static constexpr auto fields = Fields{&Channel::receive_keys,  &Channel::receive_key_count,
                                        &Channel::send_key,      &Channel::direction,
                                        &Channel::ratchet_count, &Channel::sent,
                                        &Channel::received,      &Channel::began};

  /// The keys of the side that sends in `direction`.
  static Channel from(Hkdf& hkdf, const Secret<32>& shared, Direction direction, const Time& now) {
    const auto key_of = [&](Direction d) {
      return hkdf.derive<32>(shared.bytes(), bytes_of(Compat::directional_salt),
                             bytes_of(to_string(d)));
    };
    Channel channel;
    channel.receive_keys[0] = key_of(reverse(direction));
    channel.send_key = key_of(direction);
    hkdf.forget();  // it would hold what both keys come from until the first ratchet
    channel.direction = direction;
    channel.began = now.steady;
    return channel;
  }

  /// Moves both keys on; the receiving one stays in the window.
  void ratchet(Hkdf& hkdf) {
    char number[20];
    const auto end = std::to_chars(number, number + sizeof number, ++ratchet_count).ptr;
    const auto step = [&](const Secret<32>& key) {
      return hkdf.derive<32>(key.bytes(), bytes_of(Compat::ratchet_salt),
                             {bytes_of(Compat::ratchet_info),
                              bytes_of({number, static_cast<std::size_t>(end - number)})});
    };
    send_key = step(send_key);
    auto next = step(receive_keys[0]);
    for (std::size_t i = Compat::key_window - 1; i > 0; --i)
      receive_keys[i] = std::move(receive_keys[i - 1]);
    receive_keys[0] = std::move(next);
    if (receive_key_count < Compat::key_window) ++receive_key_count;
  }

  /// The document's three limits; the deployed programs log this and go on.
  [[nodiscard]] bool is_rekey_due(const Context& c) const {
    return sent + 1 >= c.config.messages_max || sent + 1 >= c.config.sequence_max ||
           c.now.steady - began >= c.config.epoch_time_max;
  }

  /// Writes the next record of `text` to `out`, of exactly `Record::header_size + text.size() + 16`
  /// bytes.
  void seal(Bytes text, Context& c, MutableBytes out) {
    wire::Writer writer{out};
    ++sent;
    const bool fits = wire::write_big_endian(writer, sent, 8) && writer.write(c.nonce);
    const AssociatedData ad(sent, direction, c.config.endpoint);
    const auto sealed =
        c.aead.seal(send_key, c.nonce, ad.bytes(), text, out.subspan(Record::header_size));
    if (!fits || !sealed) wipe(out);  // Botan refused: zeros go out, and nothing else
  }

  /// What an authentic record changes: the header's number, and for the parent the keys, if the
  /// child says so.
  struct Pending {
    std::uint64_t sequence = 0;
    bool ratchets = false;
  };

  /// Opens with any key of the window; changes nothing.
  [[nodiscard]] std::expected<Pending, Fault> open(const Record& record, Context& c,
                                                   Buffer& plaintext) const {
    if (record.sequence <= received) return std::unexpected(Fault::replayed);
    const AssociatedData ad(received + 1, reverse(direction), c.config.endpoint);
    const MutableBytes out = plaintext.extend(record.ciphertext.size() - c.aead.tag_size);
    for (std::size_t i = 0; i < receive_key_count; ++i)
      if (c.aead.open(receive_keys[i], record.nonce, ad.bytes(), record.ciphertext, out))
        return Pending{record.sequence};
    return std::unexpected(Fault::not_authentic);
  }
  void commit(const Pending& pending, Context& c) {
    received = pending.sequence;
    if (pending.ratchets) ratchet(c.hkdf);
  }
};

using Links = List<LinkKind<"stdio", Framing::line, 4096>,
                   LinkKind<"channel", Framing::frame, 4 * payload_size_max + 512>>;

/// A state that has a channel.
template <class S>
concept HasChannel = requires(S& s) {
  requires std::same_as<std::remove_cvref_t<decltype(s.channel)>, Channel>;
};

}  // namespace handfast::stdio::compat
