#pragma once

// The document's nonces, of both profiles that count.

#include <algorithm>
#include <array>

#include "handfast/crypto/aead.hpp"
#include "handfast/crypto/hash.hpp"
#include "handfast/wire/writer.hpp"

namespace handfast::x3dh {

using CounterNonce = std::array<std::uint8_t, Aes256GcmNonce16::nonce_size>;

/// The first 128 bits of SHA-256(counter), 8 bytes, highest first.
[[nodiscard]] inline CounterNonce counter_nonce(std::uint64_t counter, Sha256& sha256) {
  const auto digest = sha256.digest(Bytes(wire::big_endian(counter)));
  CounterNonce nonce;
  std::copy_n(digest.begin(), nonce.size(), nonce.begin());
  return nonce;
}

}  // namespace handfast::x3dh
