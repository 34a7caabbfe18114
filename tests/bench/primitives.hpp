#pragma once

// Botan's objects as a protocol by hand uses them: made once, with the copies that Botan asks for;
// nothing is wiped. The baseline of the costs.

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>
#include <memory>

#include "handfast/crypto/aead.hpp"
#include "handfast/crypto/hmac.hpp"
#include "handfast/crypto/random.hpp"

namespace bare {

using namespace handfast;
using Key = std::array<std::uint8_t, 32>;
using Nonce = std::array<std::uint8_t, 12>;

/// Botan's objects, one of each.
class Primitives {
 public:
  void random(MutableBytes out) { Botan::system_rng().randomize(out.data(), out.size()); }

  void mac(Bytes key, Bytes message, Key& out) {
    hmac_->set_key(key.data(), key.size());
    hmac_->update(message.data(), message.size());
    hmac_->final(out.data());
  }
  /// HKDF's second step, at most 64 bytes.
  void expand(const Key& key, std::initializer_list<Bytes> info, MutableBytes out) {
    Key block;
    hmac_->set_key(key.data(), key.size());
    for (const Bytes part : info) hmac_->update(part.data(), part.size());
    hmac_->update(std::uint8_t{1});
    hmac_->final(block.data());
    std::copy_n(block.begin(), std::min(out.size(), block.size()), out.begin());
    if (out.size() <= block.size()) return;
    hmac_->update(block.data(), block.size());
    for (const Bytes part : info) hmac_->update(part.data(), part.size());
    hmac_->update(std::uint8_t{2});
    hmac_->final(block.data());
    std::copy_n(block.begin(), out.size() - block.size(), out.begin() + block.size());
  }
  void hkdf(const Key& key, std::string_view salt, std::initializer_list<Bytes> info, Key& out) {
    Key extracted;
    mac(bytes_of(salt), key, extracted);
    expand(extracted, info, out);
  }
  void sha256(std::initializer_list<Bytes> parts, Key& out) {
    for (const Bytes part : parts) hash_->update(part.data(), part.size());
    hash_->final(out.data());
  }

  void seal(const Key& key, const Nonce& nonce, Bytes ad, Bytes plaintext, MutableBytes out) {
    run(*seal_, key, nonce, ad, plaintext, out);
  }
  void open(const Key& key, const Nonce& nonce, Bytes ad, Bytes ciphertext, MutableBytes out) {
    run(*open_, key, nonce, ad, ciphertext, out);
  }

 private:
  void run(Botan::AEAD_Mode& mode, const Key& key, const Nonce& nonce, Bytes ad, Bytes in,
           MutableBytes out) {
    mode.set_key(key.data(), key.size());
    mode.set_associated_data(ad.data(), ad.size());
    mode.start(nonce.data(), nonce.size());
    scratch_.assign(in.begin(), in.end());
    mode.finish(scratch_);
    std::memcpy(out.data(), scratch_.data(), scratch_.size());
  }

  std::unique_ptr<Botan::MessageAuthenticationCode> hmac_ =
      Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
  std::unique_ptr<Botan::HashFunction> hash_ = Botan::HashFunction::create_or_throw("SHA-256");
  std::unique_ptr<Botan::AEAD_Mode> seal_ =
      Botan::AEAD_Mode::create_or_throw("AES-256/GCM", handfast::detail::encryption);
  std::unique_ptr<Botan::AEAD_Mode> open_ =
      Botan::AEAD_Mode::create_or_throw("AES-256/GCM", handfast::detail::decryption);
  Botan::secure_vector<std::uint8_t> scratch_ = room();

  static Botan::secure_vector<std::uint8_t> room() {
    Botan::secure_vector<std::uint8_t> out;
    out.reserve(1 << 18);
    return out;
  }
};

/// A key pair from the system's random source.
struct KeyPair {
  Key secret, shown;
  explicit KeyPair(Primitives& p) {
    p.random(secret);
    Botan::Sodium::crypto_scalarmult_curve25519_base(shown.data(), secret.data());
  }
};

inline void write_big_endian(std::uint8_t* out, std::uint64_t number, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    out[i] = static_cast<std::uint8_t>(number >> (8 * (size - 1 - i)));
}

}  // namespace bare
