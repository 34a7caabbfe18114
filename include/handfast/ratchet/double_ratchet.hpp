#pragma once

// The Double Ratchet (Signal, "The Double Ratchet Algorithm", revision 1): each message has a key
// of its own, of a chain that does not run back; and each time that the direction changes, a new
// agreement begins new chains, so that whoever had all keys is shut out again.
//
//   initiator                       responder                          section
//   root, sending = KDF(shared, DH) knows shared and its first key     3.3
//   {key, previous, number} ------> the same agreement, receiving      3.5
//                                   then a new key, another, sending
//
// Nothing here changes before a message has proved authentic (section 3.5): `key_for` works on a
// copy, `commit` takes it over.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "handfast/core/fault.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/crypto/hkdf.hpp"
#include "handfast/crypto/hmac.hpp"
#include "handfast/crypto/random.hpp"
#include "handfast/ratchet/late_keys.hpp"

namespace handfast::ratchet {

/// What a protocol calls the step of its root key: one text.
template <class T>
concept RootLabel = requires {
  { T::root_info } -> std::convertible_to<std::string_view>;
};

/// How many keys one message may make its receiver derive (section 3.1, MAX_SKIP, is for one chain),
/// and how many may wait in all (section 6.4).
struct SkipLimits {
  static constexpr std::uint32_t per_message_max = 1000;  // previous and new chain together
  static constexpr std::size_t kept_max = 2000;
};

/// What goes with a message, openly, and must be authenticated with it (section 3.1, HEADER).
struct Header {
  x25519::PublicKey key;       // the sender's present one
  std::uint32_t previous = 0;  // messages of the sender's chain before this one
  std::uint32_t number = 0;    // of the message in its chain, from 0
  friend bool operator==(const Header&, const Header&) = default;
};

/// One side of a session. Move-only.
template <RootLabel Labels>
class DoubleRatchet {
 public:
  using Key = Secret<32>;

  /// No session; a place to restore one to.
  DoubleRatchet() = default;

  /// The side that speaks first (section 3.3): `shared` is what both have agreed on, `theirs` the
  /// responder's first key. `random_source_failed`, `low_order_key`.
  [[nodiscard]] static std::expected<DoubleRatchet, Fault> initiator(
      Key shared, const x25519::PublicKey& theirs, Random& random, Hkdf& hkdf) {
    DoubleRatchet made;
    made.root_ = std::move(shared);
    made.theirs_ = theirs;
    auto next = made.next_sending(theirs, made.root_, random, hkdf);
    if (!next) return std::unexpected(next.error());
    made.take(std::move(*next));
    return made;
  }

  /// The side that is spoken to; it can send when the first message has come. `own` is the private
  /// half of its first key.
  [[nodiscard]] static DoubleRatchet responder(Key shared, x25519::PrivateKey own) {
    DoubleRatchet made;
    made.root_ = std::move(shared);
    made.own_ = std::move(own);
    return made;
  }

  /// Whether there is a chain to send with.
  [[nodiscard]] bool can_send() const noexcept { return sends_; }
  /// Whether the chain has another number. None is used twice: it is as long as 32 bits.
  [[nodiscard]] bool has_numbers() const noexcept {
    return sent_ < std::numeric_limits<std::uint32_t>::max();
  }
  /// The header of the next message; only where there is a chain to send with.
  [[nodiscard]] Header next() const noexcept { return {own_.public_key(), previous_, sent_}; }
  /// The key of the next message, which is used once; the chain moves on (section 3.4).
  [[nodiscard]] Key send(HmacSha256& hmac) {
    Key key = message_key(sending_, hmac);
    sending_ = next_chain_key(sending_, hmac);
    ++sent_;
    return key;
  }

  /// What becomes of the session when a message proves authentic.
  struct Pending {
    Header header;
    bool was_late = false;  // its key was kept; otherwise:
    bool steps = false;     // the message began a chain
    Key root, receiving;    // behind it
    LateKeys<SkipLimits::kept_max> skipped;

   private:
    friend class DoubleRatchet;
    struct Sending {
      Key root, chain;
      x25519::PrivateKey own;
    } sending;
  };

  /// The one key to try for a message with this header, and in `pending` what to commit if it fits
  /// (section 3.5). `too_far_ahead` where more keys would be skipped than one message may;
  /// `replayed` where the chain is known to be beyond the message and its key is gone; of an older
  /// chain of which no key is kept it is not known, and the key does not fit. `low_order_key`;
  /// `limit_reached` for the number that nobody sends.
  [[nodiscard]] std::expected<Key, Fault> key_for(const Header& header, UnixTime now, Hkdf& hkdf,
                                                  HmacSha256& hmac, Pending& pending) const {
    pending.header = header;
    if (header.number == std::numeric_limits<std::uint32_t>::max())
      return std::unexpected(Fault::limit_reached);
    const bool is_in_chain = receives_ && header.key == theirs_;
    // Section 3.5, TrySkippedMessageKeys: each is good for one message.
    // A key of the present chain that is ahead cannot have been kept: there is nothing to look for,
    // however much is kept.
    if (!is_in_chain || header.number < received_) {
      if (const Key* kept = late_.find(header.key, header.number)) {
        pending.was_late = true;
        return kept->dangerous_copy();
      }
      if (is_in_chain || late_.knows(header.key)) return std::unexpected(Fault::replayed);
    }
    // SkipMessageKeys: of the chain before up to `previous`, of this one up to `number`.
    const std::uint64_t before =
        !is_in_chain && receives_ && header.previous > received_ ? header.previous - received_ : 0;
    const std::uint64_t here = is_in_chain ? header.number - received_ : header.number;
    if (before + here > SkipLimits::per_message_max +
                            (handfast::detail::planted<"ratchet skips one too many"> ? 1u : 0u))
      return std::unexpected(Fault::too_far_ahead);

    pending.skipped.reserve(before + here);
    if (is_in_chain) {
      pending.receiving = receiving_.dangerous_copy();
    } else {
      if (before > 0) {
        Key chain = receiving_.dangerous_copy();
        skip(chain, theirs_, received_, header.previous, now, hmac, pending.skipped);
      }
      const auto agreed = x25519::agree(own_, header.key);  // DHRatchet, its first half
      if (!agreed) return std::unexpected(agreed.error());
      std::tie(pending.root, pending.receiving) = next_root(root_, *agreed, hkdf);
      pending.steps = true;
    }
    skip(pending.receiving, header.key, is_in_chain ? received_ : 0, header.number, now, hmac,
         pending.skipped);
    Key key = message_key(pending.receiving, hmac);
    pending.receiving = next_chain_key(pending.receiving, hmac);
    return key;
  }

  /// Once the message has proved authentic, and before `commit`: draws the next own key where the
  /// message began a chain (section 3.5, DHRatchet, its second half). `random_source_failed`,
  /// `low_order_key`; then nothing is committed.
  [[nodiscard]] std::expected<void, Fault> answer(Pending& pending, Random& random,
                                                  Hkdf& hkdf) const {
    if (!pending.steps) return {};
    auto next = next_sending(pending.header.key, pending.root, random, hkdf);
    if (!next) return std::unexpected(next.error());
    pending.sending = std::move(*next);
    return {};
  }

  /// The message was authentic, and `answer` has been asked: its key can never be had again.
  /// Whether other keys of late messages are kept now than before.
  bool commit(Pending&& pending) {
    const Header& header = pending.header;
    if (pending.was_late) {
      // Sections 3.5 and 6.1: a key that has opened its message is deleted.
      if (!handfast::detail::planted<"late key kept after use">)
        late_.erase(header.key, header.number);
      return true;
    }
    const bool is_gap = pending.skipped.size() > 0;
    pending.skipped.move_to(late_);
    receiving_ = std::move(pending.receiving);
    received_ = header.number + 1;
    receives_ = true;
    if (pending.steps) {
      theirs_ = header.key;
      take(std::move(pending.sending));
    }
    return is_gap;
  }

  /// How many keys of late messages are kept.
  [[nodiscard]] std::size_t late_count() const noexcept { return late_.size(); }
  /// The earliest time at which one of them was skipped; nothing where there is none.
  [[nodiscard]] std::optional<UnixTime> earliest_late() const noexcept { return late_.earliest(); }
  /// Wipes those that were skipped at `until` or earlier, or after `now`: their messages are lost
  /// (section 6.4).
  void forget_late(UnixTime until, UnixTime now) { late_.forget(until, now); }

  void dangerous_write(auto& writer) const {
    own_.dangerous_write(writer);
    theirs_.dangerous_write(writer);
    for (const Key* key : {&root_, &sending_, &receiving_}) key->dangerous_write(writer);
    for (const std::uint32_t number : {sent_, received_, previous_}) writer.integer(number);
    writer.integer(static_cast<std::uint8_t>((sends_ ? 1 : 0) | (receives_ ? 2 : 0)));
    late_.dangerous_write(writer);
  }
  [[nodiscard]] bool dangerous_read(auto& reader) {
    std::uint8_t flags = 0;
    bool fine = own_.dangerous_read(reader) && theirs_.dangerous_read(reader);
    for (Key* key : {&root_, &sending_, &receiving_}) fine = fine && key->dangerous_read(reader);
    for (std::uint32_t* number : {&sent_, &received_, &previous_})
      fine = fine && reader.integer(*number);
    fine = fine && reader.integer(flags) && flags <= 3 && late_.dangerous_read(reader);
    sends_ = (flags & 1) != 0;
    receives_ = (flags & 2) != 0;
    return fine;
  }

 private:
  using Sending = typename Pending::Sending;

  // Section 5.2: KDF_RK by HKDF, the root key as salt.
  [[nodiscard]] static std::pair<Key, Key> next_root(const Key& root, const Key& agreed,
                                                     Hkdf& hkdf) {
    const auto both = hkdf.derive<64>(agreed.bytes(), root.bytes(),
                                      bytes_of(std::string_view(Labels::root_info)));
    return {Key::from(both.bytes().template first<32>()),
            Key::from(both.bytes().template last<32>())};
  }
  // Section 5.2: KDF_CK by HMAC, 1 for the message and 2 for the chain.
  [[nodiscard]] static Key message_key(const Key& chain, HmacSha256& hmac) {
    static constexpr std::uint8_t one[] = {1};
    return hmac.mac_secret(chain.bytes(), Bytes{one});
  }
  [[nodiscard]] static Key next_chain_key(const Key& chain, HmacSha256& hmac) {
    static constexpr std::uint8_t two[] = {2};
    return hmac.mac_secret(chain.bytes(), Bytes{two});
  }
  static void skip(Key& chain, const x25519::PublicKey& of, std::uint32_t from, std::uint32_t to,
                   UnixTime now, HmacSha256& hmac, LateKeys<SkipLimits::kept_max>& kept) {
    for (; from < to; ++from) {
      kept.add(of, from, now, message_key(chain, hmac));
      chain = next_chain_key(chain, hmac);
    }
  }

  [[nodiscard]] std::expected<Sending, Fault> next_sending(const x25519::PublicKey& theirs,
                                                           const Key& root, Random& random,
                                                           Hkdf& hkdf) const {
    auto own = handfast::detail::planted<"ratchet key never changed"> && own_.has_key()
                   ? std::expected<x25519::PrivateKey, Fault>(own_.dangerous_copy())
                   : x25519::PrivateKey::generate(random);
    if (!own) return std::unexpected(own.error());
    const auto agreed = x25519::agree(*own, theirs);
    if (!agreed) return std::unexpected(agreed.error());
    auto [next, chain] = next_root(root, *agreed, hkdf);
    return Sending{std::move(next), std::move(chain), std::move(*own)};
  }
  void take(Sending&& next) {
    root_ = std::move(next.root);
    sending_ = std::move(next.chain);
    own_ = std::move(next.own);
    previous_ = std::exchange(sent_, 0);
    sends_ = true;
  }

  // Section 3.2, by its names: DHs, DHr, RK, CKs, CKr, Ns, Nr, PN, MKSKIPPED.
  x25519::PrivateKey own_;
  x25519::PublicKey theirs_;
  Key root_, sending_, receiving_;
  std::uint32_t sent_ = 0, received_ = 0, previous_ = 0;
  bool sends_ = false, receives_ = false;
  LateKeys<SkipLimits::kept_max> late_;
};

}  // namespace handfast::ratchet
