#pragma once

// Reads bytes from the front of a view, never past its end.

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <expected>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"

namespace handfast::wire {

namespace detail {

/// The number that the first `sizeof(Number)` of `bytes` are, in this order of theirs: in one load,
/// where a loop over them would be one for each.
template <std::unsigned_integral Number, std::endian order>
[[nodiscard]] constexpr Number load(Bytes bytes) noexcept {
  std::array<std::uint8_t, sizeof(Number)> copy{};
  std::copy_n(bytes.data(), copy.size(), copy.data());
  const auto number = std::bit_cast<Number>(copy);
  return order == std::endian::native ? number : std::byteswap(number);
}

}  // namespace detail

/// A number of `bytes.size()` bytes, 8 at most, the highest byte first.
[[nodiscard]] constexpr std::uint64_t read_big_endian(Bytes bytes) noexcept {
  if (bytes.size() == 8) return detail::load<std::uint64_t, std::endian::big>(bytes);
  if (bytes.size() == 4) return detail::load<std::uint32_t, std::endian::big>(bytes);
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

/// A number of `bytes.size()` bytes, 8 at most, the lowest byte first.
[[nodiscard]] constexpr std::uint64_t read_little_endian(Bytes bytes) noexcept {
  if (bytes.size() == 8) return detail::load<std::uint64_t, std::endian::little>(bytes);
  if (bytes.size() == 4) return detail::load<std::uint32_t, std::endian::little>(bytes);
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) number = number << 8 | bytes[i];
  return number;
}

/// The bytes of a frame that are not read yet. A fault takes nothing.
class Reader {
 public:
  constexpr explicit Reader(Bytes frame) noexcept : left_(frame) {}

  [[nodiscard]] constexpr std::size_t left() const noexcept { return left_.size(); }

  /// The next `size` bytes, as a view of the frame; `truncated`.
  [[nodiscard]] constexpr std::expected<Bytes, Fault> take(std::size_t size) noexcept {
    if (size > left_.size()) return std::unexpected(Fault::truncated);
    const Bytes taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }

  /// The next `width` bytes (1 to 8) as a number, the highest byte first; `truncated`.
  [[nodiscard]] constexpr std::expected<std::uint64_t, Fault> number(std::size_t width) noexcept {
    const auto taken = take(width);
    if (!taken) return std::unexpected(taken.error());
    return read_big_endian(*taken);
  }

  /// Everything that is left.
  [[nodiscard]] constexpr Bytes rest() noexcept {
    const Bytes taken = left_;
    left_ = {};
    return taken;
  }

 private:
  Bytes left_;
};

}  // namespace handfast::wire
