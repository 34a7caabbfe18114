#pragma once

// The hardened key schedule. Every derivation has a label of its own:
//
//   T      = SHA-256("handfast registration", version, client's key, server's key, client's nonce,
//                    server's nonce, size and bytes of the challenge's text, the same of the audience)
//   secret = HKDF-Extract(salt T, ss | es | se | ee)
//   proof keys, frame keys, key id = HKDF-Expand(secret, label)
//   proof of a response, of a failure = HMAC(proof key, T)
//   proof of a success                = HMAC(proof key, T, replaced)
//
// In es the ephemeral key is the client's and the static one the server's, in se the other way
// round. HMAC is HMAC-SHA-256; `replaced` is a byte, 0 or 1.
//
// The agreements and `secret` are wiped as soon as they have been used.

#include <array>

#include "handfast/core/planted.hpp"
#include "handfast/crypto/hash.hpp"
#include "handfast/crypto/hkdf.hpp"
#include "handfast/crypto/x25519.hpp"
#include "handfast/registration/messages.hpp"

namespace handfast::registration {

using KeyId = std::array<std::uint8_t, 16>;

/// RFC 8439's 96 bits: zeros, then the counter, highest byte first.
[[nodiscard]] inline std::array<std::uint8_t, 12> nonce_of(std::uint64_t counter) {
  std::array<std::uint8_t, 12> nonce{};
  for (std::size_t i = 0; i < 8; ++i) nonce[11 - i] = static_cast<std::uint8_t>(counter >> (8 * i));
  return nonce;
}

/// The labels of this schedule; each is used for one thing.
namespace labels {
inline constexpr std::string_view transcript = "handfast registration";
inline constexpr std::string_view client_proof = "handfast registration v2 client proof";
inline constexpr std::string_view success_proof = "handfast registration v2 success proof";
inline constexpr std::string_view failure_proof = "handfast registration v2 failure proof";
inline constexpr std::string_view client_to_server = "handfast registration v2 client-to-server";
inline constexpr std::string_view server_to_client = "handfast registration v2 server-to-client";
inline constexpr std::string_view key_id = "handfast registration v2 key id";
}  // namespace labels

/// The public values of a handshake, by whose they are; what is hashed is the same on both sides.
struct Exchange {
  const x25519::PublicKey& client;
  const x25519::PublicKey& server;
  const x25519::PublicKey& client_nonce;
  const x25519::PublicKey& server_nonce;
  std::string_view text;      // at most `text_size_max` bytes
  std::string_view audience;  // at most `audience_size_max` bytes

  [[nodiscard]] Sha256::Digest transcript(Sha256& sha256) const {
    const std::uint8_t version[] = {Hardened::version};
    const std::uint8_t text_size[] = {static_cast<std::uint8_t>(text.size())};
    const std::uint8_t audience_size[] = {static_cast<std::uint8_t>(audience.size())};
    return sha256.digest(
        {bytes_of(labels::transcript), version, client.bytes(), server.bytes(),
         client_nonce.bytes(), server_nonce.bytes(), text_size,
         handfast::detail::planted<"text not in the transcript"> ? Bytes{} : bytes_of(text),
         audience_size,
         handfast::detail::planted<"audience not in the transcript"> ? Bytes{}
                                                                     : bytes_of(audience)});
  }
};

/// What the two sides' keys agree on, s for static and e for ephemeral, the client's first.
struct Agreements {
  Secret<32> ss, es, se, ee;

  /// As the client makes them, with the server's two keys; `low_order_key`.
  [[nodiscard]] static std::expected<Agreements, Fault> of_client(
      const x25519::PrivateKey& identity, const x25519::PrivateKey& ephemeral,
      const x25519::PublicKey& server, const x25519::PublicKey& nonce) {
    return all(agree(identity, server), agree(ephemeral, server), agree(identity, nonce),
               agree(ephemeral, nonce));
  }
  /// As the server makes them, with the client's two keys; `low_order_key`.
  [[nodiscard]] static std::expected<Agreements, Fault> of_server(
      const x25519::PrivateKey& identity, const x25519::PrivateKey& ephemeral,
      const x25519::PublicKey& client, const x25519::PublicKey& nonce) {
    return all(agree(identity, client), agree(identity, nonce), agree(ephemeral, client),
               agree(ephemeral, nonce));
  }

 private:
  using One = std::expected<Secret<32>, Fault>;
  static std::expected<Agreements, Fault> all(One ss, One es, One se, One ee) {
    for (const One* one : {&ss, &es, &se, &ee})
      if (!*one) return std::unexpected(one->error());
    return Agreements{std::move(*ss), std::move(*es), std::move(*se), std::move(*ee)};
  }
};

/// What a handshake yields.
struct Keys {
  Sha256::Digest transcript{};
  Secret<32> client_proof;
  Secret<32> success_proof;
  Secret<32> failure_proof;
  Secret<32> client_to_server;
  Secret<32> server_to_client;
  KeyId id{};  // derived from the keys, tells nothing about them

  Keys(Hkdf& hkdf, const Sha256::Digest& hash, const Agreements& agreements) : transcript(hash) {
    const auto& [ss, es, se, ee] = agreements;
    const auto& servers =
        handfast::detail::planted<"stolen client's key speaks for any server"> ? ss : es;
    const auto& clients =
        handfast::detail::planted<"stolen server's key speaks for any client"> ? ss : se;
    const auto& fresh = handfast::detail::planted<"both stolen keys open past records"> ? ss : ee;
    const auto secret =
        hkdf.extract(transcript, {ss.bytes(), servers.bytes(), clients.bytes(), fresh.bytes()});
    const auto key = [&](std::string_view label) {
      return hkdf.expand<32>(secret.bytes(), bytes_of(label));
    };
    client_proof = key(labels::client_proof);
    success_proof = key(labels::success_proof);
    failure_proof = key(labels::failure_proof);
    client_to_server = key(labels::client_to_server);
    server_to_client =
        key(handfast::detail::planted<"frames have one key both ways"> ? labels::client_to_server
                                                                       : labels::server_to_client);
    const auto public_part = hkdf.expand<16>(secret.bytes(), bytes_of(labels::key_id));
    std::ranges::copy(public_part.bytes(), id.begin());
    hkdf.forget();  // it would hold the secret until it derives something else
  }
};

}  // namespace handfast::registration
