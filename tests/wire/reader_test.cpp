#include "handfast/wire/reader.hpp"

#include <array>

#include "tests/support/catch.hpp"

using namespace handfast;
using namespace handfast::wire;

TEST_CASE("wire: a reader takes from the front and never past the end", "[wire]") {
  constexpr std::array<std::uint8_t, 5> frame{1, 2, 3, 4, 5};
  Reader reader{frame};
  CHECK(reader.number(2) == 0x0102u);
  CHECK(reader.take(4).error() == Fault::truncated);
  CHECK(reader.number(4).error() == Fault::truncated);
  CHECK(reader.left() == 3);  // a fault took nothing
  CHECK(reader.take(1)->data() == frame.data() + 2);
  CHECK(reader.take(static_cast<std::size_t>(-1)).error() == Fault::truncated);
  CHECK(reader.rest().size() == 2);
  CHECK(reader.left() == 0);
  CHECK(reader.take(0)->empty());
  CHECK(reader.take(1).error() == Fault::truncated);
}

TEST_CASE("wire: numbers are read in both orders of bytes", "[wire]") {
  constexpr std::array<std::uint8_t, 8> bytes{0xFF, 2, 3, 4, 5, 6, 7, 8};
  CHECK(read_big_endian(bytes) == 0xFF02030405060708);
  CHECK(read_little_endian(bytes) == 0x08070605040302FF);
  STATIC_REQUIRE(read_big_endian(Bytes(bytes).last(8)) == 0xFF02030405060708);
  STATIC_REQUIRE(read_little_endian(Bytes(bytes).last(8)) == 0x08070605040302FF);
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    CAPTURE(size);
    std::uint64_t high_first = 0, low_first = 0;
    for (std::size_t i = 0; i < size; ++i) {
      high_first = high_first << 8 | bytes[i];
      low_first |= std::uint64_t{bytes[i]} << 8 * i;
    }
    CHECK(read_big_endian(Bytes(bytes).first(size)) == high_first);
    CHECK(read_little_endian(Bytes(bytes).first(size)) == low_first);
  }
  CHECK(read_big_endian({}) == 0);
  CHECK(read_little_endian({}) == 0);
}
