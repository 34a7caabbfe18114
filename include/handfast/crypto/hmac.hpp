#pragma once

// HMAC-SHA-256 over the parts of a message, without joining them first.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "handfast/core/bytes.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/core/wipe.hpp"
#include "handfast/crypto/botan.hpp"
#include "handfast/crypto/detail/watch.hpp"
#include "handfast/crypto/hash.hpp"
#include "handfast/crypto/parts.hpp"
#include "handfast/crypto/secret.hpp"

namespace handfast {

/// HMAC-SHA-256 (RFC 2104) with one Botan object for every key: nothing is allocated after the
/// first use. The object holds the last key until the next one, `forget` or its end. Move-only; a
/// moved-from one may only be destroyed or assigned to. Not for two threads at once.
class HmacSha256 {
 public:
  static constexpr std::size_t size = 32;  // bytes
  using Tag = std::array<std::uint8_t, size>;

  HmacSha256()
      : mac_(detail::primitives::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)")) {}

  /// The tag of all `parts`, each of any size, under `key` of any size, none included.
  [[nodiscard]] Tag mac(Bytes key, Parts parts) {
    set_key(key);
    return tag_of(parts);
  }

  /// The same where the result is a key, not a tag.
  [[nodiscard]] Secret<size> mac_secret(Bytes key, Parts parts) {
    set_key(key);
    return secret_tag_of(parts);
  }

  /// Whether `tag` is the tag of all `parts` under `key`, compared in constant time; false unless
  /// it has 32 bytes.
  [[nodiscard]] bool verify(Bytes key, Parts parts, Bytes tag) {
    set_key(key);
    return has_tag(parts, tag);
  }

  /// Wipes the key that is held; the next use allocates again.
  void forget() { mac_->clear(); }

 private:
  friend class Hkdf;
  friend class KeyedHmacSha256;
  static constexpr std::size_t botan_key_size_max = 4096;  // bytes; for more, Botan 2.19 throws

  void set_key(Bytes key) {
    if (key.size() <= botan_key_size_max) {
      mac_->set_key(key.data(), key.size());
    } else {
      // RFC 2104, section 2: of a key larger than a block its digest is the key.
      auto digest = Sha256{}.digest(key);
      mac_->set_key(digest.data(), digest.size());
      wipe(digest);
    }
  }

  // These three are under the key that is held.
  Tag tag_of(Parts parts) {
    Tag out{};
    update(parts);
    finish(out);
    return out;
  }
  Secret<size> secret_tag_of(Parts parts) {
    Secret<size> out;
    update(parts);
    finish(out.writable());
    return out;
  }
  bool has_tag(Parts parts, Bytes tag) {
    // A secret as long as the peer has not shown that it knows it.
    const Secret<size> right_tag = secret_tag_of(parts);
    return equal_in_constant_time(right_tag.bytes(), tag) || detail::planted<"any tag accepted">;
  }

  void update(Parts parts) {
    for (const Bytes part : parts) mac_->update(part.data(), part.size());
  }

  // Ends an input and keeps the key for the next.
  void finish(std::span<std::uint8_t, size> out) {
    mac_->final(out.data());
    detail::CryptoWatch<>::derived();
  }

  std::unique_ptr<detail::primitives::MessageAuthenticationCode> mac_;
};

/// HMAC-SHA-256 under one key, for who uses that key again and again: it is taken once, which saves
/// a compression a tag. The object holds the key until its end. A default or moved-from one has
/// none, and may only be asked `has_key`, destroyed or assigned to. Move-only; not for two threads
/// at once.
class KeyedHmacSha256 {
 public:
  using Tag = HmacSha256::Tag;

  KeyedHmacSha256() = default;
  /// Takes `key`, of any size.
  explicit KeyedHmacSha256(Bytes key) : hmac_(std::make_unique<HmacSha256>()) {
    hmac_->set_key(key);
  }

  [[nodiscard]] bool has_key() const noexcept { return hmac_ != nullptr; }

  /// The tag of all `parts`, each of any size.
  [[nodiscard]] Tag mac(Parts parts) { return hmac_->tag_of(parts); }

  /// Whether `tag` is the tag of all `parts`, compared in constant time; false unless it has 32
  /// bytes.
  [[nodiscard]] bool verify(Parts parts, Bytes tag) { return hmac_->has_tag(parts, tag); }

 private:
  std::unique_ptr<HmacSha256> hmac_;
};

}  // namespace handfast
