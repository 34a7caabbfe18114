#include "handfast/core/blocks.hpp"

#include <memory>

#include "tests/support/catch.hpp"

using namespace handfast;

TEST_CASE("core: blocks hold what was put at their end, and none of it moves") {
  Blocks<std::unique_ptr<int>, 4> blocks;
  CHECK(blocks.size() == 0);
  CHECK(blocks.capacity() == 0);
  blocks.emplace_back(std::make_unique<int>(0));
  const std::unique_ptr<int>* const first = &blocks[0];
  for (int i = 1; i < 100; ++i) blocks.emplace_back(std::make_unique<int>(i));
  CHECK(blocks.size() == 100);
  CHECK(&blocks[0] == first);
  const auto& seen = blocks;
  for (int i = 0; i < 100; ++i) REQUIRE(*seen[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("core: blocks give back what nothing is in, but for one") {
  Blocks<int, 4> blocks;
  for (int i = 0; i < 9; ++i) blocks.emplace_back(i);
  CHECK(blocks.capacity() == 12);
  while (blocks.size() > 5) blocks.pop_back();
  CHECK(blocks.capacity() == 12);
  CHECK(blocks[4] == 4);
  blocks.pop_back();
  CHECK(blocks.capacity() == 8);
  CHECK(blocks[3] == 3);
  while (blocks.size() > 0) blocks.pop_back();
  CHECK(blocks.capacity() == 4);
  blocks.emplace_back(5);
  CHECK(blocks[0] == 5);
}

TEST_CASE("core: blocks that go back and forth at an edge take no memory") {
  Blocks<int, 4> blocks;
  for (const int at : {0, 4, 8}) {
    while (blocks.size() < static_cast<std::size_t>(at)) blocks.emplace_back(at);
    blocks.emplace_back(at);
    const int* const there = &blocks[blocks.size() - 1];
    const std::size_t capacity = blocks.capacity();
    for (int times = 0; times < 3; ++times) {
      blocks.pop_back();
      CHECK(blocks.capacity() == capacity);
      blocks.emplace_back(times);
      CHECK(&blocks[blocks.size() - 1] == there);
    }
  }
}

TEST_CASE("core: blocks that were moved from are empty") {
  Blocks<int, 4> blocks;
  for (int i = 0; i < 5; ++i) blocks.emplace_back(i);
  Blocks<int, 4> moved = std::move(blocks);
  CHECK(blocks.size() == 0);
  CHECK(blocks.capacity() == 0);
  CHECK(moved[4] == 4);
  blocks = std::move(moved);
  CHECK(moved.size() == 0);
  CHECK(blocks.size() == 5);
}
