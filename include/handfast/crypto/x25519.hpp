#pragma once

// X25519 key agreement (RFC 7748) with typed keys. The primitive is Botan's function on raw bytes:
// no key object, no allocation, and the same name in both versions.

#include <algorithm>
#include <array>
#include <compare>
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

namespace handfast::x25519 {

/// The size of either key and of what two keys agree on, in bytes.
inline constexpr std::size_t key_size = 32;

namespace detail {

using handfast::detail::Number;
namespace primitives = handfast::detail::primitives;

/// The u coordinates of the points whose order divides 8, on the curve or on its twist: any private
/// key takes them to zero. In order: order 1 and 2, order 4, order 8 twice, and p - 1 (order 4 on
/// the twist).
inline constexpr std::array<Number, 5> low_order_points = {{
    {},
    {1},
    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
     0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
     0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
     0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
     0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
}};

/// RFC 7748, section 5: the scalar is clamped inside, the top bit of `point` is ignored there.
inline void multiply(std::span<std::uint8_t, 32> out, std::span<const std::uint8_t, 32> scalar,
                     std::span<const std::uint8_t, 32> point) {
  primitives::Sodium::crypto_scalarmult_curve25519(out.data(), scalar.data(), point.data());
}

inline void multiply_base(std::span<std::uint8_t, 32> out,
                          std::span<const std::uint8_t, 32> scalar) {
  primitives::Sodium::crypto_scalarmult_curve25519_base(out.data(), scalar.data());
}

[[nodiscard]] inline bool all_zero(std::span<const std::uint8_t, 32> bytes) {
  static constexpr Number zero{};
  return equal_in_constant_time(bytes, zero);
}

}  // namespace detail

/// A peer's public key, 32 bytes, kept as it was received. A default one is the all-zero point,
/// which no private key agrees with: the place that a snapshot is read into.
class PublicKey {
 public:
  PublicKey() noexcept = default;

  /// Reads `encoded`, exactly 32 bytes, and takes a key only in its one right encoding and never of
  /// small order. `wrong_length`; `non_canonical_key` for u >= 2^255 - 19, top bit included;
  /// `low_order_key`.
  [[nodiscard]] static std::expected<PublicKey, Fault> parse(Bytes encoded) {
    auto key = parse_as_deployed(encoded);
    if (!key) return key;
    if (!handfast::detail::less(key->bytes(), handfast::detail::field_prime) &&
        !handfast::detail::planted<"non-canonical key accepted">) {
      return std::unexpected(Fault::non_canonical_key);
    }
    const bool is_low_order =
        std::ranges::find(detail::low_order_points, key->bytes_) != detail::low_order_points.end();
    if (is_low_order && !handfast::detail::planted<"low-order key accepted">) {
      return std::unexpected(Fault::low_order_key);
    }
    return key;
  }

  /// Reads `encoded` as deployed programs do, which look at the length only; `wrong_length`.
  /// It is for compat profiles that must accept what those accept: `agree` still refuses an
  /// all-zero result.
  [[nodiscard]] static std::expected<PublicKey, Fault> parse_as_deployed(Bytes encoded) {
    if (encoded.size() != key_size) return std::unexpected(Fault::wrong_length);
    PublicKey key;
    std::copy_n(encoded.data(), key_size, key.bytes_.data());
    return key;
  }

  /// The 32 bytes as received, for messages and transcripts; valid as long as the object is.
  [[nodiscard]] std::span<const std::uint8_t, key_size> bytes() const noexcept { return bytes_; }

  friend bool operator==(const PublicKey&, const PublicKey&) = default;
  /// By the 32 bytes in order, for directories and for two who must agree who is first. Public keys
  /// are no secret: it takes no constant time.
  friend std::strong_ordering operator<=>(const PublicKey&, const PublicKey&) = default;

  /// Writes the 32 bytes into a snapshot.
  void dangerous_write(auto& writer) const { writer.bytes(Bytes{bytes_}); }

  /// Reads the 32 bytes back unchecked, as a compat profile may have stored them; false where they
  /// are not there.
  [[nodiscard]] bool dangerous_read(auto& reader) { return reader.bytes(MutableBytes{bytes_}); }

 private:
  friend class PrivateKey;
  detail::Number bytes_{};
};

/// A private key with its public half; move-only, wiped when it is left. A default or moved-from
/// one is no key, and so are 32 zero bytes: they are what unset memory holds, and anybody could
/// guess them.
class PrivateKey {
 public:
  PrivateKey() noexcept = default;
  PrivateKey(PrivateKey&& other) noexcept
      : secret_(std::move(other.secret_)), public_(std::exchange(other.public_, {})) {}
  PrivateKey& operator=(PrivateKey&& other) noexcept {
    secret_ = std::move(other.secret_);
    if (this != &other) public_ = std::exchange(other.public_, {});
    return *this;
  }

  /// A new key from `random`; `random_source_failed`.
  [[nodiscard]] static std::expected<PrivateKey, Fault> generate(Random& random) {
    auto secret = random.secret<key_size>();
    if (!secret) return std::unexpected(secret.error());
    auto key = from(std::move(*secret));
    if (!key.has_key()) return std::unexpected(Fault::random_source_failed);
    return key;
  }

  /// The key whose 32 raw bytes `secret` holds, clamped when it is used; all zero gives no key.
  [[nodiscard]] static PrivateKey from(Secret<key_size> secret) {
    PrivateKey key;
    if (detail::all_zero(secret.bytes())) return key;
    key.secret_ = std::move(secret);
    detail::multiply_base(key.public_.bytes_, key.secret_.bytes());
    return key;
  }

  /// The key whose raw bytes are `raw`, exactly 32 and not all zero; `wrong_length`,
  /// `bad_argument`. Wiping `raw` is the caller's.
  [[nodiscard]] static std::expected<PrivateKey, Fault> from(Bytes raw) {
    if (raw.size() != key_size) return std::unexpected(Fault::wrong_length);
    auto key = from(Secret<key_size>::from(raw));
    if (!key.has_key()) return std::unexpected(Fault::bad_argument);
    return key;
  }

  /// Whether there is a key.
  [[nodiscard]] bool has_key() const noexcept { return public_ != PublicKey{}; }

  /// The public half, computed once when the key was made; the all-zero point where there is no
  /// key.
  [[nodiscard]] const PublicKey& public_key() const noexcept { return public_; }

  /// A second instance of the key, which lives and must be wiped on its own.
  [[nodiscard]] PrivateKey dangerous_copy() const noexcept {
    PrivateKey copy;
    copy.secret_ = secret_.dangerous_copy();
    copy.public_ = public_;
    return copy;
  }

  /// Writes the 32 raw private bytes into a snapshot: whoever reads it has the key.
  void dangerous_write(auto& writer) const { secret_.dangerous_write(writer); }

  /// Reads the 32 raw private bytes back and computes the public half; false, and no key, where
  /// they are not there.
  [[nodiscard]] bool dangerous_read(auto& reader) {
    Secret<key_size> stored;
    const bool there = stored.dangerous_read(reader);
    *this = there ? from(std::move(stored)) : PrivateKey{};
    return there;
  }

 private:
  friend std::expected<Secret<key_size>, Fault> agree(const PrivateKey&, const PublicKey&);

  Secret<key_size> secret_;
  PublicKey public_;
};

/// The 32 secret bytes that `mine` and `theirs` agree on: input for a key derivation, no key by
/// itself. `low_order_key` when they are all zero, found in constant time: no Botan version can
/// be relied upon to refuse that (RFC 7748, section 6.1). `bad_argument` when `mine` is no key.
[[nodiscard]] inline std::expected<Secret<key_size>, Fault> agree(const PrivateKey& mine,
                                                                  const PublicKey& theirs) {
  if (!mine.has_key()) return std::unexpected(Fault::bad_argument);
  std::expected<Secret<key_size>, Fault> shared;
  detail::multiply(shared->writable(), mine.secret_.bytes(), theirs.bytes());
  if (detail::all_zero(shared->bytes()) &&
      !handfast::detail::planted<"all-zero agreement accepted">)
    shared = std::unexpected(Fault::low_order_key);
  return shared;
}

}  // namespace handfast::x25519
