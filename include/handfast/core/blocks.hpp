#pragma once

// A list that grows and shrinks at its end, in blocks: what it holds stays where it is, and no more
// memory is taken than two blocks too much. A vector would move everything, and have room for twice as
// much.

#include <cstddef>
#include <utility>
#include <vector>

namespace handfast {

template <class T, std::size_t block_size = 16>
class Blocks {
 public:
  Blocks() = default;
  Blocks(Blocks&& other) noexcept
      : blocks_(std::exchange(other.blocks_, {})), size_(std::exchange(other.size_, 0)) {}
  Blocks& operator=(Blocks&& other) noexcept {
    blocks_ = std::exchange(other.blocks_, {});
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// How many it has memory for: less than two blocks more than there are.
  [[nodiscard]] std::size_t capacity() const noexcept { return blocks_.size() * block_size; }
  [[nodiscard]] T& operator[](std::size_t at) noexcept {
    return blocks_[at / block_size][at % block_size];
  }
  [[nodiscard]] const T& operator[](std::size_t at) const noexcept {
    return blocks_[at / block_size][at % block_size];
  }

  template <class... Parts>
  void emplace_back(Parts&&... parts) {
    if (size_ == capacity()) {
      std::vector<T> block;
      block.reserve(block_size);
      blocks_.push_back(std::move(block));
    }
    blocks_[size_ / block_size].emplace_back(static_cast<Parts&&>(parts)...);
    ++size_;
  }
  /// Ends the last one; there is one. A block that is empty now stays until the one before it is,
  /// too: whoever goes back and forth asks for no memory.
  void pop_back() noexcept {
    --size_;
    blocks_[size_ / block_size].pop_back();
    if (capacity() - size_ >= 2 * block_size) blocks_.pop_back();
  }

 private:
  std::vector<std::vector<T>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace handfast
