#pragma once

// Botan, and everything that its versions 2.19 and 3 do differently. Only headers of this folder
// include it.

#include <botan/aead.h>
#include <botan/cipher_mode.h>
#include <botan/exceptn.h>
#include <botan/hash.h>
#include <botan/mac.h>
#include <botan/mem_ops.h>
#include <botan/rng.h>
#include <botan/secmem.h>
#include <botan/sodium.h>
#include <botan/stream_cipher.h>
#include <botan/system_rng.h>
#include <botan/version.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "handfast/core/bytes.hpp"

// A Botan without one of these is found when the program is built: nothing here has to fail for it
// later.
#if !defined(BOTAN_HAS_AES) || !defined(BOTAN_HAS_AEAD_GCM)
#error "handfast: this Botan was built without AES-GCM"
#endif
#if !defined(BOTAN_HAS_AEAD_CHACHA20_POLY1305)
#error "handfast: this Botan was built without ChaCha20-Poly1305"
#endif
#if !defined(BOTAN_HAS_SHA2_32) || !defined(BOTAN_HAS_HMAC)
#error "handfast: this Botan was built without HMAC-SHA-256"
#endif
#if !defined(BOTAN_HAS_MODE_CBC) || !defined(BOTAN_HAS_CIPHER_MODE_PADDING)
#error "handfast: this Botan was built without CBC with padding"
#endif
#if !defined(BOTAN_HAS_SALSA20) || !defined(BOTAN_HAS_POLY1305)
#error "handfast: this Botan was built without XSalsa20-Poly1305"
#endif
#if !defined(BOTAN_HAS_SODIUM_API)
#error "handfast: this Botan was built without its Sodium layer (X25519 and Ed25519 on raw bytes)"
#endif
#if !defined(BOTAN_HAS_SYSTEM_RNG)
#error "handfast: this Botan was built without the system's random source"
#endif

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#include "handfast/crypto/detail/stand_in.hpp"
#endif

namespace handfast::detail {

// What this folder computes with: Botan, except where the whole program is built for fuzzing only.
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
namespace primitives = stand_in;
#else
namespace primitives = Botan;
#endif

#if BOTAN_VERSION_MAJOR >= 3
inline constexpr auto encryption = Botan::Cipher_Dir::Encryption;
inline constexpr auto decryption = Botan::Cipher_Dir::Decryption;
#else
inline constexpr auto encryption = Botan::ENCRYPTION;
inline constexpr auto decryption = Botan::DECRYPTION;
#endif

/// A Botan random source with one function to write, the same for both versions.
class RandomAdaptor : public Botan::RandomNumberGenerator {
 public:
  /// Fills all of `out` with random bytes; false where it cannot, and `out` is then of no use.
  [[nodiscard]] virtual bool fill(MutableBytes out) = 0;

  std::string name() const override { return "handfast"; }
  bool accepts_input() const final { return false; }
  bool is_seeded() const final { return true; }
  void clear() final {}

#if BOTAN_VERSION_MAJOR >= 3
 protected:
  void fill_bytes_with_input(std::span<std::uint8_t> out, std::span<const std::uint8_t>) final {
    fill_or_throw(out);
  }
#else
  void randomize(std::uint8_t out[], std::size_t size) final { fill_or_throw({out, size}); }
  void add_entropy(const std::uint8_t[], std::size_t) final {}
#endif

 private:
  // Botan knows no other way to say it; Random turns it back into a fault.
  void fill_or_throw(MutableBytes out) {
    if (!out.empty() && !fill(out)) throw Botan::PRNG_Unseeded(name());
  }
};

}  // namespace handfast::detail
