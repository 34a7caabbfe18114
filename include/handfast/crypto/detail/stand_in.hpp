#pragma once

// Cheap stand-ins for Botan's primitives, for fuzzing: what is right passes and what is altered
// fails, as with the real ones, at a hundredth of the price. They hide nothing and stop nobody.
// The names and the functions are Botan's, so that the folder's own code is the same over either;
// botan.hpp chooses. Without the macro this file is empty, also inside the one big header.

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include <botan/exceptn.h>

#include "handfast/core/bytes.hpp"
#include "handfast/crypto/detail/little_endian.hpp"

// What happens in here is nothing that a fuzzer could learn from; what has a loop is kept from being
// inlined to where it counts.
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)
#endif

namespace handfast::stand_in {

inline constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;

[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t word) noexcept {
  word = (word ^ word >> 32) * 0xd6e8feb86659fd93;
  word = (word ^ word >> 32) * 0xd6e8feb86659fd93;
  return word ^ word >> 32;
}

// Where a hash takes its input in pieces it must come to the same as where it takes whole words.
static_assert(std::endian::native == std::endian::little,
              "handfast: stand-ins are for fuzzing on little-endian machines");

[[nodiscard]] inline std::uint64_t load(const std::uint8_t* bytes, std::size_t size = 8) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, size);
  return word;
}
/// The same of 1 to 7 bytes, without a loop.
[[nodiscard]] inline std::uint64_t load_few(const std::uint8_t* bytes, std::size_t size) noexcept {
  if (size >= 4) return load(bytes, 4) | load(bytes + size - 4, 4) << 8 * (size - 4);
  const std::size_t middle = size / 2, last = size - 1;
  return bytes[0] | std::uint64_t{bytes[middle]} << 8 * middle |
         std::uint64_t{bytes[last]} << 8 * last;
}
inline void store(std::uint8_t* bytes, std::uint64_t word, std::size_t size = 8) noexcept {
  std::memcpy(bytes, &word, size);
}

/// A hash of 64 bits over input that comes in any pieces. Inputs of one size that differ within one
/// word of 8 bytes always have different hashes; others differ but for chance.
class Hash {
 public:
  explicit Hash(std::uint64_t kind) noexcept : state_(mixed(kind)) {}

  [[gnu::noinline]] void update(const std::uint8_t* bytes, std::size_t size) noexcept {
    const std::size_t held = 8 * (size_ % 8);  // bits, in word_
    std::uint64_t state = state_, word = word_;
    size_ += size;
    if (held == 0) {
      for (; size >= 8; bytes += 8, size -= 8) state = absorbed(state, load(bytes));
      if (size > 0) word = load_few(bytes, size);
    } else {
      for (; size >= 8; bytes += 8, size -= 8) {
        const std::uint64_t next = load(bytes);
        state = absorbed(state, word | next << held);
        word = next >> (64 - held);
      }
      if (size > 0) {
        const std::uint64_t rest = load_few(bytes, size);
        word |= rest << held;
        if (held + 8 * size >= 64) {
          state = absorbed(state, word);
          word = rest >> (64 - held);
        }
      }
    }
    state_ = state, word_ = word;
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return mixed(state_ ^ word_ ^ size_ * odd); }
  /// Fills `out` with what follows from the value; `size` in bytes, a multiple of 8.
  [[gnu::noinline]] void spread(std::uint8_t* out, std::size_t size) const noexcept {
    for (std::uint64_t word = value(), i = 0; i < size; i += 8) store(out + i, (word ^ i) * odd);
  }

 private:
  [[nodiscard]] static std::uint64_t absorbed(std::uint64_t state, std::uint64_t word) noexcept {
    state = (state ^ word) * odd;
    return state ^ state >> 29;
  }

  std::uint64_t state_, word_ = 0, size_ = 0;
};

/// Instead of any hash function.
class HashFunction {
 public:
  static std::unique_ptr<HashFunction> create_or_throw(std::string_view) {
    return std::make_unique<HashFunction>();
  }
  void update(const std::uint8_t* bytes, std::size_t size) noexcept { hash_.update(bytes, size); }
  void final(std::uint8_t* out) noexcept { std::exchange(hash_, Hash{1}).spread(out, 32); }

 private:
  Hash hash_{1};
};

/// Instead of any MAC: Poly1305's tag has 16 bytes, that of the others 32.
class MessageAuthenticationCode {
 public:
  explicit MessageAuthenticationCode(std::size_t size) noexcept : size_(size) {}
  static std::unique_ptr<MessageAuthenticationCode> create_or_throw(std::string_view name) {
    return std::make_unique<MessageAuthenticationCode>(name == "Poly1305" ? 16 : 32);
  }
  void set_key(const std::uint8_t* key, std::size_t size) noexcept {
    Hash hash{2};
    hash.update(key, size);
    keyed_ = hash_ = Hash{hash.value()};
  }
  void update(const std::uint8_t* bytes, std::size_t size) noexcept { hash_.update(bytes, size); }
  void final(std::uint8_t* out) noexcept { std::exchange(hash_, keyed_).spread(out, size_); }
  void clear() noexcept { keyed_ = hash_ = Hash{2}; }

 private:
  std::size_t size_;  // of a tag, in bytes
  Hash keyed_{2}, hash_{2};
};

/// Instead of any stream cipher.
class StreamCipher {
 public:
  static std::unique_ptr<StreamCipher> create_or_throw(std::string_view) {
    return std::make_unique<StreamCipher>();
  }
  void set_key(const std::uint8_t* key, std::size_t size) noexcept {
    Hash hash{9};
    hash.update(key, size);
    key_ = hash.value();
  }
  void set_iv(const std::uint8_t* nonce, std::size_t size) noexcept {
    Hash hash{key_};
    hash.update(nonce, size);
    stream_ = hash.value();
    at_ = 0;
  }
  [[gnu::noinline]] void cipher1(std::uint8_t* text, std::size_t size) noexcept {
    for (std::size_t i = 0; i < size; ++i, ++at_) {
      const auto word = mixed(stream_ + at_ / 8);
      text[i] ^= static_cast<std::uint8_t>(word >> (8 * (at_ % 8)));
    }
  }
  void clear() noexcept { key_ = stream_ = 0; }

 private:
  std::uint64_t key_ = 0, stream_ = 0, at_ = 0;
};

/// Instead of any AEAD with a tag of 16 bytes: the plaintext under a stream of key and nonce, and a
/// tag over all of it.
class AEAD_Mode {
 public:
  AEAD_Mode(std::string_view name, bool opens) noexcept : name_(name), opens_(opens) {}
  template <class Direction>
  static std::unique_ptr<AEAD_Mode> create_or_throw(std::string_view name, Direction direction) {
    return std::make_unique<AEAD_Mode>(name, direction != Direction{});  // Botan's zero encrypts
  }
  void set_key(const std::uint8_t* key, std::size_t size) noexcept {
    Hash hash{3};
    hash.update(bytes_of(name_).data(), name_.size());
    hash.update(key, size);
    key_ = hash.value();
  }
  void set_associated_data(const std::uint8_t* ad, std::size_t size) noexcept {
    Hash hash{4};
    hash.update(ad, size);
    ad_ = hash.value();
  }
  void start(const std::uint8_t* nonce, std::size_t size) noexcept {
    Hash hash{key_};
    hash.update(nonce, size);
    stream_ = hash.value();
  }
  /// In place: `text` loses its tag, or gets one.
  void finish(auto& text) {
    if (!opens_) {
      const auto tag = tag_of(text.data(), text.size());
      cover(text.data(), text.size());
      text.insert(text.end(), tag.begin(), tag.end());
    } else {
      const std::size_t size = text.size() - tag_size;
      cover(text.data(), size);
      if (!std::ranges::equal(tag_of(text.data(), size), Bytes{text}.subspan(size)))
        throw Botan::Invalid_Authentication_Tag("stand-in");
      text.resize(size);
    }
  }
  void reset() noexcept {}
  void clear() noexcept { key_ = 0; }

 private:
  static constexpr std::size_t tag_size = 16;  // bytes

  [[gnu::noinline]] void cover(std::uint8_t* text, std::size_t size) const noexcept {
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8) store(text + i, load(text + i) ^ mixed(stream_ + i));
    if (i < size) store(text + i, load_few(text + i, size - i) ^ mixed(stream_ + i), size - i);
  }
  [[nodiscard]] std::array<std::uint8_t, tag_size> tag_of(const std::uint8_t* text,
                                                          std::size_t size) const noexcept {
    Hash hash{mixed(stream_ * odd) ^ ad_};
    hash.update(text, size);
    std::array<std::uint8_t, tag_size> tag;
    hash.spread(tag.data(), tag.size());
    return tag;
  }

  std::string_view name_;
  bool opens_;
  std::uint64_t key_ = 0, ad_ = 0, stream_ = 0;
};

/// Instead of AES-128-CBC with PKCS #7 padding: the padded plaintext under a stream of key and IV.
class Cipher_Mode {
 public:
  explicit Cipher_Mode(bool opens) noexcept : opens_(opens) {}
  template <class Direction>
  static std::unique_ptr<Cipher_Mode> create_or_throw(std::string_view, Direction direction) {
    return std::make_unique<Cipher_Mode>(direction != Direction{});  // Botan's zero encrypts
  }
  void set_key(const std::uint8_t* key, std::size_t size) noexcept { stream_.set_key(key, size); }
  void start(const std::uint8_t* iv, std::size_t size) noexcept { stream_.set_iv(iv, size); }
  /// In place: `text` gets its padding, or loses it.
  void finish(auto& text) {
    if (!opens_) {
      const std::size_t count = block_size - text.size() % block_size;
      text.insert(text.end(), count, static_cast<std::uint8_t>(count));
    }
    stream_.cipher1(text.data(), text.size());
    if (!opens_) return;
    const std::size_t count = text.empty() ? 0 : text.back();
    const auto padding = Bytes{text}.last(std::min(count, text.size()));
    if (count == 0 || count > block_size || text.size() % block_size != 0 ||
        std::ranges::any_of(padding, [&](std::uint8_t byte) { return byte != count; }))
      throw Botan::Decoding_Error("stand-in");
    text.resize(text.size() - count);
  }
  void reset() noexcept {}
  void clear() noexcept { stream_.clear(); }

 private:
  static constexpr std::size_t block_size = 16;  // bytes

  bool opens_;
  StreamCipher stream_;
};

/// Instead of Botan's functions on raw bytes.
namespace Sodium {

using detail::Number;

/// 32 bytes that follow from `word`, which are those of a canonical key: below 2^254.
inline void write_key(std::uint8_t* out, std::uint64_t word) noexcept {
  store(out, word);
  for (std::uint64_t i = 1; i < 4; ++i) store(out + 8 * i, mixed(word + i));
  out[31] &= 0x3f;
}

// X25519: a public key is a private key's odd number times an odd base, modulo 2^64, so that
// agreeing commutes and never gives zero.

[[gnu::noinline]] inline std::uint64_t private_number(const std::uint8_t* key) noexcept {
  Hash hash{5};
  hash.update(key, 32);
  return hash.value() | 1;
}

/// The number of a point: its own where a private key made it, else one that follows from all of
/// its bytes. As in the real one the top bit does not count, p + k is k, and a point of low order
/// gives zero.
[[gnu::noinline]] inline std::uint64_t point_number(const std::uint8_t* encoded) noexcept {
  static constexpr std::uint8_t low_order[2][32] = {
      {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
       0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
       0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
      {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
       0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
       0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57}};
  Number point;
  std::copy_n(encoded, point.size(), point.begin());
  point[31] &= 0x7f;
  if (!detail::less(point, detail::field_prime)) {
    const auto above = static_cast<std::uint8_t>(point[0] - detail::field_prime[0]);
    point = {above};
  }
  Number edge{};  // 0, 1 and p - 1
  if (point == edge) return 0;
  edge[0] = 1;
  if (point == edge) return 0;
  edge = detail::field_prime;
  --edge[0];
  if (point == edge) return 0;
  for (const auto& low : low_order)
    if (std::ranges::equal(point, low)) return 0;
  const std::uint64_t number = load(point.data());
  Number honest;
  write_key(honest.data(), number);
  if (point == honest && number % 2 == 1) return number;
  Hash hash{6};
  hash.update(point.data(), point.size());
  return hash.value() | 1;
}

inline int crypto_scalarmult_curve25519(std::uint8_t* out, const std::uint8_t* scalar,
                                        const std::uint8_t* point) noexcept {
  const std::uint64_t number = point_number(point);
  if (number == 0)
    std::fill_n(out, 32, std::uint8_t{0});
  else
    write_key(out, private_number(scalar) * number);
  return 0;
}
inline int crypto_scalarmult_curve25519_base(std::uint8_t* out,
                                             const std::uint8_t* scalar) noexcept {
  write_key(out, private_number(scalar) * odd);
  return 0;
}

/// Instead of HSalsa20.
inline int crypto_core_hsalsa20(std::uint8_t* out, const std::uint8_t* in, const std::uint8_t* key,
                                const std::uint8_t*) noexcept {
  Hash hash{10};
  hash.update(in, 16);
  hash.update(key, 32);
  hash.spread(out, 32);
  return 0;
}

// Ed25519: a signature is a hash of public key and message, so that anybody can make one. The public
// key is that of X25519 for the scalar that the seed stands for, so that XEdDSA needs no arithmetic.

inline int crypto_sign_ed25519_seed_keypair(std::uint8_t* public_key, std::uint8_t* secret_key,
                                            const std::uint8_t* seed) noexcept {
  std::uint8_t scalar[64];
  HashFunction hash;
  hash.update(seed, 32);
  hash.final(scalar);
  crypto_scalarmult_curve25519_base(public_key, scalar);
  std::copy_n(seed, 32, secret_key);
  std::copy_n(public_key, 32, secret_key + 32);
  return 1;
}
inline void write_signature(std::uint8_t* out, const std::uint8_t* message, std::size_t size,
                            const std::uint8_t* public_key) noexcept {
  Hash hash{8};
  hash.update(public_key, 32);
  hash.update(message, size);
  hash.spread(out, 64);
  out[63] &= 0x0f;  // S is below L
}
inline int crypto_sign_ed25519_detached(std::uint8_t* signature, unsigned long long*,
                                        const std::uint8_t* message, std::size_t size,
                                        const std::uint8_t* secret_key) noexcept {
  write_signature(signature, message, size, secret_key + 32);
  return 0;
}
inline int crypto_sign_ed25519_verify_detached(const std::uint8_t* signature,
                                               const std::uint8_t* message, std::size_t size,
                                               const std::uint8_t* public_key) noexcept {
  std::uint8_t right[64];
  write_signature(right, message, size, public_key);
  return std::equal(right, right + 64, signature) ? 0 : -1;
}

}  // namespace Sodium
}  // namespace handfast::stand_in

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif  // FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
