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
    Tag out{};
    set_key(key);
    update(parts);
    finish(out);
    return out;
  }

  /// The same where the result is a key, not a tag.
  [[nodiscard]] Secret<size> mac_secret(Bytes key, Parts parts) {
    Secret<size> out;
    set_key(key);
    update(parts);
    finish(out.writable());
    return out;
  }

  /// Whether `tag` is the tag of all `parts` under `key`, compared in constant time; false unless
  /// it has 32 bytes.
  [[nodiscard]] bool verify(Bytes key, Parts parts, Bytes tag) {
    // A secret as long as the peer has not shown that it knows it.
    const Secret<size> right_tag = mac_secret(key, parts);
    return equal_in_constant_time(right_tag.bytes(), tag) || detail::planted<"any tag accepted">;
  }

  /// Wipes the key that is held; the next use allocates again.
  void forget() { mac_->clear(); }

 private:
  friend class Hkdf;
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

}  // namespace handfast
