#pragma once

// Which numbers of a stream without order have come already (RFC 6479): a sliding window over a map
// of bits, which is moved whole words at a time, so that nothing is ever shifted.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>

#include "handfast/core/fault.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"

namespace handfast::ratchet {

/// A window of exactly `Size` numbers, a multiple of 64: the highest that was accepted and the
/// `Size` - 1 below it. Its map has one word more than that, for the word that the highest begins.
/// Ask `check` first, authenticate the message, then `accept`: who cannot authenticate must not be
/// able to move the window.
template <std::size_t Size>
class ReplayWindow {
 public:
  static_assert(Size >= 64 && Size % 64 == 0);
  static constexpr std::size_t size = Size;                      // numbers
  static constexpr std::size_t map_size = (Size / 64 + 1) * 64;  // bits

  /// Whether `number` may be accepted: `replayed` where it was already, `stale` where it lies below
  /// the window and nobody knows any more. Any number above is fine. Changes nothing.
  [[nodiscard]] constexpr std::expected<void, Fault> check(std::uint64_t number) const noexcept {
    if (number > highest_) return {};
    if (highest_ - number >= Size + (detail::planted<"replay window too large"> ? 64u : 0u))
      return std::unexpected(Fault::stale);
    if ((word(number) & bit(number)) != 0 && !detail::planted<"replay not noticed">)
      return std::unexpected(Fault::replayed);
    return {};
  }

  /// Takes note of `number`, which `check` has let pass and whose message was authentic.
  constexpr void accept(std::uint64_t number) noexcept {
    if (number > highest_) {
      // Words between the old and the new highest hold numbers from before: at most the whole map.
      const std::uint64_t from = highest_ / 64;
      const std::uint64_t words = std::min<std::uint64_t>(number / 64 - from, map_.size());
      if (!detail::planted<"replay window never cleared">)
        for (std::uint64_t i = 1; i <= words; ++i) map_[(from + i) % map_.size()] = 0;
      highest_ = number;
    }
    word(number) |= bit(number);
  }

  /// The highest number accepted so far; 0 before the first.
  [[nodiscard]] constexpr std::uint64_t highest() const noexcept { return highest_; }
  /// Whether any number was accepted yet.
  [[nodiscard]] constexpr bool any() const noexcept {
    return highest_ > 0 || (word(0) & bit(0)) != 0;
  }

 private:
  [[nodiscard]] constexpr std::uint64_t& word(std::uint64_t number) noexcept {
    return map_[number / 64 % map_.size()];
  }
  [[nodiscard]] constexpr std::uint64_t word(std::uint64_t number) const noexcept {
    return map_[number / 64 % map_.size()];
  }
  [[nodiscard]] static constexpr std::uint64_t bit(std::uint64_t number) noexcept {
    return std::uint64_t{1} << number % 64;
  }

  std::array<std::uint64_t, map_size / 64> map_{};
  std::uint64_t highest_ = 0;

 public:
  static constexpr auto fields = Fields{&ReplayWindow::map_, &ReplayWindow::highest_};
};

}  // namespace handfast::ratchet
