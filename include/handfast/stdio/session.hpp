#pragma once

// The secure channel between the roles: epochs of keys, and how a record is sealed and opened with
// them.

#include <limits>
#include <optional>

#include "handfast/core/engine.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/ratchet/receive_chain.hpp"
#include "handfast/stdio/associated_data.hpp"
#include "handfast/stdio/context.hpp"
#include "handfast/stdio/messages.hpp"
#include "handfast/wire/binary.hpp"

namespace handfast::stdio {

/// One set of keys, both ways, and what was counted under it.
template <HardenedProfile Profile>
struct Epoch {
  using Receive = ratchet::ReceiveChain<ChainText, Profile::key_window>;

  std::uint32_t number = 0;
  ratchet::MessageChain<ChainText> send;
  Receive receive;
  std::uint64_t acknowledged = 0;  // the highest of our sequences that the peer says it accepted
  std::uint64_t application_count = 0;  // application records that we sent
  SteadyTime began{};
  Secret<32> next_root;

  static constexpr auto fields = Fields{&Epoch::number,
                                        &Epoch::send,
                                        &Epoch::receive,
                                        &Epoch::acknowledged,
                                        &Epoch::application_count,
                                        &Epoch::began,
                                        &Epoch::next_root};

  /// Epoch `n` as the side that sends in `direction` has it.
  static Epoch from(EpochKeys keys, std::uint32_t n, Direction direction, const Time& now) {
    const bool is_alice = direction == Direction::alice_to_bob;
    Epoch epoch;
    epoch.number = n;
    epoch.send = ratchet::MessageChain<ChainText>(
        std::move(is_alice ? keys.alice_to_bob : keys.bob_to_alice));
    epoch.receive = Receive(std::move(is_alice ? keys.bob_to_alice : keys.alice_to_bob));
    epoch.began = now.steady;
    epoch.next_root = std::move(keys.next_root);
    return epoch;
  }

  /// How many records may still be sent before the peer could no longer follow, or a counter ends.
  [[nodiscard]] std::uint64_t records_left(const Config& config) const noexcept {
    const std::uint64_t ahead = send.next() - 1 - acknowledged;
    const std::uint64_t followed = Profile::skip_max - std::min(ahead, Profile::skip_max);
    const std::uint64_t counted =
        config.sequence_max - std::min(send.next() - 1, config.sequence_max);
    if (detail::planted<"last sequence not the last">) return followed;
    return detail::planted<"sender runs ahead"> ? counted : std::min(followed, counted);
  }
  /// How many of them may carry application data: fewer by the reserve, and no more than the
  /// document's limit.
  [[nodiscard]] std::uint64_t application_left(const Config& config,
                                               const Time& now) const noexcept {
    if (now.steady - began >= config.epoch_time_max && !detail::planted<"keys never too old">)
      return 0;
    const std::uint64_t left = records_left(config);
    const std::uint64_t reserve = detail::planted<"reserve not kept"> ? 0 : Profile::reserve_count;
    return std::min(left - std::min(left, reserve),
                    config.messages_max - std::min(application_count, config.messages_max));
  }
  /// A limit is near enough for new keys to be asked for, so that they are there before it is
  /// reached.
  [[nodiscard]] bool wants_rekey(const Config& config, const Time& now) const noexcept {
    const std::uint64_t followed = std::min(config.sequence_max, Profile::skip_max);
    const std::uint64_t fresh =
        std::min(config.messages_max, followed - std::min(followed, Profile::reserve_count));
    const std::uint64_t lead = std::min(std::uint64_t{128}, fresh / 4);  // never all that is fresh
    return (application_left(config, now) <= lead && !detail::planted<"new keys not asked for">) ||
           now.steady - began >= rekey_age(config);
  }
  /// New keys are asked for a sixteenth before the time is over, so that no data has to wait for
  /// them.
  [[nodiscard]] static Duration rekey_age(const Config& config) noexcept {
    const Duration age = config.epoch_time_max;
    return age == Duration::max() ? age : age - age / 16;
  }
};

/// The channel's keys: the present epoch, and the one before it until the peer has shown that it
/// has the present one.
template <HardenedProfile Profile>
struct Session {
  SessionId id{};
  Direction direction = Direction::alice_to_bob;  // in which this side sends
  Epoch<Profile> current;
  std::optional<Epoch<Profile>> previous;
  bool sends_in_previous = false;  // the child, until a record of the present epoch has come

  static constexpr auto fields = Fields{&Session::id, &Session::direction, &Session::current,
                                        &Session::previous, &Session::sends_in_previous};

  struct Pending {
    bool is_previous = false;
    typename Epoch<Profile>::Receive::Pending receive;
    std::uint64_t acknowledged = 0;
  };

  [[nodiscard]] Epoch<Profile>& sending() noexcept {
    return sends_in_previous ? *previous : current;
  }
  [[nodiscard]] const Epoch<Profile>& sending() const noexcept {
    return sends_in_previous ? *previous : current;
  }

  /// Whether there is a number for another epoch: none comes twice.
  [[nodiscard]] bool has_next_epoch() const noexcept {
    return current.number < std::numeric_limits<std::uint32_t>::max();
  }
  /// New keys: the present epoch becomes the previous one, and what was before that is wiped.
  void begin(Epoch<Profile> next) {
    previous = std::move(current);
    current = std::move(next);
    sends_in_previous =
        direction == Direction::bob_to_alice && !detail::planted<"child too soon in a new epoch">;
  }

  /// Seals `message` as the next record of the epoch that this side sends in. The handler has made
  /// sure that one is left.
  template <class Message>
  void seal(Message message, Context& context, Frames& frames) {
    Epoch<Profile>& epoch = sending();
    message.acknowledged = epoch.receive.highest();
    const std::size_t size = wire::binary::encoded_size(message);
    const MutableBytes frame =
        frames.add(channel_link, Record::header_size + size + context.aead.tag_size);
    wire::Writer writer{frame};
    const Record header{epoch.number, epoch.send.next(), context.nonce, {}};
    const bool fits =
        write_header(header, writer) && wire::binary::encode(message, writer).has_value();
    const AssociatedData ad(id, epoch.number, epoch.send.next(), direction,
                            context.config.endpoint);
    const auto key = epoch.send.message_key(context.hkdf);
    const auto sealed =
        context.aead.seal(key, context.nonce, ad.bytes(), frame.subspan(Record::header_size, size),
                          frame.subspan(Record::header_size));
    if (!fits || !sealed) wipe(frame);  // Botan refused: zeros go out, not the plaintext
    epoch.send.step(context.hkdf);
    if constexpr (requires { Message::application_data; })
      if (!detail::planted<"messages not counted">) ++epoch.application_count;
  }

  /// Opens `record` into `plaintext` with the one key that can fit, and says what to commit.
  /// Changes nothing.
  [[nodiscard]] std::expected<Pending, Fault> open(const Record& record, Context& context,
                                                   Buffer& plaintext) const {
    Pending pending;
    pending.is_previous = record.epoch != current.number;
    if (pending.is_previous && !(previous && previous->number == record.epoch))
      return std::unexpected(record.epoch < current.number ? Fault::stale : Fault::too_far_ahead);
    const Epoch<Profile>& epoch = pending.is_previous ? *previous : current;
    auto key =
        epoch.receive.key_for(record.sequence, Profile::skip_max, context.hkdf, pending.receive);
    if (!key) return std::unexpected(key.error());
    const AssociatedData ad(id, record.epoch, record.sequence, reverse(direction),
                            context.config.endpoint);
    const MutableBytes out = plaintext.extend(record.ciphertext.size() - context.aead.tag_size);
    auto opened = context.aead.open(*key, record.nonce, ad.bytes(), record.ciphertext, out);
    if (!opened && detail::planted<"second key tried">)
      opened = context.aead.open(epoch.next_root, record.nonce, ad.bytes(), record.ciphertext, out);
    if (!opened) return std::unexpected(opened.error());
    return pending;
  }

  /// Opens `record` as one of `Messages...`: the message and what to commit, or a fault and no
  /// change.
  template <class... Messages>
  [[nodiscard]] std::expected<Opened<Pending, Messages...>, Fault> open_any(
      const Record& record, Context& context, Buffer& plaintext) const {
    auto pending = open(record, context, plaintext);
    if (!pending) return std::unexpected(pending.error());
    auto message = wire::binary::decode_any<Messages...>(plaintext.bytes());
    if (!message) return std::unexpected(message.error());
    std::visit(
        [&](auto& m) {  // the previous epoch's wish for new keys has been granted: these are they
          if constexpr (requires { m.wants_rekey; })
            m.wants_rekey = m.wants_rekey && !pending->is_previous;
        },
        *message);
    const auto acknowledged = std::visit([](const auto& m) { return m.acknowledged; }, *message);
    if (const auto known = acknowledge(*pending, acknowledged); !known)
      return std::unexpected(known.error());
    return Opened<Pending, Messages...>{std::move(*message), std::move(*pending)};
  }

  /// Notes what the peer acknowledges inside an opened record; `malformed` where we never sent that
  /// much.
  [[nodiscard]] std::expected<void, Fault> acknowledge(Pending& pending,
                                                       std::uint64_t acknowledged) const {
    const Epoch<Profile>& epoch = pending.is_previous ? *previous : current;
    // Behind the last number that there is the next one is 0.
    if (acknowledged > epoch.send.next() - 1 && !detail::planted<"acknowledgement not checked">)
      return std::unexpected(Fault::malformed);
    pending.acknowledged = acknowledged;
    return {};
  }

  /// What an authentic record changes, before the message in it does anything.
  void commit(Pending&& pending) {
    Epoch<Profile>& epoch = pending.is_previous ? *previous : current;
    epoch.receive.commit(std::move(pending.receive));
    epoch.acknowledged = std::max(epoch.acknowledged, pending.acknowledged);
    if (!pending.is_previous) {
      if (!detail::planted<"old epoch kept">) previous.reset();
      sends_in_previous = false;
    }
  }

 private:
  template <class Sink>
  static bool write_header(const Record& header, Sink& sink) {
    const std::uint8_t version[] = {Profile::version};
    return sink.write(version) && wire::write_big_endian(sink, header.epoch, 4) &&
           wire::write_big_endian(sink, header.sequence, 8) && sink.write(header.nonce);
  }
};

}  // namespace handfast::stdio
