#pragma once

// A stream of bytes, in chunks of any size, as lines. A line feed ends a line; a carriage return is
// a byte like any other, and what is in the line judges it.

#include <algorithm>
#include <array>
#include <expected>
#include <optional>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"

namespace handfast::wire {

/// Splits one stream into lines of at most `Max` bytes, the line feed not counted. Holds `Max`
/// bytes, allocates nothing. After a fault it stays in that fault.
template <std::size_t Max>
class LineSplitter {
 public:
  /// Takes bytes from the front of `chunk` up to the end of a line, and gives that line without its
  /// line feed, valid until the next call; nothing if all of `chunk` is taken and the line goes on.
  /// Call it until it gives nothing. `oversized`, at the first byte too many.
  [[nodiscard]] constexpr std::expected<std::optional<Bytes>, Fault> next(Bytes& chunk) noexcept {
    if (fault_ != Fault{}) return std::unexpected(fault_);
    const auto end = std::ranges::find(chunk, std::uint8_t{'\n'});
    const auto size = static_cast<std::size_t>(end - chunk.begin());
    if (size > Max - size_) {
      fault_ = Fault::oversized;
      return std::unexpected(fault_);
    }
    std::copy_n(chunk.begin(), size, line_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += size;
    if (end == chunk.end()) {
      chunk = {};
      return std::nullopt;
    }
    chunk = chunk.subspan(size + 1);
    const Bytes line = Bytes{line_}.first(size_);
    size_ = 0;
    return line;
  }

  /// The stream has ended: `truncated` if it ended inside a line.
  [[nodiscard]] constexpr std::expected<void, Fault> finish() noexcept {
    if (fault_ == Fault{} && size_ > 0) fault_ = Fault::truncated;
    if (fault_ != Fault{}) return std::unexpected(fault_);
    return {};
  }

  /// The bytes of the unfinished line so far, held until it ends.
  [[nodiscard]] constexpr std::size_t held() const noexcept { return size_; }

 private:
  std::array<std::uint8_t, Max> line_{};
  std::size_t size_ = 0;
  Fault fault_{};
};

}  // namespace handfast::wire
