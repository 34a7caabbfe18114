#pragma once

// NaCl's box (Bernstein, Lange, Schwabe, "Cryptography in NaCl"): two X25519 keys agree on one key,
// under which XSalsa20-Poly1305 seals both ways. For profiles that must speak it: there is no
// associated data, and a box says nothing about who of the two has sealed it.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/core/wipe.hpp"
#include "handfast/crypto/botan.hpp"
#include "handfast/crypto/detail/watch.hpp"
#include "handfast/crypto/secret.hpp"
#include "handfast/crypto/x25519.hpp"

namespace handfast {

/// XSalsa20-Poly1305, NaCl's `secretbox`, with Botan objects that are reused for every key: nothing
/// is allocated once the largest message was seen. It holds the last key until the next one,
/// `forget` or its end. That a nonce is never used twice with one key is the caller's. Move-only; a
/// moved-from one may only be destroyed or assigned to. Not for two threads at once.
class SecretBox {
 public:
  static constexpr std::size_t key_size = 32;    // bytes
  static constexpr std::size_t nonce_size = 24;  // bytes
  static constexpr std::size_t tag_size = 16;    // bytes

  using Key = Secret<key_size>;
  using Nonce = std::span<const std::uint8_t, nonce_size>;

  /// Encrypts `plaintext` into `out`, exactly `tag_size` bytes larger: tag, then ciphertext. Any
  /// overlap is fine. `bad_argument`, and `out` unchanged, for another size of `out`.
  [[nodiscard]] std::expected<void, Fault> seal(const Key& key, Nonce nonce, Bytes plaintext,
                                                MutableBytes out) {
    if (out.size() != plaintext.size() + tag_size) return std::unexpected(Fault::bad_argument);
    start(key, nonce);
    Watch::sealed(this, nonce, {}, plaintext);
    text_.assign(plaintext.begin(), plaintext.end());
    cipher_->cipher1(text_.data(), text_.size());
    const auto tag = tag_of(text_);
    std::ranges::copy(tag, out.begin());
    std::ranges::copy(text_, out.begin() + tag_size);
    return {};
  }

  /// Decrypts `box`, its tag first, into `out`, exactly `tag_size` bytes smaller. Any overlap is fine.
  /// `not_authentic` for a box shorter than a tag and for whatever was not sealed with this key and
  /// nonce: nothing of that is ever decrypted. `bad_argument` for another size of `out`. `out` is
  /// unchanged after a fault.
  [[nodiscard]] std::expected<void, Fault> open(const Key& key, Nonce nonce, Bytes box,
                                                MutableBytes out) {
    if (box.size() < tag_size) return std::unexpected(Fault::not_authentic);
    if (out.size() != box.size() - tag_size) return std::unexpected(Fault::bad_argument);
    start(key, nonce);
    const Bytes ciphertext = box.subspan(tag_size);
    const bool is_authentic = equal_in_constant_time(tag_of(ciphertext), box.first(tag_size)) ||
                              detail::planted<"tag of a box not checked">;
    Watch::opened(this, nonce, is_authentic);
    if (!is_authentic) return std::unexpected(Fault::not_authentic);
    text_.assign(ciphertext.begin(), ciphertext.end());
    cipher_->cipher1(text_.data(), text_.size());
    std::ranges::copy(text_, out.begin());
    wipe(text_);
    return {};
  }

  /// Wipes the key that is held; the next use allocates again.
  void forget() {
    cipher_->clear();
    mac_->clear();
  }

 private:
  using Watch = detail::CryptoWatch<>;

  /// Takes the stream of `key` and `nonce`. Its first 32 bytes are the tag's key; what follows is the
  /// message's.
  void start(const Key& key, Nonce nonce) {
    cipher_->set_key(key.bytes().data(), key_size);
    cipher_->set_iv(nonce.data(), nonce.size());
    Watch::keyed(this, key.bytes());
    Secret<32> tag_key;
    cipher_->cipher1(tag_key.writable().data(), tag_key.bytes().size());
    mac_->set_key(tag_key.bytes().data(), tag_key.bytes().size());
  }
  [[nodiscard]] std::array<std::uint8_t, tag_size> tag_of(Bytes ciphertext) {
    std::array<std::uint8_t, tag_size> tag{};
    mac_->update(ciphertext.data(), ciphertext.size());
    mac_->final(tag.data());
    return tag;
  }

  std::unique_ptr<detail::primitives::StreamCipher> cipher_ =
      detail::primitives::StreamCipher::create_or_throw("Salsa20");
  std::unique_ptr<detail::primitives::MessageAuthenticationCode> mac_ =
      detail::primitives::MessageAuthenticationCode::create_or_throw("Poly1305");
  Botan::secure_vector<std::uint8_t> text_;
};

/// The key that `ours` and `theirs` agree on in NaCl's `box`, the same for both ways: HSalsa20 of the
/// X25519 result and 16 zero bytes. `bad_argument` without a private key; `low_order_key` where the
/// result is all zero, for which NaCl makes a key that everybody knows.
[[nodiscard]] inline std::expected<SecretBox::Key, Fault> box_key(const x25519::PrivateKey& ours,
                                                                  const x25519::PublicKey& theirs) {
  const auto shared = x25519::agree(ours, theirs);
  if (!shared) return std::unexpected(shared.error());
  static constexpr std::array<std::uint8_t, 16> zero{};
  SecretBox::Key key;
  detail::primitives::Sodium::crypto_core_hsalsa20(key.writable().data(), zero.data(),
                                                   shared->bytes().data(), nullptr);
  return key;
}

}  // namespace handfast
