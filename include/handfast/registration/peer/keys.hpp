#pragma once

// The key schedule between two clients. Every derivation has a label of its own:
//
//   static      = HKDF-Extract(salt label, ss)
//   hello key, new session key = HKDF-Expand(static, label)
//   HELLO's proof       = HMAC(hello key, HELLO without it | from | to)
//   NEW_SESSION's proof = HMAC(new session key, NEW_SESSION without it | from | to)
//
//   T      = SHA-256(label | caller | answerer | HELLO | HELLO_ACK without its proof)
//   secret = HKDF-Extract(salt T, ss | es | se | ee)
//   confirmation key, the two chains, key id = HKDF-Expand(secret, label)
//   HELLO_ACK's proof   = HMAC(confirmation key, T)
//
//   message key n   = HKDF(ikm chain key n, salt and info of `ChainText`, n in decimal)
//   chain key n + 1 = the same with its other texts
//
// s is static, e ephemeral, the caller's first: es is between the caller's ephemeral key and the
// answerer's static one. Who calls and who answers are in T, and so are the chains' directions.
//
// The static keys alone seal nothing: who learns both private keys reads no message that was sent
// before. The agreements, `static` and `secret` are wiped as soon as they have been used.

#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/crypto/hmac.hpp"
#include "handfast/registration/keys.hpp"
#include "handfast/registration/peer/messages.hpp"
#include "handfast/wire/binary.hpp"

namespace handfast::registration::peer {

/// The labels of this schedule; each is used for one thing.
namespace labels {
inline constexpr std::string_view statics = "handfast registration peer v2 static";
inline constexpr std::string_view hello = "handfast registration peer v2 hello";
inline constexpr std::string_view new_session = "handfast registration peer v2 new session";
inline constexpr std::string_view transcript = "handfast registration peer v2";
inline constexpr std::string_view confirmation = "handfast registration peer v2 confirmation";
inline constexpr std::string_view caller_chain = "handfast registration peer v2 caller-to-answerer";
inline constexpr std::string_view answerer_chain =
    "handfast registration peer v2 answerer-to-caller";
inline constexpr std::string_view key_id = "handfast registration peer v2 key id";
}  // namespace labels

/// The chains' texts.
struct ChainText {
  static constexpr std::string_view message_salt = "handfast registration peer v2 message key";
  static constexpr std::string_view message_info = "message:";
  static constexpr std::string_view step_salt = "handfast registration peer v2 chain step";
  static constexpr std::string_view step_info = "step:";
};

/// What the two static keys give: they keep out who is neither of the two.
struct StaticKeys {
  Secret<32> hello;
  Secret<32> new_session;
  static constexpr auto fields = Fields{&StaticKeys::hello, &StaticKeys::new_session};

  StaticKeys() = default;
  StaticKeys(Hkdf& hkdf, const Secret<32>& ss) {
    const auto secret = hkdf.extract(bytes_of(labels::statics), ss.bytes());
    hello = hkdf.expand<32>(secret.bytes(), bytes_of(labels::hello));
    new_session = hkdf.expand<32>(secret.bytes(), bytes_of(labels::new_session));
    hkdf.forget();  // it would hold the secret until it derives something else
  }
};

/// A message that is proved under a static key, as bytes without its proof.
[[nodiscard]] inline auto proved_bytes(const Hello& m) {
  const auto all = *wire::binary::encode(m);
  std::array<std::uint8_t, Hello::size - 32> bytes{};
  std::copy_n(all.begin(), bytes.size(), bytes.begin());
  return bytes;
}
[[nodiscard]] inline auto proved_bytes(const NewSession& m) {
  const auto all = *wire::binary::encode(m);
  std::array<std::uint8_t, NewSession::proved_size> bytes{};
  std::copy_n(all.begin(), bytes.size(), bytes.begin());
  return bytes;
}

/// The proof of `message`, said by `from` to `to`, under `key`.
template <class M>
[[nodiscard]] HmacSha256::Tag proof_of(HmacSha256& hmac, const Secret<32>& key, const M& message,
                                       const x25519::PublicKey& from, const x25519::PublicKey& to) {
  const auto tag = hmac.mac(key.bytes(), {proved_bytes(message), from.bytes(), to.bytes()});
  hmac.forget();  // it would hold the key until the next proof
  return tag;
}
template <class M>
[[nodiscard]] bool proves(HmacSha256& hmac, const Secret<32>& key, const M& message,
                          const x25519::PublicKey& from, const x25519::PublicKey& to) {
  const bool does =
      hmac.verify(key.bytes(), {proved_bytes(message), from.bytes(), to.bytes()}, message.proof);
  hmac.forget();
  return does;
}

/// T: what both have seen of the handshake, everything of fixed width.
[[nodiscard]] inline Sha256::Digest transcript_of(Sha256& sha256, const x25519::PublicKey& caller,
                                                  const x25519::PublicKey& answerer,
                                                  const Hello& hello, const HelloAck& ack) {
  const auto hello_bytes = *wire::binary::encode(hello);
  const auto ack_bytes = *wire::binary::encode(ack);
  return sha256.digest({bytes_of(labels::transcript), caller.bytes(), answerer.bytes(), hello_bytes,
                        Bytes(ack_bytes).first(HelloAck::proved_size)});
}

/// What a handshake yields.
struct SessionKeys {
  Sha256::Digest transcript{};
  Secret<32> confirmation;
  Secret<32> caller_chain;
  Secret<32> answerer_chain;
  KeyId id{};  // derived from the keys, tells nothing about them

  SessionKeys(Hkdf& hkdf, const Sha256::Digest& hash, const Agreements& agreements)
      : transcript(hash) {
    const auto& [ss, es, se, ee] = agreements;
    const auto& answerers =
        handfast::detail::planted<"stolen key speaks for any contact"> ? ss : es;
    const auto& fresh = handfast::detail::planted<"both stolen keys open past messages"> ? ss : ee;
    const auto secret =
        hkdf.extract(transcript, {ss.bytes(), answerers.bytes(), se.bytes(), fresh.bytes()});
    const auto key = [&](std::string_view label) {
      return hkdf.expand<32>(secret.bytes(), bytes_of(label));
    };
    confirmation = key(labels::confirmation);
    caller_chain = key(labels::caller_chain);
    answerer_chain =
        key(handfast::detail::planted<"contacts' chains have one name"> ? labels::caller_chain
                                                                        : labels::answerer_chain);
    const auto public_part = hkdf.expand<16>(secret.bytes(), bytes_of(labels::key_id));
    std::ranges::copy(public_part.bytes(), id.begin());
    hkdf.forget();
  }
};

}  // namespace handfast::registration::peer
