#pragma once

// Bytes that nobody else may learn: held inline, wiped when they are left, moved and never copied
// by accident.

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "handfast/core/bytes.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/core/wipe.hpp"
#include "handfast/crypto/botan.hpp"

namespace handfast {

/// Whether `left` and `right` are the same bytes, in a time that depends on their lengths only.
/// Lengths are no secret: different ones are false at once.
[[nodiscard]] inline bool equal_in_constant_time(Bytes left, Bytes right) {
  if (left.size() != right.size()) return false;
  return left.empty() || Botan::constant_time_compare(left.data(), right.data(), left.size());
}

/// Exactly `Size` secret bytes, inside the object itself; no heap.
///
/// Moving wipes the source, destroying wipes the object. It is not comparable with `==`, not
/// printable and not copyable: see `equal` and `dangerous_copy`.
template <std::size_t Size>
class Secret {
 public:
  static_assert(Size > 0);
  static constexpr std::size_t size = Size;  // bytes

  /// All zero: a place to write a secret to.
  Secret() noexcept = default;

  /// Takes over a copy of `source`, exactly `Size` bytes; wiping the source is the caller's.
  /// A fixed-size source of another size does not compile; a view of another size ends the program,
  /// because it is a bug of ours that would otherwise leave part of a key zero.
  template <typename Source>
  requires std::convertible_to<const Source&, Bytes>
  [[nodiscard]] static Secret from(const Source& source) noexcept {
    constexpr std::size_t extent = decltype(std::span{source})::extent;
    static_assert(extent == std::dynamic_extent || extent == Size,
                  "handfast: a secret of another size");
    const Bytes bytes{source};
    if (bytes.size() != Size) std::abort();
    Secret secret;
    std::copy_n(bytes.data(), Size, secret.bytes_.data());
    return secret;
  }

  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      other.wipe();
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  /// Two secrets are compared with `equal`, in constant time.
  bool operator==(const Secret&) const = delete;

  /// The bytes to read, exactly `Size`; valid as long as the object is.
  [[nodiscard]] std::span<const std::uint8_t, Size> bytes() const noexcept { return bytes_; }

  /// The bytes to write, exactly `Size`; valid as long as the object is.
  [[nodiscard]] std::span<std::uint8_t, Size> writable() noexcept { return bytes_; }

  /// Overwrites the bytes with zeros, now.
  void wipe() noexcept {
    if (!detail::planted<"secret not wiped">) handfast::wipe(bytes_);
  }

  /// A second instance of the secret, which lives and must be wiped on its own.
  [[nodiscard]] Secret dangerous_copy() const noexcept { return from(bytes_); }

  /// Writes the `Size` raw bytes into a snapshot: whoever reads it has the secret.
  void dangerous_write(auto& writer) const { writer.bytes(Bytes{bytes_}); }

  /// Reads the `Size` raw bytes back from a snapshot; false, and all zero, where they are not
  /// there.
  [[nodiscard]] bool dangerous_read(auto& reader) {
    if (reader.bytes(MutableBytes{bytes_})) return true;
    wipe();
    return false;
  }

 private:
  std::array<std::uint8_t, Size> bytes_{};
};

/// Whether two secrets are the same, in a time that depends on their size only. Botan's comparison
/// goes byte by byte through memory; of secrets, which are as large as their type says, it only has
/// to say whether what all words differ in is nothing.
template <std::size_t Size>
[[nodiscard]] bool equal(const Secret<Size>& left, const Secret<Size>& right) {
  if constexpr (Size % 8 != 0) return equal_in_constant_time(left.bytes(), right.bytes());
  std::uint64_t difference = 0;
  for (std::size_t at = 0; at + 8 <= Size; at += 8) {
    std::uint64_t words[2];
    std::memcpy(&words[0], left.bytes().data() + at, 8);
    std::memcpy(&words[1], right.bytes().data() + at, 8);
    difference |= words[0] ^ words[1];
  }
  for (int half = 32; half >= 8; half /= 2) difference |= difference >> half;
  const auto folded = static_cast<std::uint8_t>(difference), none = std::uint8_t{0};
  return Botan::constant_time_compare(&folded, &none, 1);
}

}  // namespace handfast
