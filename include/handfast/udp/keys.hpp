#pragma once

// The key schedule. Every derivation has a label of its own:
//
//   T      = SHA-256(label | version | mode | server's static key or zeros | client's ephemeral key |
//                    client's nonce | client's half | server's half | resumption id |
//                    server's ephemeral key)
//   secret = HKDF-Extract(salt T, ee | es where pinned | resumption secret where resuming)
//   confirmation key, client's key, server's key, resumption secret and id, key id
//          = HKDF-Expand(secret, label)
//   Connected's proof = HMAC(confirmation key, T)
//   resumption key    = HKDF-Expand(resumption secret, label)
//   Connect's proof   = HMAC(resumption key, Connect without cookie and proof)
//   a direction's key of epoch e + 1 = HKDF-Expand(its key of epoch e, label)
//
// ee is between the two ephemeral keys, es between the client's and the server's static one. What
// goes into `secret` is told apart by the mode, which is in T. The cookie is in none of it.
//
// The agreements and `secret` are wiped as soon as they have been used, a key as soon as the next
// one is there.

#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/crypto/hash.hpp"
#include "handfast/crypto/hkdf.hpp"
#include "handfast/udp/messages.hpp"
#include "handfast/wire/binary.hpp"

namespace handfast::udp {

using KeyId = std::array<std::uint8_t, 16>;

/// The labels of this schedule; each is used for one thing.
namespace labels {
inline constexpr std::string_view transcript = "handfast udp v2";
inline constexpr std::string_view confirmation = "handfast udp v2 confirmation";
inline constexpr std::string_view client_to_server = "handfast udp v2 client-to-server";
inline constexpr std::string_view server_to_client = "handfast udp v2 server-to-client";
inline constexpr std::string_view resumption_secret = "handfast udp v2 resumption secret";
inline constexpr std::string_view resumption_id = "handfast udp v2 resumption id";
inline constexpr std::string_view key_id = "handfast udp v2 key id";
inline constexpr std::string_view rotate = "handfast udp v2 rotate";
inline constexpr std::string_view resume = "handfast udp v2 resume";
}  // namespace labels

/// What one session leaves for another to go on from. Used once.
struct Resumption {
  ResumptionId id{};
  Secret<32> secret;
  static constexpr auto fields = Fields{&Resumption::id, &Resumption::secret};
};

/// The proof that who says `connect` has the secret that it names.
[[nodiscard]] inline Secret<32> resumption_proof_of(Hkdf& hkdf, HmacSha256& hmac,
                                                    const Secret<32>& secret,
                                                    const Connect& connect) {
  const auto key = hkdf.expand<32>(secret.bytes(), bytes_of(labels::resume));
  const auto all = *wire::binary::encode(connect);
  const Bytes datagram = Bytes(all).subspan(Address::size);
  constexpr std::size_t before_cookie = 3 + 32 + 16 + 4, behind_it = before_cookie + 32;
  auto proof = hmac.mac_secret(key.bytes(),
                               {datagram.first(before_cookie), datagram.subspan(behind_it, 16)});
  hkdf.forget();  // they would hold these keys until they are given others
  hmac.forget();
  return proof;
}

/// All that a Connect says, where it comes from aside, and a cookie: whose is the same asks for the
/// same session.
using ConnectName = std::array<std::uint8_t, 16>;
[[nodiscard]] inline ConnectName name_of(const Connect& connect, Sha256& sha256) {
  Connect plain = connect;
  plain.from = {};
  plain.cookie = {};
  const auto digest = sha256.digest({Bytes(*wire::binary::encode(plain))});
  ConnectName name{};
  std::copy_n(digest.begin(), name.size(), name.begin());
  return name;
}

/// The public values of a handshake.
struct Exchange {
  Mode mode = 0;
  x25519::PublicKey pinned;  // the all-zero point where none is
  x25519::PublicKey client;
  ClientNonce nonce{};
  IdHalf client_half{};
  IdHalf server_half{};
  ResumptionId resumption{};
  x25519::PublicKey server;

  [[nodiscard]] static Exchange of(const Connect& connect, const Connected& connected,
                                   const x25519::PublicKey& server_identity) {
    return {connect.mode,        connect.is_pinned() ? server_identity : x25519::PublicKey{},
            connect.key,         connect.nonce,
            connect.client_half, connected.server_half,
            connect.resumption,  connected.key};
  }

  [[nodiscard]] Sha256::Digest transcript(Sha256& sha256) const {
    const std::uint8_t begin[] = {
        Hardened::version,
        handfast::detail::planted<"mode not in the transcript"> ? std::uint8_t{0} : mode};
    static constexpr IdHalf none{};
    return sha256.digest(
        {bytes_of(labels::transcript), begin, pinned.bytes(), client.bytes(), nonce, client_half,
         handfast::detail::planted<"server's half not in the transcript"> ? none : server_half,
         resumption, server.bytes()});
  }
};

/// What a handshake yields.
struct SessionKeys {
  Sha256::Digest transcript{};
  Secret<32> confirmation;
  Secret<32> client_to_server;
  Secret<32> server_to_client;
  Resumption resumption;
  KeyId id{};  // derived from the keys, tells nothing about them

  /// `es` and `resumed` are nullptr where the mode has none.
  SessionKeys(Hkdf& hkdf, const Sha256::Digest& hash, const Secret<32>& ee, const Secret<32>* es,
              const Secret<32>* resumed)
      : transcript(hash) {
    if (handfast::detail::planted<"server's key not in the keys">) es = nullptr;
    if (handfast::detail::planted<"resumption secret not in the keys">) resumed = nullptr;
    const auto secret = hkdf.extract(transcript, {ee.bytes(), es ? Bytes(es->bytes()) : Bytes{},
                                                  resumed ? Bytes(resumed->bytes()) : Bytes{}});
    const auto key = [&](std::string_view label) {
      return hkdf.expand<32>(secret.bytes(), bytes_of(label));
    };
    confirmation = key(labels::confirmation);
    client_to_server = key(labels::client_to_server);
    server_to_client =
        key(handfast::detail::planted<"packets have one key both ways"> ? labels::client_to_server
                                                                        : labels::server_to_client);
    resumption.secret = key(labels::resumption_secret);
    const auto name = hkdf.expand<16>(secret.bytes(), bytes_of(labels::resumption_id));
    std::ranges::copy(name.bytes(), resumption.id.begin());
    const auto public_part = hkdf.expand<16>(secret.bytes(), bytes_of(labels::key_id));
    std::ranges::copy(public_part.bytes(), id.begin());
    hkdf.forget();  // it would hold the secret until it derives something else
  }
};

/// The key of the epoch after that of `key`. The caller has `hkdf` forget it.
[[nodiscard]] inline Secret<32> next_key(Hkdf& hkdf, const Secret<32>& key) {
  return hkdf.expand<32>(key.bytes(), bytes_of(labels::rotate));
}

}  // namespace handfast::udp
