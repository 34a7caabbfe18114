#pragma once

// Where encoders write to: a buffer of fixed size, or one that grows.

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <string_view>

#include "handfast/core/bytes.hpp"

namespace handfast::wire {

/// Something to write bytes to. `write` is all or nothing and false where there is no room;
/// `shrink` takes back.
template <class T>
concept Sink = requires(T& sink, const T& seen, Bytes bytes, std::size_t size) {
  { sink.write(bytes) } -> std::same_as<bool>;
  { seen.size() } -> std::convertible_to<std::size_t>;
  sink.shrink(size);
};

/// Writes into memory of the caller's, never past its end.
class Writer {
 public:
  constexpr explicit Writer(MutableBytes memory) noexcept : memory_(memory) {}

  // Inlined always, as below: where the size is known, a field is then a store and no call.
  [[nodiscard, gnu::always_inline]] constexpr bool write(Bytes bytes) noexcept {
    if (bytes.size() > memory_.size() - size_) return false;
    // Not by iterators: through those, GCC 12 copies byte by byte.
    std::copy_n(bytes.data(), bytes.size(), memory_.data() + size_);
    size_ += bytes.size();
    return true;
  }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  constexpr void shrink(std::size_t size) noexcept { size_ = size; }

  /// What was written so far.
  [[nodiscard]] constexpr Bytes written() const noexcept { return memory_.first(size_); }

 private:
  MutableBytes memory_;
  std::size_t size_ = 0;
};

/// Appends to a container of bytes or characters, or to a `handfast::Buffer`, up to `size_max`
/// bytes in all.
template <class Container>
class GrowingWriter {
 public:
  constexpr explicit GrowingWriter(Container& container,
                                   std::size_t size_max = static_cast<std::size_t>(-1)) noexcept
      : container_(container), size_max_(size_max) {}

  [[nodiscard]] constexpr bool write(Bytes bytes) {
    if (container_.size() > size_max_ || bytes.size() > size_max_ - container_.size()) return false;
    if constexpr (requires { container_.append(bytes); })
      container_.append(bytes);
    else
      container_.insert(container_.end(), bytes.begin(), bytes.end());
    return true;
  }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return container_.size(); }
  constexpr void shrink(std::size_t size) {
    if constexpr (requires { container_.shrink(size); })
      container_.shrink(size);
    else
      container_.resize(size);
  }

 private:
  Container& container_;
  std::size_t size_max_;
};

/// Writes nothing and compares instead: `write` is false at the first byte that differs from
/// `expected`.
class Comparer {
 public:
  constexpr explicit Comparer(Bytes expected) noexcept : expected_(expected) {}

  [[nodiscard]] constexpr bool write(Bytes bytes) noexcept {
    if (bytes.size() > expected_.size() - size_) return false;
    if (!std::ranges::equal(bytes, expected_.subspan(size_, bytes.size()))) return false;
    size_ += bytes.size();
    return true;
  }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  constexpr void shrink(std::size_t size) noexcept { size_ = size; }

  /// Whether all of `expected` was written.
  [[nodiscard]] constexpr bool complete() const noexcept { return size_ == expected_.size(); }

 private:
  Bytes expected_;
  std::size_t size_ = 0;
};

/// The bytes of `number`, the highest first.
template <std::unsigned_integral Number>
[[nodiscard]] constexpr std::array<std::uint8_t, sizeof(Number)> big_endian(
    Number number) noexcept {
  if constexpr (std::endian::native == std::endian::little) number = std::byteswap(number);
  return std::bit_cast<std::array<std::uint8_t, sizeof(Number)>>(number);
}

/// Writes the lowest `width` bytes (1 to 8) of `number`, the highest of them first.
template <Sink S>
[[nodiscard, gnu::always_inline]] constexpr bool write_big_endian(S& sink, std::uint64_t number,
                                                                  std::size_t width) {
  const auto bytes = big_endian(number);
  return sink.write(Bytes{bytes}.last(width));
}

/// Writes the lowest `width` bytes (1 to 8) of `number`, the lowest first.
template <Sink S>
[[nodiscard]] constexpr bool write_little_endian(S& sink, std::uint64_t number, std::size_t width) {
  std::uint8_t bytes[8]{};
  for (std::size_t i = 0; i < width; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return sink.write(Bytes{bytes, width});
}

/// Writes text as its bytes; in constant expressions too.
template <Sink S>
[[nodiscard]] constexpr bool write_text(S& sink, std::string_view text) {
  if
    consteval {
      for (const char c : text) {
        const std::uint8_t byte[] = {static_cast<std::uint8_t>(c)};
        if (!sink.write(byte)) return false;
      }
      return true;
    }
  else {
    return sink.write(bytes_of(text));
  }
}

}  // namespace handfast::wire
