#include "handfast/wire/lines.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace handfast;
using handfast::wire::LineSplitter;

namespace {

/// Every line of `stream`, given in chunks of `chunk_size` bytes; stops at a fault.
template <std::size_t Max>
std::vector<std::string> lines_of(LineSplitter<Max>& splitter, std::string_view stream,
                                  std::size_t chunk_size) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < stream.size(); at += chunk_size) {
    Bytes chunk = bytes_of(stream.substr(at, chunk_size));
    for (;;) {
      const auto line = splitter.next(chunk);
      if (!line) return lines;
      if (!*line) break;
      lines.emplace_back(text_of(**line));
    }
    REQUIRE(chunk.empty());
  }
  return lines;
}

}  // namespace

TEST_CASE("wire: a stream has the same lines however it is cut", "[wire]") {
  const std::string stream = "first\n\n{\"a\":1}\r\nlast one\n";
  const std::vector<std::string> expected{"first", "", "{\"a\":1}\r", "last one"};
  for (std::size_t chunk = 1; chunk <= stream.size(); ++chunk) {
    LineSplitter<16> splitter;
    CHECK(lines_of(splitter, stream, chunk) == expected);
    CHECK(splitter.finish().has_value());
  }
}

TEST_CASE("wire: a line of the bound is taken, one byte more is refused for good",
          "[wire][illegal]") {
  for (std::size_t chunk = 1; chunk <= 10; ++chunk) {
    LineSplitter<4> splitter;
    CHECK(lines_of(splitter, "1234\n", chunk) == std::vector<std::string>{"1234"});
    CHECK(lines_of(splitter, "12\n12345\n1\n", chunk) == std::vector<std::string>{"12"});
    CHECK(lines_of(splitter, "1\n", chunk).empty());
    CHECK(splitter.finish().error() == Fault::oversized);
    Bytes more = bytes_of("1\n");
    CHECK(splitter.next(more).error() == Fault::oversized);
  }
}

TEST_CASE("wire: a line too long is refused before it ends", "[wire][illegal]") {
  LineSplitter<4> splitter;
  Bytes chunk = bytes_of("12345");
  CHECK(splitter.next(chunk).error() == Fault::oversized);
}

TEST_CASE("wire: a stream that ends inside a line is truncated", "[wire][illegal]") {
  LineSplitter<8> splitter;
  CHECK(lines_of(splitter, "one\ntwo", 7) == std::vector<std::string>{"one"});
  CHECK(splitter.held() == 3);
  CHECK(splitter.finish().error() == Fault::truncated);
  Bytes more = bytes_of("\n");
  CHECK(splitter.next(more).error() == Fault::truncated);
}

TEST_CASE("wire: no bytes are no line", "[wire]") {
  LineSplitter<8> splitter;
  Bytes nothing;
  const auto line = splitter.next(nothing);
  CHECK((line.has_value() && !line->has_value()));
  CHECK(splitter.finish().has_value());
}
