#pragma once

// Where random bytes come from: the operating system, or a source that the caller brings.

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <expected>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/core/wipe.hpp"
#include "handfast/crypto/botan.hpp"
#include "handfast/crypto/secret.hpp"

namespace handfast {

/// A random source to derive from: override `fill`. Tests script one; whatever takes a Botan random
/// source takes it.
class RandomSource : public detail::RandomAdaptor {};

/// A handle to a random source, which it does not own: cheap to copy, part of a protocol's context.
class Random {
 public:
  /// The operating system's source.
  Random() noexcept = default;

  /// `source`, which must outlive every copy of this handle.
  explicit Random(Botan::RandomNumberGenerator& source) noexcept : source_(&source) {}
  explicit Random(RandomSource& source) noexcept : source_(&source), ours_(&source) {}

  /// Fills all of `out` with random bytes; `random_source_failed`, and zeros in `out`, where the
  /// source cannot.
  [[nodiscard]] std::expected<void, Fault> fill(MutableBytes out) {
    try {
      if (out.empty() || take(out)) return {};
    } catch (const std::exception&) {  // all that a source of Botan's can say
    }
    wipe(out);
    return std::unexpected(Fault::random_source_failed);
  }

  /// `Size` random bytes that may be known, such as a nonce; `random_source_failed` where the
  /// source cannot.
  template <std::size_t Size>
  [[nodiscard]] std::expected<std::array<std::uint8_t, Size>, Fault> bytes() {
    std::array<std::uint8_t, Size> out{};
    if (const auto filled = fill(out); !filled) return std::unexpected(filled.error());
    return out;
  }

  /// `Size` random bytes to keep secret; `random_source_failed` where the source cannot.
  template <std::size_t Size>
  [[nodiscard]] std::expected<Secret<Size>, Fault> secret() {
    std::expected<Secret<Size>, Fault> out;
    if (const auto filled = fill(out->writable()); !filled) out = std::unexpected(filled.error());
    return out;
  }

  /// The source as Botan knows it, for this folder's own use: it throws where `fill` answers with a
  /// fault.
  [[nodiscard]] Botan::RandomNumberGenerator& botan() {
    return source_ ? *source_ : Botan::system_rng();
  }

 private:
  [[nodiscard]] bool take(MutableBytes out) {
    if (ours_ != nullptr) return ours_->fill(out);
    botan().randomize(out.data(), out.size());
    return true;
  }

  Botan::RandomNumberGenerator* source_ =
      nullptr;                    // null: the system's, which is opened at its first use
  RandomSource* ours_ = nullptr;  // the same one, where it says by a value that it cannot
};

}  // namespace handfast
