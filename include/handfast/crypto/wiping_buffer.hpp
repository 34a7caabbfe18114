#pragma once

// A growable buffer for plaintext that a state keeps: it leaves nothing behind and can be stored in
// a snapshot.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "handfast/core/buffer.hpp"
#include "handfast/core/bytes.hpp"

namespace handfast {

/// Bytes that grow and shrink and are wiped wherever they leave: on shrinking, clearing, moving to
/// larger memory and destruction. Move-only; a moved-from buffer is empty. Memory once taken is
/// kept: reusing a buffer does not allocate.
class WipingBuffer {
 public:
  /// The most bytes that a buffer in a snapshot may have: 1 MiB.
  static constexpr std::size_t snapshot_size_max = std::size_t{1} << 20;

  /// The content's size in bytes.
  [[nodiscard]] std::size_t size() const noexcept { return content_.size(); }
  [[nodiscard]] bool empty() const noexcept { return content_.size() == 0; }

  /// The content to read; valid until the next call that changes the size.
  [[nodiscard]] Bytes bytes() const noexcept { return content_.bytes(); }

  /// The content to write; valid until the next call that changes the size.
  [[nodiscard]] MutableBytes writable() noexcept { return content_.writable(); }

  /// Makes the content `size` bytes: new ones are zero, those cut off are wiped.
  void resize(std::size_t size) {
    if (size <= content_.size())
      content_.shrink(size);
    else
      std::ranges::fill(content_.extend(size - content_.size()), std::uint8_t{0});
  }

  /// Wipes the content and keeps the memory.
  void clear() noexcept { content_.clear(); }

  /// Adds `more` at the end; it must not be a part of this buffer.
  void append(Bytes more) { content_.append(more); }

  /// Writes the size (u32) and the content, at most `snapshot_size_max` bytes, into a snapshot.
  void dangerous_write(auto& writer) const {
    assert(size() <= snapshot_size_max);
    writer.u32(static_cast<std::uint32_t>(size()));
    writer.bytes(bytes());
  }

  /// Reads what `dangerous_write` wrote; false, and empty, where it is not there or larger than
  /// `snapshot_size_max`.
  [[nodiscard]] bool dangerous_read(auto& reader) {
    clear();
    const auto stored_size = reader.u32();
    if (!stored_size || *stored_size > snapshot_size_max) return false;
    resize(*stored_size);
    if (reader.bytes(writable())) return true;
    clear();
    return false;
  }

 private:
  Buffer content_;
};

}  // namespace handfast
