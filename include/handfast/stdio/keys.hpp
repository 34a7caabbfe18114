#pragma once

// The hardened key schedule. Every derivation has a label of its own:
//
//   T        = SHA-256("handfast stdio", version, parent's key, child's key, port)
//   secret   = HKDF-Extract(salt T, X25519(parent, child))
//   root_0, session id, key id, confirmation key = HKDF-Expand(secret, label)
//   chains and next_root of epoch e              = HKDF-Expand(root_e, label)
//   root_e+1 = HKDF(X25519(new keys), salt next_root_e, info)
//   where info = label, e+1 (u32), parent's new key, child's new key, session id
//
//   message key n    = HKDF(ikm chain key n, salt "denobridge-message-key", info "message:<n>")
//   chain key n + 1  = HKDF(ikm chain key n, salt "denobridge-key-ratchet", info "ratchet:<n>")
//
// Chain key 1 is the direction's chain of the epoch, n a record's sequence in decimal. Alice is the
// parent, Bob the child; a request goes from Alice to Bob, a response from Bob to Alice.
//
// root_e and the X25519 outputs are wiped as soon as they have been used.

#include <array>

#include "handfast/core/planted.hpp"
#include "handfast/crypto/hash.hpp"
#include "handfast/crypto/hkdf.hpp"
#include "handfast/crypto/x25519.hpp"
#include "handfast/stdio/profiles.hpp"

namespace handfast::stdio {

/// Which way a record goes; the document's names are in its associated data.
enum class Direction : std::uint8_t { alice_to_bob, bob_to_alice };

[[nodiscard]] constexpr std::string_view to_string(Direction direction) noexcept {
  const bool is_alice = direction == Direction::alice_to_bob;
  return is_alice || detail::planted<"directions have one name"> ? "alice-to-bob" : "bob-to-alice";
}
[[nodiscard]] constexpr Direction reverse(Direction direction) noexcept {
  return direction == Direction::alice_to_bob ? Direction::bob_to_alice : Direction::alice_to_bob;
}

using SessionId = std::array<std::uint8_t, 16>;
using KeyId = std::array<std::uint8_t, 16>;

/// The labels of this schedule; each is used for one thing.
namespace labels {
inline constexpr std::string_view transcript = "handfast stdio";
inline constexpr std::string_view root = "handfast stdio v2 root";
inline constexpr std::string_view session_id = "handfast stdio v2 session id";
inline constexpr std::string_view key_id = "handfast stdio v2 key id";
inline constexpr std::string_view confirmation = "handfast stdio v2 confirmation";
inline constexpr std::string_view alice_to_bob = "handfast stdio v2 alice-to-bob";
inline constexpr std::string_view bob_to_alice = "handfast stdio v2 bob-to-alice";
inline constexpr std::string_view next_root = "handfast stdio v2 next root";
inline constexpr std::string_view rekey = "handfast stdio v2 rekey";
}  // namespace labels

/// The chains' texts: those of the document where it has them.
struct ChainText {
  static constexpr std::string_view message_salt = "denobridge-message-key";
  static constexpr std::string_view message_info = "message:";
  static constexpr std::string_view step_salt = "denobridge-key-ratchet";
  static constexpr std::string_view step_info = "ratchet:";
};

/// T: what both roles have seen of the bootstrap, everything of fixed width.
[[nodiscard]] inline Sha256::Digest transcript_of(Sha256& sha256, const x25519::PublicKey& parent,
                                                  const x25519::PublicKey& child,
                                                  std::uint16_t port) {
  const std::uint8_t version[] = {Hardened::version};
  const std::uint8_t port_bytes[] = {static_cast<std::uint8_t>(port >> 8),
                                     static_cast<std::uint8_t>(port)};
  const auto& second = detail::planted<"child's key not in the transcript"> ? parent : child;
  const Bytes last = detail::planted<"port not in the transcript"> ? Bytes{} : Bytes{port_bytes};
  return sha256.digest(
      {bytes_of(labels::transcript), version, parent.bytes(), second.bytes(), last});
}

/// What the bootstrap yields.
struct BootstrapKeys {
  Secret<32> root;
  Secret<32> confirmation;
  SessionId session_id{};
  KeyId key_id{};

  BootstrapKeys(Hkdf& hkdf, const Secret<32>& shared, const Sha256::Digest& transcript) {
    const auto secret = hkdf.extract(transcript, shared.bytes());
    root = hkdf.expand<32>(secret.bytes(), bytes_of(labels::root));
    confirmation = hkdf.expand<32>(secret.bytes(), bytes_of(labels::confirmation));
    session_id = public_part(hkdf.expand<16>(secret.bytes(), bytes_of(labels::session_id)));
    const auto id = detail::planted<"key id is a piece of a key"> ? labels::root : labels::key_id;
    key_id = public_part(hkdf.expand<16>(secret.bytes(), bytes_of(id)));
    // It would hold the secret until it derives something else.
    if (!detail::planted<"bootstrap secret kept">) hkdf.forget();
  }

 private:
  /// Derived, but no secret: it goes into every record's associated data, or into a claim.
  static std::array<std::uint8_t, 16> public_part(const Secret<16>& derived) {
    std::array<std::uint8_t, 16> out{};
    std::ranges::copy(derived.bytes(), out.begin());
    return out;
  }
};

/// What an epoch begins with.
struct EpochKeys {
  Secret<32> alice_to_bob;
  Secret<32> bob_to_alice;
  Secret<32> next_root;

  EpochKeys(Hkdf& hkdf, const Secret<32>& root)
      : alice_to_bob(hkdf.expand<32>(root.bytes(), bytes_of(labels::alice_to_bob))),
        bob_to_alice(hkdf.expand<32>(root.bytes(), bytes_of(labels::bob_to_alice))),
        next_root(hkdf.expand<32>(root.bytes(), bytes_of(labels::next_root))) {
    if (detail::planted<"one chain for both ways">) bob_to_alice = alice_to_bob.dangerous_copy();
    hkdf.forget();  // it would hold the root until it derives something else
  }
};

/// The root of `epoch`, from the root that the epoch before left and an agreement of two new keys.
[[nodiscard]] inline Secret<32> next_root_of(Hkdf& hkdf, const Secret<32>& shared,
                                             const Secret<32>& next_root, std::uint32_t epoch,
                                             const x25519::PublicKey& parent,
                                             const x25519::PublicKey& child,
                                             const SessionId& session) {
  const std::uint8_t number[] = {
      static_cast<std::uint8_t>(epoch >> 24), static_cast<std::uint8_t>(epoch >> 16),
      static_cast<std::uint8_t>(epoch >> 8), static_cast<std::uint8_t>(epoch)};
  return hkdf.derive<32>(shared.bytes(), next_root.bytes(),
                         {bytes_of(labels::rekey), number, parent.bytes(), child.bytes(), session});
}

}  // namespace handfast::stdio
