#include "handfast/wire/stream.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace handfast;
using namespace handfast::wire;

namespace {

template <class Splitter>
std::vector<std::string> frames_of(Splitter& splitter, Bytes stream, std::size_t chunk_size) {
  std::vector<std::string> frames;
  for (std::size_t at = 0; at < stream.size(); at += chunk_size) {
    Bytes chunk = stream.subspan(at, std::min(chunk_size, stream.size() - at));
    for (;;) {
      const auto frame = splitter.next(chunk);
      if (!frame) return frames;
      if (!*frame) break;
      frames.emplace_back(text_of(**frame));
    }
    REQUIRE(chunk.empty());
  }
  return frames;
}

}  // namespace

TEST_CASE("wire: a stream has the same frames however it is cut", "[wire][roundtrip]") {
  const std::vector<std::string> expected{"one", "", "three", "12345678", ""};
  std::vector<std::uint8_t> stream;
  GrowingWriter sink(stream);
  for (const auto& frame : expected) REQUIRE(write_frame<2>(bytes_of(frame), sink).has_value());
  for (std::size_t chunk = 1; chunk <= stream.size(); ++chunk) {
    FrameSplitter<2, 8> splitter;
    CHECK(frames_of(splitter, stream, chunk) == expected);
    CHECK(splitter.finish().has_value());
  }
}

TEST_CASE("wire: a frame's length is bounded before anything of it is taken", "[wire][illegal]") {
  const std::vector<std::uint8_t> nine{0, 9}, huge{0xFF, 0xFF, 0xFF, 0xFF};
  FrameSplitter<2, 8> splitter;
  Bytes chunk = nine;
  CHECK(splitter.next(chunk).error() == Fault::oversized);
  chunk = nine;
  CHECK(splitter.next(chunk).error() == Fault::oversized);
  CHECK(splitter.finish().error() == Fault::oversized);
  FrameSplitter<4, 8> wide;
  chunk = huge;
  CHECK(wide.next(chunk).error() == Fault::oversized);
}

TEST_CASE("wire: a stream that ends inside a frame is truncated", "[wire][illegal]") {
  const std::vector<std::uint8_t> stream{0, 2, 'h', 'i'};
  for (std::size_t size = 1; size < stream.size(); ++size) {
    FrameSplitter<2, 8> splitter;
    Bytes chunk = Bytes{stream}.first(size);
    const auto frame = splitter.next(chunk);
    CHECK((frame && !*frame));
    CHECK(splitter.finish().error() == Fault::truncated);
  }
}

TEST_CASE("wire: a frame is written whole or not at all", "[wire]") {
  std::vector<std::uint8_t> stream;
  GrowingWriter sink(stream, 4);
  const std::vector<std::uint8_t> large(256);
  CHECK(write_frame<1>(large, sink).error() == Fault::bad_argument);
  CHECK(write_frame<2>(bytes_of("abc"), sink).error() == Fault::too_large);
  CHECK(stream.empty());
  CHECK(write_frame<2>(bytes_of("ab"), sink).has_value());
}
