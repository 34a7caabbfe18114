#pragma once

// The profile of the document's counter, made sound: a key for each direction, a counter that is sent
// and authenticated, a window for what is lost or late, and the document's way to get in step again.
//
//   key         HKDF-Expand(SK, label | direction, 1 to the issuer, 2 to the holder | T), 32 bytes
//   header      version (1 byte, 2), type (1), counter (8, from 1)
//   nonce       SHA-256(counter), the first 16 bytes
//   content     header | AES-256-GCM(key of the direction, nonce, AD of the session | header, payload)
//
//   Synchronize  -> SyncRequest {nonce, highest counter accepted}
//   Synchronized <- SyncAnswer  {nonce, highest counter accepted}
//
// A message may be 2047 numbers late, and 2048 ahead; those of a synchronisation, and the first that
// is heard at all, 2^20. So who has lost more than a window asks, or is asked, and either message
// brings its receiver's window forward: never back, and no counter is changed by what the other side
// says. Beyond 2^20 only a new agreement helps.
//
// A counter is used once, up to 2^32, then `limit_reached`. Each stored state reserves the next 1000
// numbers for whoever goes on from it: a restored session first jumps past them. Each output asks
// for a store before its frames leave; who has done so with its first message, or the first since it
// was restored, and once in 1000 messages from there, seals nothing twice with one key and nonce.
// Whoever goes on from an older copy does, and so do two copies of one state: that is `Hardened`'s to
// bear. So are secrecy of what was said in the session before its keys were lost, and healing.

#include "handfast/ratchet/replay_window.hpp"
#include "handfast/x3dh/counter_messages.hpp"
#include "handfast/x3dh/counter_nonce.hpp"
#include "handfast/x3dh/holder.hpp"
#include "handfast/x3dh/issuer.hpp"

namespace handfast::x3dh {

/// The other side has accepted no counter that was never sent. If it has, this side's state is older
/// than what it has sent, and only a new agreement helps.
struct AcceptedWasSent {
  static constexpr Fault fault = Fault::too_far_ahead;
};

/// The counter of what a side sends: used once each, and never lower.
class SendCounter {
 public:
  static constexpr std::uint64_t max = std::uint64_t{1} << 32;
  static constexpr std::uint64_t reserved = 1000;  // behind a stored state

  /// The counter that is used next; at most `max`, or there is none.
  [[nodiscard]] std::uint64_t next() const noexcept {
    const bool jumps = is_restored_ && !handfast::detail::planted<"restored counter goes on">;
    return last_ + (jumps ? reserved : 0) + 1;
  }
  std::uint64_t use() noexcept {
    last_ = next();
    is_restored_ = false;
    return last_;
  }

  void dangerous_write(auto& writer) const { writer.integer(last_); }
  [[nodiscard]] bool dangerous_read(auto& reader) {
    is_restored_ = true;
    return reader.integer(last_) && last_ <= max;
  }

 private:
  std::uint64_t last_ = 0;
  bool is_restored_ = false;  // and has sent nothing since
};

template <>
struct Sealing<Counter> {
  static constexpr std::uint64_t ahead_max = 2048;  // of messages; one fewer may be late
  static constexpr std::uint64_t sync_ahead_max = std::uint64_t{1} << 20;
  using Window = ratchet::ReplayWindow<ahead_max>;

  struct Pending {
    std::uint64_t counter = 0;
    std::uint8_t type = CounterContent::data;
  };
  using Opened = handfast::Opened<Pending, Message, Empty, SyncRequest, SyncAnswer>;

  Secret<32> sending, receiving;
  SendCounter sent;
  Window window;                   // of the other side's
  std::optional<SyncNonce> asked;  // and not answered yet
  static constexpr auto fields = Fields{&Sealing::sending, &Sealing::receiving, &Sealing::sent,
                                        &Sealing::window, &Sealing::asked};

  [[nodiscard]] static std::expected<Sealing, Fault> of_holder(Secret<32> shared, const Terms&,
                                                               const Transcript& transcript,
                                                               Context& c) {
    return made(shared, transcript, 1, 2, c);
  }
  [[nodiscard]] static Sealing of_issuer(Secret<32> shared, const Transcript& transcript,
                                         const x25519::PrivateKey&, Context& c) {
    return made(shared, transcript, 2, 1, c);
  }

  [[nodiscard]] static std::expected<Salt, Fault> draw(Random&) { return Salt{}; }
  [[nodiscard]] bool has_numbers() const noexcept { return sent.next() <= SendCounter::max; }
  [[nodiscard]] bool may_say_more() const noexcept { return sent.next() < unanswered_max; }
  /// The highest counter that this side may have sent, before its state was stored or since.
  [[nodiscard]] std::uint64_t sent_at_most() const noexcept { return sent.next() - 1; }

  template <class M>
  void seal(const M& message, Bytes session, Context& c) {
    if constexpr (requires { message.payload; }) {
      seal_as(CounterContent::data, message.payload, session, c);
    } else {
      std::array<std::uint8_t, sizeof(SyncNonce) + 8> memory{};
      wire::Writer writer(memory);
      (void)wire::binary::encode(message, writer);  // it has room, and all values are allowed
      constexpr bool is_answer = std::same_as<M, SyncAnswer>;
      seal_as(is_answer ? CounterContent::sync_answer : CounterContent::sync_request,
              writer.written(), session, c);
    }
  }
  void seal(const Empty&, Bytes session, Context& c) {
    seal_as(CounterContent::data, {}, session, c);
  }

  /// What is wrong with the content; `unknown_type`; `replayed`, `stale`, `too_far_ahead` by its
  /// counter; `not_authentic`.
  [[nodiscard]] std::expected<Bytes, Fault> open(Bytes given, Bytes session, Pending& pending,
                                                 Context& c, Buffer& plaintext) const {
    const auto content = wire::binary::decode<CounterContent>(given);
    if (!content) return std::unexpected(content.error());
    const std::uint64_t counter = content->counter;
    if (content->type > CounterContent::sync_answer) return std::unexpected(Fault::unknown_type);
    if (counter == 0 || counter > SendCounter::max) return std::unexpected(Fault::malformed);
    if (const auto is_new = window.check(counter); !is_new) return std::unexpected(is_new.error());
    const bool may_leap = content->type != CounterContent::data || !window.any();
    if (counter > window.highest() + (may_leap ? sync_ahead_max : ahead_max) &&
        !handfast::detail::planted<"counter may leap">)
      return std::unexpected(Fault::too_far_ahead);
    const Covered covered(session, header_of(given));
    const MutableBytes payload = plaintext.extend(content->ciphertext.size() - tag_size);
    if (const auto opened = c.aead_nonce16.open(receiving, counter_nonce(counter, c.sha256),
                                                covered.bytes(), content->ciphertext, payload);
        !opened)
      return std::unexpected(opened.error());
    pending = {counter, content->type};
    return payload;
  }
  /// Only data comes with the holder's keys.
  [[nodiscard]] std::expected<Bytes, Fault> open_first(Bytes given, Bytes session, Pending& pending,
                                                       Context& c, Buffer& plaintext) const {
    const auto payload = open(given, session, pending, c, plaintext);
    if (payload && pending.type != CounterContent::data) return std::unexpected(Fault::malformed);
    return payload;
  }
  [[nodiscard]] static std::expected<Opened, Fault> read(Bytes payload, Pending&& pending) {
    if (pending.type == CounterContent::sync_request) return read_as<SyncRequest>(payload, pending);
    if (pending.type == CounterContent::sync_answer) return read_as<SyncAnswer>(payload, pending);
    return message_or_empty<Opened>(payload, pending);
  }
  bool commit(Pending&& pending) {
    window.accept(pending.counter);
    return false;
  }

 private:
  // Before the first answer: half of what the first that is heard may be ahead.
  static constexpr std::uint64_t unanswered_max = sync_ahead_max / 2;
  static_assert(unanswered_max + Config::attempts_max * (SendCounter::reserved + 1) <=
                sync_ahead_max);

  [[nodiscard]] static Sealing made(const Secret<32>& shared, const Transcript& transcript,
                                    std::uint8_t sending, std::uint8_t receiving, Context& c) {
    const auto key = [&](std::uint8_t direction) {
      const std::uint8_t which[] = {handfast::detail::planted<"counter has one key for both ways">
                                        ? std::uint8_t{1}
                                        : direction};
      return c.hkdf.expand<32>(shared.bytes(),
                               {bytes_of(labels::counter_key), Bytes(which), transcript});
    };
    Sealing made;
    made.sending = key(sending);
    made.receiving = key(receiving);
    c.hkdf.forget();  // it would hold what both are derived from
    return made;
  }
  template <class M>
  [[nodiscard]] static std::expected<Opened, Fault> read_as(Bytes payload, const Pending& pending) {
    const auto message = wire::binary::decode<M>(payload);
    if (!message) return std::unexpected(message.error());
    return Opened{*message, pending};
  }
  [[nodiscard]] static Bytes header_of(Bytes content) {
    return content.first(handfast::detail::planted<"type of a content not covered">
                             ? 1
                             : CounterContent::header_size);
  }
  void seal_as(std::uint8_t type, Bytes payload, Bytes session, Context& c) {
    const std::uint64_t counter = sent.use();
    const MutableBytes all =
        c.content.extend(CounterContent::header_size + payload.size() + tag_size);
    wire::Writer writer(all);
    (void)wire::binary::encode(Header{type, counter}, writer);  // it has room
    const Covered covered(session, header_of(all));
    (void)c.aead_nonce16.seal(sending, counter_nonce(counter, c.sha256), covered.bytes(), payload,
                              all.subspan(CounterContent::header_size));  // the size is right
  }

  /// What is open of a content.
  struct Header {
    std::uint8_t type = 0;
    std::uint64_t counter = 0;
    using layout =
        wire::Layout<"content header", wire::Version<"version", std::uint8_t{2}>,
                     wire::Field<"type", &Header::type>, wire::Field<"counter", &Header::counter>>;
  };
  static_assert(wire::encoded_size<Header> == CounterContent::header_size &&
                CounterContent::header_size <= Covered::header_size_max);
};

template <class Role>
struct Additions<Role, Counter> {
  using Established = states::Established<Counter>;

  // clang-format off
  using AddedRows = Transitions<
    Row<Established, Synchronize, Established, SyncRequest, StoresFirst, Requires<ChainHasNumbers, RandomSourceWorks>>,
    Row<Established, SyncRequest, Established, SyncAnswer,  StoresFirst, Requires<AcceptedWasSent, ChainHasNumbers>>,
    Row<Established, SyncAnswer,  Established, Tells<Synchronized>, StoresFirst, Requires<AcceptedWasSent>>,
    Row<Established, SyncAnswer,  Established, StoresFirst, Requires<AcceptedWasSent>>>;     // of an earlier request
  // clang-format on
  template <class... States>
  using AddedElsewhere = Transitions<Ignore<States, SyncRequest, SyncAnswer>...>;
  using AddedCommands = List<Synchronize>;
  using AddedMessages = List<SyncRequest, SyncAnswer>;
  using AddedTimers = List<>;

  static void write(Established& s, const SyncRequest& m, Context& c, Frames& frames) {
    say(s, m, c, frames);
  }
  static void write(Established& s, const SyncAnswer& m, Context& c, Frames& frames) {
    say(s, m, c, frames);
  }

  static Next<Role, Established, Synchronize> react(Established& s, const Synchronize&,
                                                    Context& c) {
    Sealing<Counter>& sealing = s.session.sealing;
    if (auto broken = require<ChainHasNumbers>(sealing.has_numbers())) return broken;
    const auto nonce = c.random.bytes<16>();
    if (auto broken = require<RandomSourceWorks>(nonce.has_value())) return broken;
    sealing.asked = *nonce;
    return stay(SyncRequest{*nonce, 0});
  }
  static Next<Role, Established, SyncRequest> react(Established& s, const SyncRequest& m,
                                                    Context&) {
    const Sealing<Counter>& sealing = s.session.sealing;
    if (auto broken = require<AcceptedWasSent>(m.highest <= sealing.sent_at_most())) return broken;
    if (auto broken = require<ChainHasNumbers>(sealing.has_numbers())) return broken;
    return stay(SyncAnswer{m.nonce, 0});
  }
  static Next<Role, Established, SyncAnswer> react(Established& s, const SyncAnswer& m, Context&) {
    Sealing<Counter>& sealing = s.session.sealing;
    if (auto broken = require<AcceptedWasSent>(m.highest <= sealing.sent_at_most())) return broken;
    const bool is_asked = sealing.asked == m.nonce;
    if (!is_asked && !handfast::detail::planted<"any answer synchronizes">) return stay();
    sealing.asked.reset();
    return stay(Synchronized{m.highest});
  }

 private:
  /// With what this side has accepted, also of the message that is answered.
  template <class M>
  static void say(Established& s, M m, Context& c, Frames& frames) {
    m.highest = s.session.sealing.window.highest();
    write_frame(s.session.seal(m, c), c, frames);
  }
};

}  // namespace handfast::x3dh
