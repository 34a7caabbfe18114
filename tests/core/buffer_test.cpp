#include "handfast/core/buffer.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace handfast;

namespace {

const std::vector<std::uint8_t> text{'s', 'e', 'c', 'r', 'e', 't'};

}  // namespace

TEST_CASE("core: wiping sets every byte to zero and takes an empty run") {
  std::vector<std::uint8_t> bytes = text;
  wipe(bytes);
  CHECK(bytes == std::vector<std::uint8_t>(text.size(), 0));
  wipe({});
}

TEST_CASE("core: a buffer holds what was appended, over any growth") {
  Buffer buffer;
  CHECK(buffer.size() == 0);
  CHECK(buffer.bytes().empty());
  std::vector<std::uint8_t> expected;
  for (int i = 0; i < 300; ++i) {
    buffer.append(Bytes(text).first(static_cast<std::size_t>(i) % 7));
    expected.insert(expected.end(), text.begin(), text.begin() + i % 7);
    REQUIRE(std::ranges::equal(buffer.bytes(), expected));
  }
}

TEST_CASE("core: a cleared buffer keeps its memory and has wiped it") {
  Buffer buffer;
  buffer.append(text);
  const std::uint8_t* const memory = buffer.bytes().data();
  buffer.clear();
  CHECK(buffer.size() == 0);
  for (std::size_t i = 0; i < text.size(); ++i) CHECK(memory[i] == 0);
  CHECK(buffer.extend(text.size()).data() == memory);
}

TEST_CASE("core: a shrunk buffer has wiped what it let go") {
  Buffer buffer;
  buffer.append(text);
  const std::uint8_t* const memory = buffer.bytes().data();
  buffer.shrink(2);
  CHECK(text_of(buffer.bytes()) == "se");
  for (std::size_t i = 2; i < text.size(); ++i) CHECK(memory[i] == 0);
}

TEST_CASE("core: a moved buffer takes its memory along and leaves an empty one that works") {
  Buffer from;
  from.append(text);
  const std::uint8_t* const memory = from.bytes().data();
  Buffer to = std::move(from);
  CHECK(to.bytes().data() == memory);
  CHECK(from.size() == 0);  // NOLINT: the state after a move is what is tested
  from.append(text);
  CHECK(text_of(from.bytes()) == "secret");

  Buffer other;
  other.append(bytes_of("older"));
  other = std::move(to);
  CHECK(text_of(other.bytes()) == "secret");
  Buffer& same = other;
  other = std::move(same);
  CHECK(text_of(other.bytes()) == "secret");
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Buffer>);
  STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<Buffer>);
}

TEST_CASE("core: text and bytes are views of each other") {
  CHECK(text_of(bytes_of("abc")) == "abc");
  CHECK(bytes_of("").empty());
  CHECK(FixedString("name").view() == "name");
}
