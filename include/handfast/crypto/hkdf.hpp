#pragma once

// HKDF-SHA-256 (RFC 5869) over one reused HMAC object: cheaper than Botan's KDF object, and never a
// short output.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/crypto/hmac.hpp"
#include "handfast/crypto/parts.hpp"
#include "handfast/crypto/secret.hpp"

namespace handfast {

/// HKDF-SHA-256. Salts, inputs and infos are of any size, none included; nothing is allocated after
/// the first use. An output may overlap key, salt and input, so that a chain key is replaced in
/// place, but no info. Move-only like the HMAC object that it holds, and with the same rules.
class Hkdf {
 public:
  static constexpr std::size_t output_size_max =
      255 * HmacSha256::size;  // bytes; RFC 5869, section 2.3

  /// The first step: one even key from `input`, which is secret and perhaps uneven, and `salt`.
  [[nodiscard]] Secret<HmacSha256::size> extract(Bytes salt, Parts input) {
    return hmac_.mac_secret(salt, input);
  }

  /// The second step: fills `out` from `key` and `info`; `bad_argument`, and `out` unchanged, when
  /// it is larger than `output_size_max`, where Botan 2.19 would give less than asked for and not
  /// say so.
  [[nodiscard]] std::expected<void, Fault> expand(Bytes key, Parts info, MutableBytes out) {
    if (out.size() > output_size_max) return std::unexpected(Fault::bad_argument);
    fill(key, info, out);
    return {};
  }

  /// The second step for an output of a fixed size, which cannot fail.
  template <std::size_t Size>
  [[nodiscard]] Secret<Size> expand(Bytes key, Parts info) {
    static_assert(Size <= output_size_max, "handfast: HKDF-SHA-256 gives at most 8160 bytes");
    Secret<Size> out;
    fill(key, info, out.writable());
    return out;
  }

  /// Both steps; faults as `expand`.
  [[nodiscard]] std::expected<void, Fault> derive(Parts input, Bytes salt, Parts info,
                                                  MutableBytes out) {
    return expand(extract(salt, input).bytes(), info, out);
  }

  /// Both steps for an output of a fixed size, which cannot fail: `derive<32>(shared.bytes(), salt,
  /// {label, epoch})`.
  template <std::size_t Size>
  [[nodiscard]] Secret<Size> derive(Parts input, Bytes salt, Parts info) {
    return expand<Size>(extract(salt, input).bytes(), info);
  }

  /// Wipes the key that the HMAC object holds; the next use allocates again.
  void forget() { hmac_.forget(); }

 private:
  // RFC 5869, section 2.3: T(i) = HMAC(key, T(i - 1) | info | i), with T(0) empty.
  void fill(Bytes key, Parts info, MutableBytes out) {
    hmac_.set_key(key);
    Secret<HmacSha256::size> block;
    Bytes previous;
    for (std::uint8_t counter = 1; !out.empty(); ++counter) {
      hmac_.update(previous);
      hmac_.update(info);
      hmac_.update(Bytes{&counter, 1});
      hmac_.finish(block.writable());
      const std::size_t size = std::min(out.size(), HmacSha256::size);
      std::copy_n(block.bytes().data(), size, out.data());
      out = out.subspan(size);
      previous = block.bytes();
    }
  }

  HmacSha256 hmac_;
};

}  // namespace handfast
