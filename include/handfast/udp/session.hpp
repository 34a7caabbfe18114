#pragma once

// A session's packets: how they are sealed and opened, which key they are under, and what each side
// knows of what the other has.

#include <bit>
#include <optional>

#include "handfast/core/apart.hpp"
#include "handfast/core/engine.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/ratchet/replay_window.hpp"
#include "handfast/udp/context.hpp"

namespace handfast::udp {

/// The direction that we seal.
struct Sending {
  Secret<32> key;
  std::uint32_t epoch = 0;
  std::uint32_t seen_epoch = 0;     // the highest of ours that the other side has opened
  std::uint64_t next = 0;           // number; never set back
  std::uint64_t sent_in_epoch = 0;  // packets
  SteadyTime began{};               // the epoch did
  static constexpr auto fields =
      Fields{&Sending::key,  &Sending::epoch,         &Sending::seen_epoch,
             &Sending::next, &Sending::sent_in_epoch, &Sending::began};

  /// Whether the key has done its part.
  [[nodiscard]] bool wants_rotation(const Config& config, const Time& now) const noexcept {
    if (handfast::detail::planted<"packet keys never rotated">) return false;
    return sent_in_epoch >= config.epoch_packets_max || now.steady - began >= config.epoch_time_max;
  }
  /// Whether the other side could still follow.
  [[nodiscard]] bool is_seen() const noexcept {
    return epoch - seen_epoch < epochs_unseen_max ||
           handfast::detail::planted<"sender runs ahead of what was seen">;
  }
  /// Whether data has to wait until the other side says that it has opened a newer epoch.
  [[nodiscard]] bool is_stuck(const Config& config, const Time& now) const noexcept {
    return epoch < config.epoch_max && wants_rotation(config, now) && !is_seen();
  }
  /// Whether only the end may still be said.
  [[nodiscard]] bool is_worn_out(const Config& config, const Time& now) const noexcept {
    return next > config.counter_max - Config::counter_reserve ||
           (epoch >= config.epoch_max && wants_rotation(config, now));
  }
};

/// What opens packets of the epoch before, for a while.
struct OldKey {
  Secret<32> key;
  std::uint32_t epoch = 0;
  Deadline<OldKeyDue> due;  // runs as long as there is one
  static constexpr auto fields = Fields{&OldKey::key, &OldKey::epoch, &OldKey::due};
};

/// The direction that we open.
struct Receiving {
  Secret<32> key;
  std::uint32_t epoch = 0;
  Apart<OldKey> old;
  ratchet::ReplayWindow<replay_window_size> window;
  static constexpr auto fields =
      Fields{&Receiving::key, &Receiving::epoch, &Receiving::old, &Receiving::window};

  [[nodiscard]] bool has_old() const noexcept { return old->due.at != never; }
};

/// What an authentic packet changes, before the message in it does anything.
struct Pending {
  std::uint64_t counter = 0;
  std::uint32_t epoch = 0;
  std::optional<Secret<32>> key;  // of a new epoch
  std::uint32_t seen_epoch = 0;
  Address from;
  std::uint64_t size = 0;  // of the datagram, in bytes
  bool is_newest = false;
};

/// One session, either side. What each packet touches lies together: of many sessions it is in no
/// cache.
struct Session {
  IdHalf client_half{};
  IdHalf server_half{};
  Deadline<HeartbeatDue> heartbeat_due;
  Deadline<PeerSilent> peer_silent;
  Deadline<WornOut> worn_out;
  std::uint64_t failed_opens = 0;
  Sending sending;
  Receiving receiving;
  bool has_resumption = false;
  Resumption resumption;
  static constexpr auto fields =
      Fields{&Session::client_half, &Session::server_half, &Session::heartbeat_due,
             &Session::peer_silent, &Session::worn_out,    &Session::failed_opens,
             &Session::sending,     &Session::receiving,   &Session::has_resumption,
             &Session::resumption};

  /// As the client has it, or the server.
  [[nodiscard]] static Session of(SessionKeys& keys, const Connected& connected, bool is_client,
                                  const Context& c) {
    Session made;
    made.client_half = connected.client_half;
    made.server_half = connected.server_half;
    made.sending.key = std::move(is_client ? keys.client_to_server : keys.server_to_client);
    made.receiving.key = std::move(is_client ? keys.server_to_client : keys.client_to_server);
    made.sending.began = c.now.steady;
    made.resumption = std::move(keys.resumption);
    made.has_resumption = true;
    made.heartbeat_due = Deadline<HeartbeatDue>::in(c.config.heartbeat_interval, c.now);
    made.peer_silent = Deadline<PeerSilent>::in(c.config.silence_timeout, c.now);
    return made;
  }

  /// The size of the datagram that carries `payload_size` bytes of an application.
  [[nodiscard]] static constexpr std::uint64_t data_size(std::size_t payload_size) noexcept {
    return Packet::header_size + 6 + std::max(payload_size, data_size_min) + Ciphers::tag_size;
  }

  /// Seals `message` as the session's next packet, to `to`; returns the size of the datagram, or 0
  /// and nothing where the session has no number left.
  // In one piece of code, as is `open`: calls for each field and copy take longer than what they do.
  template <class M>
  [[gnu::flatten]] std::size_t seal(M message, const Address& to, Context& c, Frames& frames) {
    const auto& config = c.config;
    if (sending.next > config.counter_max || sending.next == ~std::uint64_t{0}) return 0;
    if (sending.wants_rotation(config, c.now) && sending.is_seen() &&
        sending.epoch < config.epoch_max)
      rotate(c);
    message.seen_epoch = receiving.epoch;
    std::array<std::uint8_t, data_size_min> padded{};
    if constexpr (std::same_as<M, Data>)
      if (message.bytes.size() < data_size_min) {
        std::ranges::copy(message.bytes, padded.begin());
        message.padding = static_cast<std::uint8_t>(data_size_min - message.bytes.size());
        message.bytes = padded;
      }
    if constexpr (requires { message.asks; })
      if (sending.is_stuck(config, c.now)) message.asks = 1;

    const std::size_t contents_size = wire::binary::encoded_size(message);
    const std::size_t size = Packet::header_size + contents_size + Ciphers::tag_size;
    const MutableBytes frame = frames.add(c.link, Address::size + size);
    const Header header = header_of(sending.epoch, sending.next);
    wire::Writer writer{frame};
    const bool fits = writer.write(to.bytes()) && writer.write(header) &&
                      wire::binary::encode(message, writer).has_value();
    const MutableBytes sealed = frame.subspan(Address::size + Packet::header_size);
    const auto done =
        c.ciphers.seal(sending.key, nonce_in(header), header, sealed.first(contents_size), sealed);
    wipe(padded);
    if (!fits || !done) wipe(frame);  // Botan refused: zeros go out, not the plaintext
    ++sending.next;
    ++sending.sent_in_epoch;
    const Duration pause =
        sending.is_stuck(config, c.now) ? config.ask_repeat : config.heartbeat_interval;
    heartbeat_due = Deadline<HeartbeatDue>::in(pause, c.now);
    if (sending.is_worn_out(config, c.now)) worn_out.at = std::min(worn_out.at, c.now.steady);
    return size;
  }

  /// Opens `packet`: the message and what to commit, or a fault and no change. What names this
  /// session, has a number that may come and does not open is `Forged`. `wrong_session`; `replayed`
  /// and `stale` by its number; `stale` and `too_far_ahead` by its epoch; `malformed`;
  /// `limit_reached` once too many have not opened.
  template <class... Ms>
  [[nodiscard, gnu::flatten]] std::expected<handfast::Opened<Pending, Ms..., Forged>, Fault> open(
      const Packet& packet, Context& c, Buffer& plaintext) const {
    std::expected<handfast::Opened<Pending, Ms..., Forged>, Fault> opened;
    const Fault fault = open_into<Ms...>(*opened, packet, c, plaintext);
    if (fault != Fault{}) opened = std::unexpected(fault);
    return opened;
  }

  void commit(Pending& pending, Context& c) {
    if (pending.key) (void)receiving.old.writable();  // or nothing is changed
    receiving.window.accept(pending.counter);
    if (pending.key) {
      OldKey& old = receiving.old.writable();
      old.key = std::move(receiving.key);
      old.epoch = receiving.epoch;
      old.due = Deadline<OldKeyDue>::in(c.config.old_key_time, c.now);
      receiving.key = std::move(*pending.key);
      receiving.epoch = pending.epoch;
      answer_at_once(c);  // its sender may go on only when it knows
    }
    sending.seen_epoch = std::max(sending.seen_epoch, pending.seen_epoch);
    peer_silent = Deadline<PeerSilent>::in(c.config.silence_timeout, c.now);
  }

  /// One more that did not open; the last that may ends the session.
  void count_forged(const Context& c) noexcept {
    if (handfast::detail::planted<"failed opens not counted">) return;
    if (++failed_opens >= c.config.failed_opens_max) worn_out.at = c.now.steady;
  }

  void answer_at_once(const Context& c) noexcept { heartbeat_due.at = c.now.steady; }
  /// Asks what the other side has opened, soon and however often this is called.
  void ask_soon(const Context& c) noexcept {
    heartbeat_due.at =
        std::min(heartbeat_due.at, Deadline<HeartbeatDue>::in(c.config.ask_repeat, c.now).at);
  }

  /// The key of the epoch before is over, also in the object that opens.
  void forget_old(Context& c) {
    if (handfast::detail::planted<"old packet key kept">) return;
    receiving.old.reset();
    c.ciphers.open_with(receiving.key);
  }

  /// Gives what another session can go on from, once.
  [[nodiscard]] std::optional<Resumption> take_resumption() {
    if (!std::exchange(has_resumption, false)) return std::nullopt;
    return std::exchange(resumption, {});
  }

 private:
  /// Into where it is to stay: keys are not moved about for each packet.
  template <class... Ms>
  [[nodiscard]] Fault open_into(handfast::Opened<Pending, Ms..., Forged>& opened,
                                const Packet& packet, Context& c, Buffer& plaintext) const {
    // As numbers: for `==` of their bytes GCC 12 makes calls.
    const auto differ = [](const IdHalf& a, const IdHalf& b) {
      return std::bit_cast<std::uint32_t>(a) ^ std::bit_cast<std::uint32_t>(b);
    };
    if ((differ(packet.client_half, client_half) | differ(packet.server_half, server_half)) != 0)
      return Fault::wrong_session;
    if (failed_opens >= c.config.failed_opens_max &&
        !handfast::detail::planted<"packets opened behind the integrity limit">)
      return Fault::limit_reached;
    if (const auto fresh = receiving.window.check(packet.counter); !fresh) return fresh.error();
    Pending& pending = opened.pending;
    pending.counter = packet.counter;
    pending.epoch = packet.epoch;
    pending.from = packet.from;
    pending.size = Packet::header_size + packet.ciphertext.size();
    pending.is_newest = !receiving.window.any() || packet.counter > receiving.window.highest();
    const auto key = key_for(packet.epoch, pending, c);
    if (!key) return key.error();

    const Header header = header_of(packet.epoch, packet.counter);
    const MutableBytes out = plaintext.extend(packet.ciphertext.size() - Ciphers::tag_size);
    if (!c.ciphers.open(**key, nonce_in(header), header, packet.ciphertext, out)) {
      opened.message.template emplace<Forged>();
      return Fault{};
    }
    if (const Fault fault = wire::binary::read_any<Ms...>(opened.message, out); fault != Fault{})
      return fault;
    return handfast::detail::visit_held(opened.message, [&]<class M>(M& m) {
      if constexpr (!std::same_as<M, Forged>) {
        pending.seen_epoch = m.seen_epoch;
        if (m.seen_epoch > sending.epoch && !handfast::detail::planted<"epoch seen that never was">)
          return Fault::malformed;
      }
      if constexpr (std::same_as<M, Data>)
        if (!m.is_sound()) return Fault::malformed;
      if constexpr (requires { m.from; }) m.from = packet.from;
      return Fault{};
    });
  }

  void rotate(Context& c) {
    sending.key = next_key(c.hkdf, sending.key);
    // It would hold the key that has just been replaced.
    if (!handfast::detail::planted<"replaced packet key kept in the hash">) c.hkdf.forget();
    ++sending.epoch;
    sending.sent_in_epoch = 0;
    sending.began = c.now.steady;
  }

  /// All of a packet that is before its ciphertext.
  using Header = std::array<std::uint8_t, Packet::header_size>;
  [[nodiscard]] Header header_of(std::uint32_t epoch, std::uint64_t counter) const noexcept {
    Header header{Hardened::version, 4};
    std::uint8_t* at = header.data() + 2;
    // Not by iterators: through those, GCC 12 copies byte by byte.
    const auto put = [&](const auto& bytes) { at = std::copy_n(bytes.data(), bytes.size(), at); };
    put(client_half);
    put(server_half);
    put(wire::big_endian(epoch));
    put(wire::big_endian(counter));
    return header;
  }
  /// RFC 8439's 96 bits: the epoch and the counter, with which a header ends.
  [[nodiscard]] static Ciphers::Cipher::Nonce nonce_in(const Header& header) noexcept {
    return std::span(header).last<Ciphers::Cipher::nonce_size>();
  }

  /// The one key that a packet of `epoch` may have been sealed with; that of a new epoch is in
  /// `pending`.
  [[nodiscard]] std::expected<const Secret<32>*, Fault> key_for(std::uint32_t epoch,
                                                                Pending& pending,
                                                                Context& c) const {
    if (epoch == receiving.epoch) return &receiving.key;
    if (epoch < receiving.epoch) {
      const OldKey& old = *receiving.old;
      const bool is_kept =
          receiving.has_old() && epoch == old.epoch &&
          (c.now.steady < old.due.at || handfast::detail::planted<"old packet key opens for ever">);
      if (!is_kept) return std::unexpected(Fault::stale);
      return &old.key;
    }
    if (epoch - receiving.epoch > epochs_ahead_max &&
        !handfast::detail::planted<"epochs ahead without bound">)
      return std::unexpected(Fault::too_far_ahead);
    Secret<32>& key = pending.key.emplace(next_key(c.hkdf, receiving.key));
    for (std::uint32_t at = receiving.epoch + 1; at < epoch; ++at) key = next_key(c.hkdf, key);
    c.hkdf.forget();
    return &key;
  }
};

}  // namespace handfast::udp
