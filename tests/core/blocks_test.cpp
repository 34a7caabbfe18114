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

TEST_CASE("core: blocks give back what nothing is in, to a block") {
  Blocks<int, 4> blocks;
  for (int i = 0; i < 9; ++i) blocks.emplace_back(i);
  CHECK(blocks.capacity() == 12);
  blocks.pop_back();
  CHECK(blocks.capacity() == 8);
  CHECK(blocks[7] == 7);
  while (blocks.size() > 0) blocks.pop_back();
  CHECK(blocks.capacity() == 0);
  blocks.emplace_back(5);
  CHECK(blocks[0] == 5);
}
