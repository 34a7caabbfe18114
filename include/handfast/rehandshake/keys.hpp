#pragma once

// The key schedule and the proofs. X is a side in a role, initiator or responder:
//
//   P      = HKDF-Extract(salt `handfast rehandshake v2`, X's TX | X's RX)
//   k_X    = HKDF-Expand(P, X's role | session id | epoch)
//   key id = HKDF-Expand(P of the initiator, `key id` | session id | epoch)
//   B      = 1 | 32 bytes of the TLS exporter (RFC 9266), or 0 | 32 zeros
//   proof of REQUEST  = HMAC(k_I, `request`  | B | REQUEST without its proof)
//   proof of RESPONSE = HMAC(k_R, `response` | B | REQUEST | RESPONSE without its proof)
//   proof of COMPLETE = HMAC(k_I, `complete` | B | REQUEST | RESPONSE | COMPLETE without its proof)
//
// Messages are taken with their headers; the epoch is 4 bytes, highest first. All that goes into a
// proof behind its label is of fixed size, and no label begins another. A compat responder gives
// away HMAC(TX, 32 bytes): both keys go in, extracted, so that nothing of it is a key here. A
// proof names a role, so that no side's proof is ever the other's.
//
// The keys are derived once for each set of session keys, which are then wiped here.

#include "handfast/core/planted.hpp"
#include "handfast/crypto/hkdf.hpp"
#include "handfast/rehandshake/messages.hpp"
#include "handfast/wire/binary.hpp"

namespace handfast::rehandshake {

using KeyId = std::array<std::uint8_t, 16>;

/// The labels of this schedule; each is used for one thing.
namespace labels {
inline constexpr std::string_view salt = "handfast rehandshake v2";
inline constexpr std::string_view initiator = "initiator";
inline constexpr std::string_view responder = "responder";
inline constexpr std::string_view key_id = "key id";
inline constexpr std::string_view data = "data";
inline constexpr std::string_view request = "request";
inline constexpr std::string_view response = "response";
inline constexpr std::string_view complete = "complete";
}  // namespace labels

/// What ties a run to the channel that it goes over: 32 bytes that both ends of one TLS connection
/// have, and no other connection (`tls-exporter`, RFC 9266), or none, which must be asked for: who
/// is between the two may then relay a whole run, and only what is sealed is safe from him.
class ChannelBinding {
 public:
  static constexpr std::size_t size = 33;  // bytes, as they go into proofs

  [[nodiscard]] static ChannelBinding none() noexcept { return {}; }
  [[nodiscard]] static ChannelBinding of(std::span<const std::uint8_t, 32> exporter) noexcept {
    ChannelBinding made;
    made.bytes_[0] = 1;
    std::ranges::copy(exporter, made.bytes_.begin() + 1);
    return made;
  }
  [[nodiscard]] bool is_there() const noexcept { return bytes_[0] == 1; }
  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }

 private:
  ChannelBinding() = default;
  std::array<std::uint8_t, size> bytes_{};
};

/// The epoch as it goes into derivations.
[[nodiscard]] constexpr std::array<std::uint8_t, 4> epoch_bytes(std::uint32_t epoch) noexcept {
  return {static_cast<std::uint8_t>(epoch >> 24), static_cast<std::uint8_t>(epoch >> 16),
          static_cast<std::uint8_t>(epoch >> 8), static_cast<std::uint8_t>(epoch)};
}

/// What one side makes and checks proofs with, in both roles. `Key` is how a key is held.
template <class Key>
struct ProofKeysAs {
  SessionId session{};
  std::uint32_t epoch = 0;
  Key own_initiator;  // k_I where we are the initiator
  Key own_responder;
  Key peer_initiator;
  Key peer_responder;
  KeyId id_as_initiator{};  // of claims; tells nothing about the keys
  KeyId id_as_responder{};
};

/// The keys as they are derived.
struct ProofKeys : ProofKeysAs<Secret<32>> {
  [[nodiscard]] static ProofKeys of(const SessionKeys& keys, Hkdf& hkdf) {
    const auto salt = bytes_of(labels::salt);
    const auto own = hkdf.extract(salt, {keys.tx.bytes(), keys.rx.bytes()});
    const auto peers = hkdf.extract(salt, {keys.rx.bytes(), keys.tx.bytes()});
    const auto epoch =
        epoch_bytes(handfast::detail::planted<"epoch not in the proof's keys"> ? 0 : keys.epoch);
    const auto expand = [&](const Secret<32>& from, std::string_view label) {
      return hkdf.expand<32>(from.bytes(), {bytes_of(label), keys.session, epoch});
    };
    const std::string_view responder =
        handfast::detail::planted<"proofs name no role"> ? labels::initiator : labels::responder;
    ProofKeys made{{keys.session,
                    keys.epoch,
                    expand(own, labels::initiator),
                    expand(own, responder),
                    expand(peers, labels::initiator),
                    expand(peers, responder),
                    {},
                    {}}};
    const auto identify = [&](const Secret<32>& from, KeyId& id) {
      const auto part =
          hkdf.expand<16>(from.bytes(), {bytes_of(labels::key_id), keys.session, epoch});
      std::ranges::copy(part.bytes(), id.begin());
    };
    identify(own, made.id_as_initiator);
    identify(peers, made.id_as_responder);
    hkdf.forget();  // it would hold what both are derived from
    return made;
  }
};

/// The same where they are used: each taken once by a MAC of its own.
struct ProofMacs : ProofKeysAs<KeyedHmacSha256> {
  ProofMacs() = default;
  explicit ProofMacs(const ProofKeys& keys)
      : ProofKeysAs{keys.session,
                    keys.epoch,
                    KeyedHmacSha256(keys.own_initiator.bytes()),
                    KeyedHmacSha256(keys.own_responder.bytes()),
                    KeyedHmacSha256(keys.peer_initiator.bytes()),
                    KeyedHmacSha256(keys.peer_responder.bytes()),
                    keys.id_as_initiator,
                    keys.id_as_responder} {}
};

/// The bytes of a message that a proof at its end covers.
template <class Message>
[[nodiscard]] Bytes before_proof(const std::array<std::uint8_t, Message::size>& frame) {
  return Bytes(frame).first(Message::size - std::tuple_size_v<Proof>);
}

/// A message of this profile as it is on the wire. All of its values are allowed, so it cannot
/// fail.
template <class Message>
[[nodiscard]] std::array<std::uint8_t, Message::size> frame_of(const Message& message) {
  return *wire::binary::encode(message);
}

}  // namespace handfast::rehandshake
