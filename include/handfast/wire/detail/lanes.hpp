#pragma once

// Eight bytes in one integer, looked at together: arithmetic on all of them at once, without a
// branch on any.

#include <cstddef>
#include <cstdint>
#include <utility>

namespace handfast::wire::detail {

/// `Count` bytes or characters as one integer, the first of them highest.
template <std::size_t Count, class Byte>
[[nodiscard]] constexpr std::uint64_t load(const Byte* from) noexcept {
  // Not a loop: compilers make one instruction of this.
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return ((std::uint64_t{static_cast<std::uint8_t>(from[I])} << 8 * (Count - 1 - I)) | ...);
  }
  (std::make_index_sequence<Count>{});
}
/// Undoes `load`.
template <std::size_t Count, class Byte>
constexpr void store(std::uint64_t bytes, Byte* to) noexcept {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((to[I] = static_cast<Byte>(bytes >> 8 * (Count - 1 - I))), ...);
  }
  (std::make_index_sequence<Count>{});
}

/// `byte` eight times.
[[nodiscard]] constexpr std::uint64_t eight(std::uint8_t byte) noexcept {
  return 0x0101010101010101 * std::uint64_t{byte};
}

/// 1 for each byte of `bytes` that is `low` or more, else 0. All of them are below 0x80, and `low`
/// is at most that.
[[nodiscard]] constexpr std::uint64_t at_least(std::uint64_t bytes, std::uint8_t low) noexcept {
  return (bytes + eight(static_cast<std::uint8_t>(0x80 - low))) >> 7 & eight(1);
}

}  // namespace handfast::wire::detail
