#pragma once

// A stream of bytes, in chunks of any size, as frames: a big-endian length goes before each.

#include <algorithm>
#include <array>
#include <expected>
#include <optional>

#include "handfast/core/bytes.hpp"
#include "handfast/core/fault.hpp"
#include "handfast/wire/reader.hpp"
#include "handfast/wire/writer.hpp"

namespace handfast::wire {

/// Splits one stream into frames of at most `Max` bytes, each after a length of `Width` bytes (1 to
/// 4). Holds `Max` bytes, allocates nothing. After a fault it stays in that fault.
template <std::size_t Width, std::size_t Max>
class FrameSplitter {
  static_assert(Width >= 1 && Width <= 4, "handfast: a length of 1 to 4 bytes");

 public:
  /// Takes bytes from the front of `chunk` up to the end of a frame, and gives that frame without
  /// its length, valid until the next call; nothing if all of `chunk` is taken and the frame goes
  /// on. Call it until it gives nothing. `oversized`, as soon as the length says so.
  [[nodiscard]] constexpr std::expected<std::optional<Bytes>, Fault> next(Bytes& chunk) noexcept {
    if (fault_ != Fault{}) return std::unexpected(fault_);
    if (have_ < Width) {
      take(chunk, Width - have_, length_.begin() + static_cast<std::ptrdiff_t>(have_));
      if (have_ < Width) return std::nullopt;
      const std::uint64_t stated = read_big_endian(length_);
      if (stated > Max) {
        fault_ = Fault::oversized;
        return std::unexpected(fault_);
      }
      size_ = static_cast<std::size_t>(stated);
    }
    take(chunk, Width + size_ - have_, frame_.begin() + static_cast<std::ptrdiff_t>(have_ - Width));
    if (have_ < Width + size_) return std::nullopt;
    have_ = 0;
    return Bytes{frame_}.first(size_);
  }

  /// The stream has ended: `truncated` if it ended inside a frame.
  [[nodiscard]] constexpr std::expected<void, Fault> finish() noexcept {
    if (fault_ == Fault{} && have_ > 0) fault_ = Fault::truncated;
    if (fault_ != Fault{}) return std::unexpected(fault_);
    return {};
  }

 private:
  constexpr void take(Bytes& chunk, std::size_t wanted, auto to) noexcept {
    const std::size_t size = std::min(wanted, chunk.size());
    std::copy_n(chunk.begin(), size, to);
    chunk = chunk.subspan(size);
    have_ += size;
  }

  std::array<std::uint8_t, Width> length_{};
  std::array<std::uint8_t, Max> frame_{};
  std::size_t have_ = 0;  // bytes of the present frame, its length included
  std::size_t size_ = 0;
  Fault fault_{};
};

/// Appends `frame` with its length of `Width` bytes before it. `bad_argument` if the length does
/// not fit its bytes, `too_large` where the sink has no room; then the sink is as before.
template <std::size_t Width, Sink S>
[[nodiscard]] constexpr std::expected<void, Fault> write_frame(Bytes frame, S& sink) {
  static_assert(Width >= 1 && Width <= 4, "handfast: a length of 1 to 4 bytes");
  if (std::uint64_t{frame.size()} >> (8 * Width) != 0) return std::unexpected(Fault::bad_argument);
  const std::size_t start = sink.size();
  if (write_big_endian(sink, frame.size(), Width) && sink.write(frame)) return {};
  sink.shrink(start);
  return std::unexpected(Fault::too_large);
}

}  // namespace handfast::wire
