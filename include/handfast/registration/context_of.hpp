#pragma once

// What a hardened role is given: configuration, its long-lived key, randomness, and the primitives'
// objects.

#include "handfast/core/link.hpp"
#include "handfast/core/time.hpp"
#include "handfast/crypto/aead.hpp"
#include "handfast/crypto/hash.hpp"
#include "handfast/crypto/hkdf.hpp"
#include "handfast/crypto/hmac.hpp"
#include "handfast/crypto/random.hpp"
#include "handfast/crypto/x25519.hpp"

namespace handfast::registration {

/// The context of roles that are configured with `Config`. Move-only; not for two threads at once.
template <class Config>
struct ContextOf {
  ContextOf() = default;
  ContextOf(Config c, x25519::PrivateKey key, Random r = {})
      : config(std::move(c)), identity(std::move(key)), random(r) {}

  /// Wipes what the primitives' objects still hold of the last keys; when used again they allocate
  /// again.
  void forget_keys() {
    hmac.forget();
    hkdf.forget();
    aead.forget();
  }

  Time now;
  Link link;
  Config config;
  x25519::PrivateKey identity;
  Random random;
  Sha256 sha256;
  HmacSha256 hmac;
  Hkdf hkdf;
  Aead<ChaCha20Poly1305> aead;
};

}  // namespace handfast::registration
