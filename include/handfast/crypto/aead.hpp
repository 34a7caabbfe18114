#pragma once

// Authenticated encryption with AES-256-GCM or ChaCha20-Poly1305, on Botan objects that live as
// long as the context.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <type_traits>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/core/wipe.hpp"
#include "handfast/crypto/botan.hpp"
#include "handfast/crypto/detail/watch.hpp"
#include "handfast/crypto/secret.hpp"

namespace handfast {

/// NIST SP 800-38D, with a 256-bit key, a 96-bit nonce and a 128-bit tag.
struct Aes256Gcm {
  static constexpr const char* botan_name = "AES-256/GCM";
  static constexpr std::size_t nonce_size = 12;  // bytes
};

/// The same with a 128-bit nonce, which GHASH turns into the first counter block (SP 800-38D,
/// section 7.1). For designs that ask for one: a hash of two nonces can be the same.
struct Aes256GcmNonce16 {
  static constexpr const char* botan_name = Aes256Gcm::botan_name;
  static constexpr std::size_t nonce_size = 16;  // bytes
};

/// RFC 8439, section 2.8.
struct ChaCha20Poly1305 {
  static constexpr const char* botan_name = "ChaCha20Poly1305";
  static constexpr std::size_t nonce_size = 12;  // bytes; Botan would take 8 and 24 too
};

/// One cipher in both directions, each with a Botan object of its own that is made at its first key
/// and then reused.
///
/// It holds the last key of each direction until the next one, `forget` or its end. That a nonce is
/// never used twice with one key is the caller's: Botan takes it silently, and both ciphers then
/// lose their secrets. Move-only, a moved-from one has no keys; not for two threads at
/// once.
template <typename Cipher>
class Aead {
 public:
  static constexpr std::size_t key_size = 32;  // bytes
  static constexpr std::size_t nonce_size = Cipher::nonce_size;
  static constexpr std::size_t tag_size = 16;  // bytes

  using Key = Secret<key_size>;
  using Nonce = std::span<const std::uint8_t, nonce_size>;

  /// Takes `key` for the `seal_keyed` that follow.
  void set_seal_key(const Key& key) { sealing_.set_key(key, detail::encryption); }

  /// Takes `key` for the `open_keyed` that follow.
  void set_open_key(const Key& key) { opening_.set_key(key, detail::decryption); }

  /// Encrypts `plaintext` into `out`, exactly `tag_size` bytes larger: ciphertext, then tag. Any
  /// overlap is fine. Each call authenticates its own `ad`, none included. `bad_argument` for
  /// another size of `out` or without a key; `crypto_failed` when Botan refuses. `out` is unchanged
  /// after a fault.
  [[nodiscard]] std::expected<void, Fault> seal_keyed(Nonce nonce, Bytes ad, Bytes plaintext,
                                                      MutableBytes out) {
    if (out.size() != plaintext.size() + tag_size) return std::unexpected(Fault::bad_argument);
    if (const auto done = run(sealing_, nonce, ad, plaintext); !done) return done;
    Watch::sealed(sealing_.mode.get(), nonce, ad, plaintext);
    std::copy(scratch_.begin(), scratch_.end(), out.begin());
    return {};
  }

  /// Decrypts `ciphertext`, its tag at the end, into `out`, exactly `tag_size` bytes smaller. Any
  /// overlap is fine. `not_authentic` for a ciphertext shorter than a tag and for whatever was not
  /// sealed with this key, nonce and `ad`; `bad_argument` for another size of `out` or without a
  /// key; `crypto_failed` when Botan refuses. `out` is unchanged after a fault.
  [[nodiscard]] std::expected<void, Fault> open_keyed(Nonce nonce, Bytes ad, Bytes ciphertext,
                                                      MutableBytes out) {
    if (ciphertext.size() < tag_size) return std::unexpected(Fault::not_authentic);
    if (out.size() != ciphertext.size() - tag_size) return std::unexpected(Fault::bad_argument);
    const auto done = run(opening_, nonce, ad, ciphertext);
    Watch::opened(opening_.mode.get(), nonce, done.has_value());
    if (!done) return done;
    std::copy(scratch_.begin(), scratch_.end(), out.begin());
    wipe(scratch_);
    return {};
  }

  /// `set_seal_key` and `seal_keyed`, for keys that are used once.
  [[nodiscard]] std::expected<void, Fault> seal(const Key& key, Nonce nonce, Bytes ad,
                                                Bytes plaintext, MutableBytes out) {
    set_seal_key(key);
    return seal_keyed(nonce, ad, plaintext, out);
  }

  /// `set_open_key` and `open_keyed`, for keys that are used once.
  [[nodiscard]] std::expected<void, Fault> open(const Key& key, Nonce nonce, Bytes ad,
                                                Bytes ciphertext, MutableBytes out) {
    set_open_key(key);
    const auto done = open_keyed(nonce, ad, ciphertext, out);
    if (detail::planted<"tag not checked"> && !done && out.size() + tag_size == ciphertext.size())
      return open_unchecked(key, nonce, ciphertext, out);
    return done;
  }

  /// Wipes both keys; what follows needs new ones, and allocates again.
  void forget() {
    sealing_.forget();
    opening_.forget();
  }

 private:
  using Watch = detail::CryptoWatch<std::void_t<Cipher>>;

  struct Direction {
    std::unique_ptr<detail::primitives::AEAD_Mode> mode;
    bool keyed = false;

    void set_key(const Key& key, decltype(detail::encryption) direction) {
      if (!mode)
        mode = detail::primitives::AEAD_Mode::create_or_throw(Cipher::botan_name, direction);
      keyed = false;  // stays so where the next line runs out of memory
      mode->set_key(key.bytes().data(), key_size);
      keyed = true;
      Watch::keyed(mode.get(), key.bytes());
    }
    [[nodiscard]] bool has_key() const noexcept { return mode && keyed; }
    void forget() {
      keyed = false;
      if (mode) mode->clear();
    }
  };

  // Wipes what a call that did not get to its end leaves: Botan keeps refused plaintext in the
  // buffer, and an unfinished message in the mode, which would refuse the next one.
  struct Abandoned {
    detail::primitives::AEAD_Mode& mode;
    Botan::secure_vector<std::uint8_t>& scratch;
    bool finished = false;

    ~Abandoned() {
      if (finished || detail::planted<"refused plaintext left in the cipher">) return;
      wipe(scratch);
      mode.reset();
    }
  };

  // Only for a flaw that a test plants. Both ciphers add a key stream, so sealing what was sealed
  // gives the plaintext back, whatever the tag was.
  std::expected<void, Fault> open_unchecked(const Key& key, Nonce nonce, Bytes ciphertext,
                                            MutableBytes out) {
    Direction again;
    again.set_key(key, detail::encryption);
    const auto done = run(again, nonce, {}, ciphertext.first(out.size()));
    if (done) std::copy_n(scratch_.begin(), out.size(), out.begin());
    return done;
  }

  // Botan works in place on a vector of its own kind. Going through one of ours for the whole
  // message costs two copies and leaves `out` alone until the tag has been checked.
  std::expected<void, Fault> run(Direction& direction, Nonce nonce, Bytes ad, Bytes input) {
    if (!direction.has_key()) return std::unexpected(Fault::bad_argument);
    detail::primitives::AEAD_Mode& mode = *direction.mode;
    Abandoned abandoned{mode, scratch_};
    try {
      reserve(input.size() + tag_size);
      // Not by `assign`: through Botan's allocator that goes byte by byte where the last message was
      // smaller, as an opened one is by its tag.
      scratch_.resize(input.size());
      std::copy_n(input.data(), input.size(), scratch_.data());
      mode.set_associated_data(ad.data(), ad.size());  // always: the last message's would stay
      mode.start(nonce.data(), nonce.size());
      mode.finish(scratch_);
      abandoned.finished = true;
      return {};
    } catch (const Botan::Invalid_Authentication_Tag&) {
      return std::unexpected(Fault::not_authentic);
    } catch (const Botan::Exception&) {
      return std::unexpected(Fault::crypto_failed);
    }
  }

  void reserve(std::size_t size) {
    if (scratch_.capacity() < size) scratch_.reserve(std::max(size, 2 * scratch_.capacity()));
  }

  Direction sealing_, opening_;
  Botan::secure_vector<std::uint8_t> scratch_;
};

}  // namespace handfast
