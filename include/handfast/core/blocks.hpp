#pragma once

// A list that grows and shrinks at its end, in blocks: what it holds stays where it is, and no more
// memory is taken than a block too much. A vector would move everything, and have room for twice as
// much.

#include <cstddef>
#include <vector>

namespace handfast {

template <class T, std::size_t block_size = 16>
class Blocks {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// How many it has memory for: less than a block more than there are.
  [[nodiscard]] std::size_t capacity() const noexcept { return blocks_.size() * block_size; }
  [[nodiscard]] T& operator[](std::size_t at) noexcept {
    return blocks_[at / block_size][at % block_size];
  }
  [[nodiscard]] const T& operator[](std::size_t at) const noexcept {
    return blocks_[at / block_size][at % block_size];
  }

  template <class... Parts>
  void emplace_back(Parts&&... parts) {
    if (size_ == capacity()) blocks_.emplace_back().reserve(block_size);
    blocks_.back().emplace_back(static_cast<Parts&&>(parts)...);
    ++size_;
  }
  /// Ends the last one; there is one.
  void pop_back() noexcept {
    blocks_.back().pop_back();
    if (blocks_.back().empty()) blocks_.pop_back();
    --size_;
  }

 private:
  std::vector<std::vector<T>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace handfast
