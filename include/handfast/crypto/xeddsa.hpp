#pragma once

// XEdDSA: one key that agrees as X25519 and signs (Signal, "The XEdDSA and VXEdDSA Signature
// Schemes", revision 1, sections 2.3, 3 and 5). It signs without curve arithmetic of ours: an Ed25519
// key whose public point has the sign bit 0 is, by its y coordinate, the key that XEdDSA makes of an
// X25519 key (calculate_key_pair), and Ed25519's own signatures verify as XEdDSA's. Section 3's nonce
// has 64 random bytes in it; this one is RFC 8032's, of the seed's other half and the message.

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <utility>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/crypto/botan.hpp"
#include "handfast/crypto/detail/edwards.hpp"
#include "handfast/crypto/ed25519.hpp"
#include "handfast/crypto/random.hpp"
#include "handfast/crypto/secret.hpp"
#include "handfast/crypto/x25519.hpp"

#ifndef BOTAN_HAS_SHA2_64
#error "handfast: this Botan was built without SHA-512"
#endif

namespace handfast::xeddsa {

inline constexpr std::size_t seed_size = ed25519::seed_size;            // bytes
inline constexpr std::size_t signature_size = ed25519::signature_size;  // bytes
using Signature = ed25519::Signature;

/// A private key of X25519 that can sign, made from its 32-byte seed only. Whoever has an X25519
/// key without the seed cannot sign with it here. Move-only, wiped when it is left; a default or
/// moved-from one is no key.
class PrivateKey {
 public:
  PrivateKey() noexcept = default;

  /// A new key from `random`: draws seeds until one fits, two on average; `random_source_failed`
  /// where the source fails, or gives what never fits.
  [[nodiscard]] static std::expected<PrivateKey, Fault> generate(Random& random) {
    constexpr int draws_max = 128;  // a good source needs more once in 2^128
    for (int i = 0; i < draws_max; ++i) {
      auto seed = random.secret<seed_size>();
      if (!seed) return std::unexpected(seed.error());
      if (auto key = from_seed(*seed)) return key;
    }
    return std::unexpected(Fault::random_source_failed);
  }

  /// The key that `seed` stands for; `bad_argument` for the half of all seeds whose public point
  /// has the sign bit 1.
  [[nodiscard]] static std::expected<PrivateKey, Fault> from_seed(const Secret<seed_size>& seed) {
    PrivateKey key;
    key.signing_ = ed25519::PrivateKey::from_seed(seed);
    // Section 2.3: calculate_key_pair takes the negative scalar then, which nothing here computes.
    if ((key.signing_.public_key().bytes()[31] & 0x80) != 0)
      return std::unexpected(Fault::bad_argument);
    // RFC 8032, section 5.1.5: the scalar is the first half of SHA-512; X25519 clamps it.
    Secret<64> digest;
    const auto sha512 = handfast::detail::primitives::HashFunction::create_or_throw("SHA-512");
    sha512->update(seed.bytes().data(), seed_size);
    sha512->final(digest.writable().data());
    key.agreeing_ = x25519::PrivateKey::from(
        Secret<x25519::key_size>::from(digest.bytes().first<x25519::key_size>()));
    return key;
  }

  /// Whether there is a key: not in a default and not in a moved-from object.
  [[nodiscard]] bool has_key() const noexcept { return agreeing_.has_key(); }

  /// The public half, an X25519 key; the all-zero point where there is no key.
  [[nodiscard]] const x25519::PublicKey& public_key() const noexcept {
    return agreeing_.public_key();
  }

  /// The same key, to agree with.
  [[nodiscard]] const x25519::PrivateKey& agreeing() const noexcept { return agreeing_; }

  /// Writes the 32-byte seed into a snapshot: whoever reads it has the key.
  void dangerous_write(auto& writer) const { signing_.dangerous_write(writer); }

  /// Reads the 32-byte seed back and computes the rest; false, and no key, where it is not there or
  /// is not the seed of a key.
  [[nodiscard]] bool dangerous_read(auto& reader) {
    Secret<seed_size> seed;
    *this = {};
    if (!seed.dangerous_read(reader)) return false;
    auto key = from_seed(seed);
    if (!key) return false;
    *this = std::move(*key);
    return true;
  }

 private:
  friend std::expected<Signature, Fault> sign(const PrivateKey&, Bytes);

  ed25519::PrivateKey signing_;
  x25519::PrivateKey agreeing_;
};

/// The signature of `message` (any size) under `key`, the same each time; `bad_argument` when `key`
/// is no key.
[[nodiscard]] inline std::expected<Signature, Fault> sign(const PrivateKey& key, Bytes message) {
  return ed25519::sign(key.signing_, message);
}

/// Checks that `signature`, exactly 64 bytes, was made of `message` by who has the private half of
/// `key`: as XEdDSA, or as earlier libraries of Signal's made it, with the sign of the public point
/// in the top bit of the last byte. Not constant time: all of it is public. `wrong_length`; else
/// `not_authentic`, also for a key that is not canonical or of small order, with which forged
/// signatures would verify, and for a second signature made from one (S not below L).
[[nodiscard]] inline std::expected<void, Fault> verify(const x25519::PublicKey& key, Bytes message,
                                                       Bytes signature) {
  if (signature.size() != signature_size &&
      !handfast::detail::planted<"XEdDSA signature of any length">)
    return std::unexpected(Fault::wrong_length);
  // Section 3, xeddsa_verify: u is below p. A default key, or one from a snapshot, has not been
  // through parse, which also refuses small orders: section 3 leaves those to the caller.
  if (!x25519::PublicKey::parse(key.bytes()) &&
      !handfast::detail::planted<"signer's X25519 key not checked">)
    return std::unexpected(Fault::not_authentic);
  // Section 2.3, convert_mont. Its sign is 0; earlier libraries' signatures carry another.
  handfast::detail::Number u{};
  std::ranges::copy(key.bytes(), u.begin());
  handfast::detail::Number point = handfast::detail::edwards_y(u);
  Signature bare{};
  std::ranges::copy(signature.first<signature_size>(), bare.begin());
  if (!handfast::detail::planted<"sign bit of a signature ignored">)
    point[31] = static_cast<std::uint8_t>(point[31] | (bare[63] & 0x80));
  bare[63] &= 0x7f;
  const auto signer = ed25519::PublicKey::parse(point);
  if (!signer) return std::unexpected(Fault::not_authentic);
  return ed25519::verify(*signer, message, bare);  // S below L, and the equation of section 3
}

}  // namespace handfast::xeddsa
