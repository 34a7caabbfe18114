#pragma once

// Ed25519 signatures (RFC 8032) with typed keys. Botan's functions on raw bytes: no key object, no
// allocation.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <utility>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/crypto/botan.hpp"
#include "handfast/crypto/detail/little_endian.hpp"
#include "handfast/crypto/random.hpp"
#include "handfast/crypto/secret.hpp"

namespace handfast::ed25519 {

inline constexpr std::size_t public_key_size = 32;  // bytes
inline constexpr std::size_t seed_size = 32;        // bytes
inline constexpr std::size_t signature_size = 64;   // bytes

/// R, then S, 32 bytes each.
using Signature = std::array<std::uint8_t, signature_size>;

namespace detail {

using handfast::detail::Number;
namespace primitives = handfast::detail::primitives;

/// L, the order of the base point (RFC 8032, section 5.1).
inline constexpr Number group_order = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

/// The y coordinates of the eight points whose order divides 8: order 4, order 1, order 8 twice,
/// order 2.
inline constexpr std::array<Number, 5> low_order_points = {{
    {},
    {1},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
}};

/// Overwrites what functions called before from the same place have left on the stack. Botan's leave
/// the half of the expanded seed there that all nonces come from, and of a nonce what tells the key.
[[gnu::noinline]] inline void wipe_stack_below() noexcept {
  std::array<std::uint8_t, 8192> below;
  Botan::secure_scrub_memory(below.data(), below.size());
}

[[nodiscard]] inline bool verifies(std::span<const std::uint8_t, public_key_size> key,
                                   Bytes message,
                                   std::span<const std::uint8_t, signature_size> signature) {
  return primitives::Sodium::crypto_sign_ed25519_verify_detached(signature.data(), message.data(),
                                                                 message.size(), key.data()) == 0;
}

}  // namespace detail

/// A signer's public key, 32 bytes, as received. A default one is the place that a snapshot is read
/// into and verifies nothing.
class PublicKey {
 public:
  PublicKey() noexcept = default;

  /// Reads `encoded`, exactly 32 bytes. Whether they are a point of the curve shows when a
  /// signature is verified. `wrong_length`; `non_canonical_key` for y >= 2^255 - 19;
  /// `low_order_key`, with which forged signatures verify.
  [[nodiscard]] static std::expected<PublicKey, Fault> parse(Bytes encoded) {
    if (encoded.size() != public_key_size &&
        !handfast::detail::planted<"signer's key of any length">)
      return std::unexpected(Fault::wrong_length);
    PublicKey key;
    std::copy_n(encoded.data(), public_key_size, key.bytes_.data());
    const detail::Number y = key.y();
    if (!handfast::detail::less(y, handfast::detail::field_prime) &&
        !handfast::detail::planted<"non-canonical signer accepted">)
      return std::unexpected(Fault::non_canonical_key);
    if (low_order(y) && !handfast::detail::planted<"low-order signer accepted">)
      return std::unexpected(Fault::low_order_key);
    return key;
  }

  /// The 32 bytes as received; valid as long as the object is.
  [[nodiscard]] std::span<const std::uint8_t, public_key_size> bytes() const noexcept {
    return bytes_;
  }

  friend bool operator==(const PublicKey&, const PublicKey&) = default;

  /// Writes the 32 bytes into a snapshot.
  void dangerous_write(auto& writer) const { writer.bytes(Bytes{bytes_}); }

  /// Reads the 32 bytes back unchecked; false where they are not there.
  [[nodiscard]] bool dangerous_read(auto& reader) { return reader.bytes(MutableBytes{bytes_}); }

 private:
  friend class PrivateKey;
  friend std::expected<void, Fault> verify(const PublicKey&, Bytes, Bytes);

  // The top bit is the sign of x, not a part of y (RFC 8032, section 5.1.3).
  [[nodiscard]] detail::Number y() const noexcept {
    detail::Number y = bytes_;
    y[31] &= 0x7f;
    return y;
  }
  [[nodiscard]] static bool low_order(const detail::Number& y) noexcept {
    return std::ranges::find(detail::low_order_points, y) != detail::low_order_points.end();
  }

  detail::Number bytes_{};
};

/// A private key, made from its 32-byte seed only: with a stored public half that is not its own,
/// two signatures of one message would give the key away. Move-only, wiped when it is left; a
/// default or moved-from one is no key.
class PrivateKey {
 public:
  PrivateKey() noexcept = default;
  PrivateKey(PrivateKey&& other) noexcept
      : expanded_(std::move(other.expanded_)), public_(std::exchange(other.public_, {})) {}
  PrivateKey& operator=(PrivateKey&& other) noexcept {
    expanded_ = std::move(other.expanded_);
    if (this != &other) public_ = std::exchange(other.public_, {});
    return *this;
  }

  /// A new key from `random`; `random_source_failed`.
  [[nodiscard]] static std::expected<PrivateKey, Fault> generate(Random& random) {
    const auto seed = random.secret<seed_size>();
    if (!seed) return std::unexpected(seed.error());
    return from_seed(*seed);
  }

  /// The key that `seed` stands for; any 32 bytes are one.
  [[nodiscard]] static PrivateKey from_seed(const Secret<seed_size>& seed) {
    PrivateKey key;
    detail::primitives::Sodium::crypto_sign_ed25519_seed_keypair(
        key.public_.bytes_.data(), key.expanded_.writable().data(), seed.bytes().data());
    detail::wipe_stack_below();
    return key;
  }

  /// Whether there is a key: not in a default and not in a moved-from object.
  [[nodiscard]] bool has_key() const noexcept { return public_ != PublicKey{}; }

  /// The public half, computed once when the key was made; verifies nothing where there is no key.
  [[nodiscard]] const PublicKey& public_key() const noexcept { return public_; }

  /// Writes the 32-byte seed into a snapshot: whoever reads it has the key.
  void dangerous_write(auto& writer) const {
    writer.bytes(Bytes{expanded_.bytes().template first<seed_size>()});
  }

  /// Reads the 32-byte seed back and computes the rest; false, and no key, where it is not there.
  [[nodiscard]] bool dangerous_read(auto& reader) {
    Secret<seed_size> seed;
    const bool there = seed.dangerous_read(reader);
    *this = there ? from_seed(seed) : PrivateKey{};
    return there;
  }

 private:
  friend std::expected<Signature, Fault> sign(const PrivateKey&, Bytes);

  Secret<2 * seed_size> expanded_;  // the seed, then the public half that Botan computed from it
  PublicKey public_;
};

/// The signature of `message` (any size) under `key`, the same each time; `bad_argument` when `key`
/// is no key.
[[nodiscard]] inline std::expected<Signature, Fault> sign(const PrivateKey& key, Bytes message) {
  if (!key.has_key()) return std::unexpected(Fault::bad_argument);
  Signature signature{};
  detail::primitives::Sodium::crypto_sign_ed25519_detached(
      signature.data(), nullptr, message.data(), message.size(), key.expanded_.bytes().data());
  detail::wipe_stack_below();
  return signature;
}

/// Checks that `signature`, exactly 64 bytes, was made of `message` under `key`. `wrong_length`;
/// else `not_authentic`.
[[nodiscard]] inline std::expected<void, Fault> verify(const PublicKey& key, Bytes message,
                                                       Bytes signature) {
  if (signature.size() != signature_size &&
      !handfast::detail::planted<"Ed25519 signature of any length">)
    return std::unexpected(Fault::wrong_length);
  const auto fixed = signature.first<signature_size>();
  // RFC 8032, section 5.1.7, step 1: S is below L, or a second signature of the same message could
  // be made from one.
  if (!handfast::detail::less(fixed.last<32>(), detail::group_order) &&
      !handfast::detail::planted<"S of a signature not checked">)
    return std::unexpected(Fault::not_authentic);
  // A default key, or one from a snapshot, has not been through parse.
  if (PublicKey::low_order(key.y()) &&
      !handfast::detail::planted<"signer from a snapshot not checked">)
    return std::unexpected(Fault::not_authentic);
  if (!detail::verifies(key.bytes(), message, fixed) &&
      !handfast::detail::planted<"any signature verifies">)
    return std::unexpected(Fault::not_authentic);
  return {};
}

}  // namespace handfast::ed25519
