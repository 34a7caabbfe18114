#pragma once

// A key from a passphrase: Argon2id (RFC 9106), which costs whoever guesses as much memory and time
// as it costs here.

#include <botan/pwdhash.h>

#include <cstdint>
#include <expected>
#include <new>
#include <string_view>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/crypto/botan.hpp"
#include "handfast/crypto/secret.hpp"

#if !defined(BOTAN_HAS_ARGON2)
#error "handfast: this Botan was built without Argon2"
#endif

namespace handfast::argon2id {

inline constexpr std::size_t salt_size_min = 8;  // bytes; RFC 9106 recommends 16

/// What one guess costs. The default is the second recommended choice of RFC 9106, section 4: a
/// tenth of a second or two.
struct Cost {
  std::uint32_t memory = 64 * 1024;  // KiB
  std::uint32_t passes = 3;
  std::uint32_t lanes = 4;

  // Costs are read from files that anybody may have written: less than this protects nothing, and
  // more takes a machine's memory, or minutes.
  static constexpr std::uint32_t memory_min = 1024, memory_max = 256 * 1024;  // KiB
  static constexpr std::uint32_t passes_max = 16, lanes_max = 16;

  [[nodiscard]] constexpr bool is_sound() const noexcept {
    return memory >= memory_min && memory <= memory_max && passes >= 1 && passes <= passes_max &&
           lanes >= 1 && lanes <= lanes_max;
  }
  bool operator==(const Cost&) const = default;
};

/// `Size` bytes of key from `passphrase`, of any size but none, and `salt`, at least 8 bytes.
/// `bad_argument` for other sizes and for a cost out of bounds; `crypto_failed` where Botan refuses
/// or there is not so much memory. Wiping the passphrase is the caller's.
template <std::size_t Size>
[[nodiscard]] std::expected<Secret<Size>, Fault> derive(std::string_view passphrase, Bytes salt,
                                                        const Cost& cost) {
  static_assert(Size >= 4, "handfast: Argon2id gives at least 4 bytes");
  if (passphrase.empty() || salt.size() < salt_size_min || !cost.is_sound())
    return std::unexpected(Fault::bad_argument);
  try {
    const auto hash = Botan::PasswordHashFamily::create_or_throw("Argon2id")
                          ->from_params(cost.memory, cost.passes, cost.lanes);
    Secret<Size> key;
    hash->derive_key(key.writable().data(), Size, passphrase.data(), passphrase.size(), salt.data(),
                     salt.size());
    return key;
  } catch (const Botan::Exception&) {
    return std::unexpected(Fault::crypto_failed);
  } catch (const std::bad_alloc&) {
    return std::unexpected(Fault::crypto_failed);
  }
}

}  // namespace handfast::argon2id
