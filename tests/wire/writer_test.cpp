#include "handfast/wire/writer.hpp"

#include <array>
#include <string>
#include <vector>

#include "handfast/core/buffer.hpp"
#include "tests/support/catch.hpp"

using namespace handfast;
using namespace handfast::wire;

static_assert(Sink<Writer> && Sink<Comparer> && Sink<GrowingWriter<std::string>> &&
              Sink<GrowingWriter<std::vector<std::uint8_t>>> && Sink<GrowingWriter<Buffer>>);

TEST_CASE("wire: a writer fills its memory and no more", "[wire]") {
  std::array<std::uint8_t, 4> memory{};
  Writer writer{MutableBytes{memory}.first(3)};
  CHECK(writer.write(bytes_of("ab")));
  CHECK_FALSE(writer.write(bytes_of("cd")));
  CHECK(text_of(writer.written()) == "ab");
  CHECK(writer.write(bytes_of("c")));
  CHECK(writer.write({}));
  CHECK_FALSE(writer.write(bytes_of("d")));
  writer.shrink(1);
  CHECK(text_of(writer.written()) == "a");
  CHECK(memory[3] == 0);
}

TEST_CASE("wire: a growing writer appends up to its bound, whatever it writes to", "[wire]") {
  auto check = [](auto& container, auto view) {
    GrowingWriter writer(container, 5);
    CHECK(writer.write(bytes_of("abc")));
    CHECK_FALSE(writer.write(bytes_of("def")));
    CHECK(writer.write(bytes_of("de")));
    CHECK_FALSE(writer.write(bytes_of("f")));
    CHECK(view() == "abcde");
    writer.shrink(2);
    CHECK(view() == "ab");
    GrowingWriter tighter(container, 1);  // it holds more than that already
    CHECK_FALSE(tighter.write({}));
  };
  std::string text;
  check(text, [&] { return std::string_view(text); });
  std::vector<std::uint8_t> bytes;
  check(bytes, [&] { return text_of(bytes); });
  Buffer buffer;
  check(buffer, [&] { return text_of(buffer.bytes()); });
}

TEST_CASE("wire: a comparer takes only what is expected", "[wire]") {
  Comparer comparer{bytes_of("abc")};
  CHECK(comparer.write(bytes_of("ab")));
  CHECK_FALSE(comparer.complete());
  CHECK_FALSE(comparer.write(bytes_of("x")));
  CHECK_FALSE(comparer.write(bytes_of("cd")));
  CHECK(comparer.write(bytes_of("c")));
  CHECK(comparer.complete());
  CHECK_FALSE(comparer.write(bytes_of("d")));
}

TEST_CASE("wire: numbers are written in both orders of bytes", "[wire]") {
  std::string text;
  GrowingWriter writer(text);
  REQUIRE(write_big_endian(writer, 0x41424344, 3));
  REQUIRE(write_little_endian(writer, 0x41424344, 3));
  CHECK(text == "BCDDCB");
}
