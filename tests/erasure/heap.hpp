#pragma once

// A heap that forgets nothing: the program that links heap.cpp has its own malloc, which never
// hands out a block twice and never gives one back. What was in a block when it was freed is there
// until the program ends. `operator new` and Botan's allocator come to it too.

#include <cstddef>
#include <optional>

#include "handfast/core/bytes.hpp"

namespace erasure {

/// A block of this heap.
struct Block {
  const std::uint8_t* begin = nullptr;
  std::size_t size = 0;
  bool is_freed = false;
};

/// Everything that was handed out since the program began, and what lies between.
[[nodiscard]] handfast::Bytes whole_heap() noexcept;

/// The room that the heap may grow into, `whole_heap` included.
[[nodiscard]] handfast::Bytes heap_room() noexcept;

/// The block that `address` lies in, if it is one of this heap.
[[nodiscard]] std::optional<Block> block_of(const std::uint8_t* address) noexcept;

}  // namespace erasure
