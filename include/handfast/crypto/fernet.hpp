#pragma once

// Fernet tokens (the specification at github.com/fernet/spec, version 0x80): AES-128-CBC under an
// HMAC-SHA-256, as base64url with padding. For profiles that must speak it.
//
//   0x80 (1)  time (8)  IV (16)  ciphertext (a multiple of 16)  HMAC of all before (32)

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/core/wipe.hpp"
#include "handfast/crypto/botan.hpp"
#include "handfast/crypto/hmac.hpp"
#include "handfast/crypto/secret.hpp"
#include "handfast/wire/base64.hpp"

namespace handfast {

/// Seals and opens Fernet tokens, with Botan objects that are reused for every key. It holds the
/// last key until the next one, `forget` or its end. Move-only; a moved-from one may only be
/// destroyed or assigned to. Not for two threads at once.
class Fernet {
 public:
  static constexpr std::size_t key_size = 32;    // bytes: 16 to sign, then 16 to encrypt
  static constexpr std::size_t iv_size = 16;     // bytes
  static constexpr std::size_t block_size = 16;  // bytes
  static constexpr std::uint8_t version = 0x80;

  using Key = Secret<key_size>;
  using Iv = std::span<const std::uint8_t, iv_size>;

  /// Which tokens are too old or too new, in seconds. The specification leaves it to the receiver
  /// whether to ask.
  struct Age {
    std::uint64_t now = 0;        // since the Unix epoch
    std::uint64_t age_max = 0;    // a token of this age still counts
    std::uint64_t skew_max = 60;  // how far ahead of ours the sender's clock may be
  };
  /// What a token says.
  struct Opened {
    std::uint64_t seconds = 0;  // since the Unix epoch, by its sender's clock
    std::size_t size = 0;       // of the plaintext, in bytes
  };

  /// The characters of a token around `plaintext_size` bytes.
  [[nodiscard]] static constexpr std::size_t token_size(std::size_t plaintext_size) noexcept {
    return wire::base64::encoded_size(binary_size(plaintext_size), wire::base64::url_padded);
  }
  /// The most bytes of plaintext that a token of `token_size` characters holds: what `open` wants
  /// room for.
  [[nodiscard]] static constexpr std::size_t plaintext_size_max(std::size_t token_size) noexcept {
    const std::size_t size = wire::base64::decoded_size_max(token_size);
    return size < binary_size(0) ? 0 : size - binary_size(0) + block_size - 1;
  }

  /// Writes the token around `plaintext` into `out`, exactly `token_size(plaintext.size())`
  /// characters. `seconds` is the time since the Unix epoch; `iv` must be random, or it shows which
  /// plaintexts begin alike. `bad_argument` for another size of `out`; `crypto_failed` when Botan
  /// refuses. `out` is unchanged after a fault.
  [[nodiscard]] std::expected<void, Fault> seal(const Key& key, std::uint64_t seconds, Iv iv,
                                                Bytes plaintext, std::span<char> out) {
    if (out.size() != token_size(plaintext.size())) return std::unexpected(Fault::bad_argument);
    Wiped wiped{*this};
    if (!run(encrypting_, detail::encryption, key, iv, plaintext))
      return std::unexpected(Fault::crypto_failed);
    std::array<std::uint8_t, header_size> header{version};
    for (std::size_t i = 0; i < 8; ++i)
      header[1 + i] = static_cast<std::uint8_t>(seconds >> (8 * (7 - i)));
    std::ranges::copy(iv, header.begin() + 9);
    const auto tag = hmac_.mac(signing(key), {header, Bytes{text_}});
    token_.assign(header.begin(), header.end());
    token_.insert(token_.end(), text_.begin(), text_.end());
    token_.insert(token_.end(), tag.begin(), tag.end());
    const auto written = wire::base64::encode(Bytes{token_}, out, wire::base64::url_padded);
    return written ? std::expected<void, Fault>{} : std::unexpected(written.error());
  }

  /// Reads `token` into `out`, of at least `plaintext_size_max(token.size())` bytes, and gives the
  /// plaintext's size; its age counts only where `age` is given.
  ///
  /// `bad_encoding` for what is not base64url with padding; `wrong_version`; `wrong_length` for what
  /// has no whole blocks; `not_authentic` for what was not sealed with `key`, of which nothing is
  /// decrypted; `stale` and `too_far_ahead` by its age; `malformed` for wrong padding below a right
  /// tag; `too_large` for another size of `out`. `out` is unchanged after a fault.
  [[nodiscard]] std::expected<Opened, Fault> open(const Key& key, std::string_view token,
                                                  MutableBytes out,
                                                  const std::optional<Age>& age = {}) {
    if (out.size() < plaintext_size_max(token.size())) return std::unexpected(Fault::too_large);
    Wiped wiped{*this};
    token_.resize(wire::base64::decoded_size_max(token.size()));
    const auto size = wire::base64::decode(token, MutableBytes{token_}, wire::base64::url_padded);
    if (!size) return std::unexpected(size.error());
    const Bytes whole = Bytes{token_}.first(*size);
    if (whole.empty() || whole[0] != version) return std::unexpected(Fault::wrong_version);
    if (whole.size() < binary_size(0) || (whole.size() - binary_size(0)) % block_size != 0)
      return std::unexpected(Fault::wrong_length);
    const Bytes signed_part = whole.first(whole.size() - HmacSha256::size);
    if (!hmac_.verify(signing(key), signed_part, whole.last(HmacSha256::size)))
      return std::unexpected(Fault::not_authentic);
    Opened opened;
    for (std::size_t i = 0; i < 8; ++i) opened.seconds = opened.seconds << 8 | whole[1 + i];
    if (age)
      if (const auto in_time = check(*age, opened.seconds); !in_time)
        return std::unexpected(in_time.error());
    if (!run(decrypting_, detail::decryption, key, Iv{whole.subspan(9).first<iv_size>()},
             signed_part.subspan(header_size)))
      return std::unexpected(Fault::malformed);
    opened.size = text_.size();
    std::ranges::copy(text_, out.begin());
    return opened;
  }

  /// Wipes the keys that are held; the next use allocates again.
  void forget() {
    hmac_.forget();
    if (encrypting_) encrypting_->clear();
    if (decrypting_) decrypting_->clear();
  }

 private:
  static constexpr std::size_t header_size = 1 + 8 + iv_size;  // bytes
  using Mode = std::unique_ptr<detail::primitives::Cipher_Mode>;

  /// Padding is never empty: one byte to a whole block.
  [[nodiscard]] static constexpr std::size_t binary_size(std::size_t plaintext_size) noexcept {
    return header_size + (plaintext_size / block_size + 1) * block_size + HmacSha256::size;
  }
  [[nodiscard]] static Bytes signing(const Key& key) noexcept { return key.bytes().first<16>(); }

  [[nodiscard]] static std::expected<void, Fault> check(const Age& age,
                                                        std::uint64_t seconds) noexcept {
    if (detail::planted<"age of a token not checked">) return {};
    if (seconds > age.now && seconds - age.now > age.skew_max)
      return std::unexpected(Fault::too_far_ahead);
    if (seconds < age.now && age.now - seconds > age.age_max) return std::unexpected(Fault::stale);
    return {};
  }

  /// `input` under AES-128-CBC with PKCS #7 padding, into `text_`; false where Botan refuses.
  [[nodiscard]] bool run(Mode& mode, decltype(detail::encryption) direction, const Key& key, Iv iv,
                         Bytes input) {
    try {
      if (!mode)
        mode = detail::primitives::Cipher_Mode::create_or_throw("AES-128/CBC/PKCS7", direction);
      mode->set_key(key.bytes().data() + 16, 16);
      mode->start(iv.data(), iv.size());
      text_.reserve(input.size() + block_size);
      text_.assign(input.begin(), input.end());
      mode->finish(text_);
      return true;
    } catch (const Botan::Exception&) {
      if (mode) mode->reset();
      return false;
    }
  }

  // Plaintext stays no longer than the call.
  struct Wiped {
    Fernet& fernet;
    ~Wiped() {
      wipe(fernet.text_);
      wipe(fernet.token_);
    }
  };

  HmacSha256 hmac_;
  Mode encrypting_, decrypting_;
  Botan::secure_vector<std::uint8_t> text_, token_;
};

}  // namespace handfast
