#pragma once

// What the two sides say, in protobuf, what their applications can ask of them, and what they are
// told. The first field's number says which message it is: no two have one in common.

#include "handfast/core/events.hpp"
#include "handfast/wire/protobuf.hpp"
#include "handfast/x3dh/keys.hpp"

namespace handfast::x3dh {

// Names of keys, for layouts only: what an attacker would need.
struct IssuerIdentity;
struct HolderIdentity;
struct SignedPreKey;
struct OneTimePreKey;
struct HolderEphemeral;
struct RatchetKey;
struct MessageKey;

inline constexpr std::size_t payload_size_max = 65'535;  // bytes of one message
inline constexpr std::size_t tag_size = 16;              // bytes
/// Random bytes of one message, from which its key and nonce come: whoever restores a session, or
/// runs two of one, still seals nothing twice with the same.
using Salt = std::array<std::uint8_t, 16>;

/// Bytes of the largest content of a message: the most that a profile puts before the ciphertext,
/// and that.
inline constexpr std::size_t content_size_max = 57 + payload_size_max + tag_size;

struct Message;
struct Empty;
struct First;
struct SyncRequest;
struct SyncAnswer;

/// Issuer to holder, as soon as the connection is there: agree with these.
struct Bundle {
  x25519::PublicKey identity;
  x25519::PublicKey signed_pre_key;
  xeddsa::Signature signature{};
  std::optional<x25519::PublicKey> one_time_pre_key;
  std::string_view connection;
  using layout = wire::Layout<
      "bundle", wire::Numbered<11, wire::Version<"version", Hardened::version>>,
      wire::Field<"identity_key", &Bundle::identity, wire::PublicKeyOf<IssuerIdentity>,
                  wire::Tag<12>>,
      wire::Field<"signed_pre_key", &Bundle::signed_pre_key, wire::PublicKeyOf<SignedPreKey>,
                  wire::Tag<13>>,
      wire::Field<"signature", &Bundle::signature,
                  wire::Signed<IssuerIdentity, wire::Of<"version", "signed_pre_key",
                                                        "one_time_pre_key", "connection_id">>,
                  wire::Tag<14>>,
      wire::Field<"one_time_pre_key", &Bundle::one_time_pre_key, wire::PublicKeyOf<OneTimePreKey>,
                  wire::Tag<15>>,
      wire::Field<"connection_id", &Bundle::connection, wire::Public, wire::Tag<16>,
                  wire::Bounded<1, ConnectionId::size_max>>,
      wire::Canonical>;
};

/// Either to the other: the document's message. What `content` is, the profile says.
struct EncryptedMessage {
  Bytes content;
  std::string_view connection;
  using Contents = List<Message, Empty, SyncRequest, SyncAnswer>;
  using layout =
      wire::Layout<"encrypted_message",
                   wire::Field<"content", &EncryptedMessage::content, wire::Tag<1>,
                               wire::Bounded<1, content_size_max>>,
                   wire::Field<"connection_id", &EncryptedMessage::connection, wire::Public,
                               wire::Tag<2>, wire::Bounded<1, ConnectionId::size_max>>,
                   wire::Canonical>;
};

/// What was deployed under the name of `EncryptedMessage`: the same field numbers, with their meanings
/// swapped.
struct DeployedMessage {
  std::string_view key_id;
  Bytes encrypted_content;
  using layout = wire::Layout<"deployed_encrypted_message",
                              wire::Field<"key_id", &DeployedMessage::key_id, wire::Tag<1>,
                                          wire::Bounded<1, content_size_max>>,
                              wire::Field<"encrypted_content", &DeployedMessage::encrypted_content,
                                          wire::Tag<2>, wire::Bounded<tag_size, content_size_max>>,
                              wire::Canonical>;
};
/// Whether `frame` is that: its first field is text, and its second no name of a connection.
[[nodiscard]] inline bool is_deployed_message(Bytes frame) {
  const auto message = wire::protobuf::decode<DeployedMessage>(frame);
  return message && !ConnectionId::parse(text_of(message->encrypted_content));
}

/// Holder to issuer: with these keys I have agreed, and this is under what came of it. `message` is
/// an `EncryptedMessage`. The keys are repeated with each message until the issuer has answered.
struct Initial {
  x25519::PublicKey identity;
  x25519::PublicKey ephemeral;
  x25519::PublicKey signed_pre_key;  // of the bundle
  std::optional<x25519::PublicKey> one_time_pre_key;
  Bytes message;
  using Contents = List<First>;
  using layout =
      wire::Layout<"initial", wire::Numbered<21, wire::Version<"version", Hardened::version>>,
                   wire::Field<"identity_key", &Initial::identity,
                               wire::PublicKeyOf<HolderIdentity>, wire::Tag<22>>,
                   wire::Field<"ephemeral_key", &Initial::ephemeral,
                               wire::PublicKeyOf<HolderEphemeral>, wire::Tag<23>>,
                   wire::Field<"signed_pre_key", &Initial::signed_pre_key, wire::Tag<24>>,
                   wire::Field<"one_time_pre_key", &Initial::one_time_pre_key, wire::Tag<25>>,
                   wire::Field<"message", &Initial::message, wire::Tag<26>,
                               wire::Bounded<1, content_size_max + 100>>,
                   wire::Canonical>;
};

/// The messages of a profile's agreement.
template <class Profile>
struct HandshakeOf {
  using Bundle = x3dh::Bundle;
  using Initial = x3dh::Initial;
};

// Contents.

/// Something that the application says.
struct Message {
  Bytes payload;
  Salt salt{};  // of the content that it goes into
  static constexpr bool application_data = true;
  using layout = wire::Layout<"message", wire::Field<"payload", &Message::payload, wire::Payload,
                                                     wire::Bounded<1, payload_size_max>>>;
};
/// Nothing, which says that its sender has the keys.
struct Empty {
  Salt salt{};
};
/// The holder's first message, or one of the first: with the keys. `payload` may be empty.
struct First {
  Bytes payload;
  Salt salt{};
  Claim claim;  // of the session that it makes, where it makes one; not on the wire
  Fingerprint fingerprint{};
  x25519::PublicKey holder;
  static constexpr bool application_data = true;
  using layout = wire::Layout<"first", wire::Field<"payload", &First::payload, wire::Payload,
                                                   wire::Bounded<0, payload_size_max>>>;
};

// What the application can ask for. In any other state than those named: `not_allowed_now`. After
// a fault the state is as before.

/// In `Idle`. The issuer says its bundle, then `AwaitingHolder`; the holder waits for one, then
/// `AwaitingBundle`. `bad_argument` without an identity or a connection, or for a configuration
/// that cannot work; `random_source_failed`.
struct Start {
  ConnectionId connection;
};
/// Wherever there is a session: say `payload`, 1 to `payload_size_max` bytes. `bad_argument`,
/// `too_large`, `limit_reached`, `random_source_failed`; `unexpected_key` where the peer must be
/// verified and is not; `back_pressure` where nothing has come back yet and too many have gone: 900
/// messages, of `Counter` 2^19; of `Documented` none may go then: `not_allowed_now`.
struct Send {
  Bytes payload;
};
/// Wherever there is a session: its user has compared the fingerprint, and this is the other
/// side's; compared in constant time. `unexpected_key` for another one: somebody is in the middle.
struct Verify {
  Fingerprint fingerprint{};
};
/// Any state but `Ended`: forget the keys, then `Ended`.
struct Stop {};

// What time can do.

struct BundleOverdue {};  // the issuer: nobody has agreed; the holder: no bundle has come
struct AnswerOverdue {};  // the issuer has not answered yet
struct KeysTooOld {};     // of messages that have not come

// What the application is told, besides the events of core/events.hpp. Views are valid until the
// next call.

/// There is a session, with this peer. `fingerprint` is what both users compare.
struct Met {
  x25519::PublicKey peer;
  Fingerprint fingerprint{};
};
/// The other side says this. Whether it is verified is the user's word at that moment.
struct Delivered {
  Bytes payload;
  bool is_verified = false;
};
/// The fingerprint was the right one.
struct Verified {};

}  // namespace handfast::x3dh
