#pragma once

// A growable run of bytes that keeps its memory between uses and wipes what it held: scratch space
// without allocation.

#include <cstring>
#include <memory>
#include <utility>

#include "handfast/core/wipe.hpp"

namespace handfast {

/// Bytes that are written once a call and read until the next. Wiped when cleared, moved or
/// destroyed; move-only.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : data_(std::move(other.data_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    if (this == &other) return *this;
    clear();
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }
  ~Buffer() { clear(); }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] Bytes bytes() const noexcept { return {data_.get(), size_}; }
  [[nodiscard]] MutableBytes writable() noexcept { return {data_.get(), size_}; }

  /// Wipes what is held; the memory stays.
  void clear() noexcept {
    wipe(writable());
    size_ = 0;
  }

  /// `size` more bytes at the end, of no particular value. Views from before may no longer be
  /// valid.
  MutableBytes extend(std::size_t size) {
    if (size > capacity_ - size_) grow(size_ + size);
    size_ += size;
    return writable().last(size);
  }

  /// A copy of `bytes` at the end.
  void append(Bytes bytes) {
    if (!bytes.empty()) std::memcpy(extend(bytes.size()).data(), bytes.data(), bytes.size());
  }

  /// Keeps the first `size` bytes and wipes the rest; `size` must not exceed the present size.
  void shrink(std::size_t size) noexcept {
    wipe(writable().subspan(size));
    size_ = size;
  }

 private:
  void grow(std::size_t needed) {
    const std::size_t capacity = needed < 2 * capacity_ ? 2 * capacity_ : needed;
    auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
    if (size_ > 0) std::memcpy(larger.get(), data_.get(), size_);
    wipe(writable());
    data_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace handfast
