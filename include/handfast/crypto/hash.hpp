#pragma once

// SHA-256 over the parts of a message, without joining them first.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "handfast/core/bytes.hpp"
#include "handfast/crypto/botan.hpp"
#include "handfast/crypto/parts.hpp"

namespace handfast {

/// SHA-256 (FIPS 180-4) with one Botan object for every digest: nothing is allocated after
/// construction. Move-only; a moved-from one may only be destroyed or assigned to. Not for two
/// threads at once.
class Sha256 {
 public:
  static constexpr std::size_t size = 32;  // bytes
  using Digest = std::array<std::uint8_t, size>;

  Sha256() : hash_(detail::primitives::HashFunction::create_or_throw("SHA-256")) {}

  /// The digest of all `parts`, each of any size.
  [[nodiscard]] Digest digest(Parts parts) {
    for (const Bytes part : parts) hash_->update(part.data(), part.size());
    Digest out{};
    hash_->final(out.data());
    return out;
  }

 private:
  std::unique_ptr<detail::primitives::HashFunction> hash_;
};

}  // namespace handfast
