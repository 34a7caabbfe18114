#include "handfast/wire/binary.hpp"
#include "handfast/wire/json.hpp"
#include "handfast/wire/lines.hpp"
#include "handfast/wire/stream.hpp"

#include <rapidcheck.h>

#include "tests/support/catch.hpp"
#include "tests/wire/messages.hpp"

using namespace wire_test;

namespace {

using Octets = std::vector<std::uint8_t>;

struct Note64 {
  std::uint64_t number{};
  bool flag{};
  std::string text;
  std::vector<std::uint8_t> bytes;
  std::optional<std::vector<std::uint8_t>> more;
  using layout = Layout<"note", Canonical, Version<"version", std::uint8_t{2}>,
                        Field<"number", &Note64::number>, Field<"flag", &Note64::flag>,
                        Field<"text", &Note64::text>, Field<"bytes", &Note64::bytes, Base64Url>,
                        Field<"more", &Note64::more, ByteArrayOrBase64>>;
  friend bool operator==(const Note64&, const Note64&) = default;
};

/// A text of code points that RapidCheck chooses, controls and four-byte forms included.
std::string utf8_of(const std::vector<std::uint32_t>& points) {
  std::string text;
  for (std::uint32_t any : points) {
    std::uint32_t point = any % 0x110000;
    if (any % 3 == 0) point %= 0x80;
    if (point >= 0xD800 && point <= 0xDFFF) point = '"';
    auto tail = [&](int shift) {
      text.push_back(static_cast<char>(0x80 | (point >> shift & 0x3F)));
    };
    if (point < 0x80)
      text.push_back(static_cast<char>(point));
    else if (point < 0x800)
      text.push_back(static_cast<char>(0xC0 | point >> 6)), tail(0);
    else if (point < 0x10000)
      text.push_back(static_cast<char>(0xE0 | point >> 12)), tail(6), tail(0);
    else
      text.push_back(static_cast<char>(0xF0 | point >> 18)), tail(12), tail(6), tail(0);
  }
  return text;
}

/// Cuts `stream` where `cuts` say and gives the pieces to `take`.
void in_chunks(Bytes stream, const Octets& cuts, auto&& take) {
  for (std::size_t i = 0; !stream.empty(); ++i) {
    const std::size_t wanted = i < cuts.size() ? cuts[i] % 9u : stream.size();
    const Bytes chunk = stream.first(std::min(wanted, stream.size()));
    stream = stream.subspan(chunk.size());
    take(chunk);
  }
}

}  // namespace

TEST_CASE("wire: any message that is written is read back", "[wire][property][roundtrip]") {
  REQUIRE(
      rc::check("binary numbers", [](std::uint8_t a, std::uint16_t b, std::uint32_t c,
                                     std::uint32_t d, std::uint64_t e, std::uint64_t f, bool g) {
        const Numbers numbers{a, b, c, d, e, f, b, g};
        const auto frame = binary::encode(numbers);
        RC_ASSERT(frame.has_value() == (c <= 0xFFFFFF && b > 0));
        if (frame) RC_ASSERT(*binary::decode<Numbers>(*frame) == numbers);
      }));
  REQUIRE(
      rc::check("binary bytes", [](const Octets& first, const std::vector<std::uint32_t>& points) {
        const std::string second = utf8_of(points);
        Octets frame;
        GrowingWriter sink(frame);
        const bool written = binary::encode(Pair{first, second}, sink).has_value();
        RC_ASSERT(written == (!first.empty() && first.size() <= 300 && second.size() <= 5));
        if (!written) return;
        const auto back = binary::decode<Pair>(frame);
        RC_ASSERT(back.has_value());
        RC_ASSERT(std::ranges::equal(back->first, first));
        RC_ASSERT(back->second == second);
      }));
  REQUIRE(rc::check("JSON",
                    [](std::uint64_t number, bool flag, const std::vector<std::uint32_t>& points,
                       const Octets& bytes, bool more) {
                      Note64 note{number, flag, utf8_of(points), bytes, {}};
                      if (more) note.more = bytes;
                      const auto text = json::encode(note);
                      RC_ASSERT(text.has_value());
                      const auto back = json::decode<Note64>(bytes_of(*text));
                      RC_ASSERT(back.has_value());
                      RC_ASSERT(*back == note);
                    }));
}

TEST_CASE("wire: any input that is read is what its message is written as",
          "[wire][property][roundtrip]") {
  REQUIRE(rc::check("binary", [](const Octets& frame) {
    const auto pair = binary::decode<Pair>(frame);
    if (!pair) return;
    Octets again;
    GrowingWriter sink(again);
    RC_ASSERT(binary::encode(*pair, sink).has_value());
    RC_ASSERT(again == frame);
  }));
  REQUIRE(rc::check("canonical JSON, changed in one place",
                    [](std::uint64_t number, const Octets& bytes, std::size_t at, char to) {
                      std::string text = *json::encode(Note64{number, true, "text", bytes, {}});
                      text[at % text.size()] = to;
                      const auto note = json::decode<Note64>(bytes_of(text));
                      if (note) RC_ASSERT(*json::encode(*note) == text);
                    }));
}

TEST_CASE("wire: splitters give the same however the stream is cut", "[wire][property]") {
  REQUIRE(rc::check("lines", [](const std::vector<Octets>& lines, const Octets& cuts) {
    Octets stream;
    for (Octets line : lines) {
      std::ranges::replace(line, std::uint8_t{'\n'}, std::uint8_t{' '});
      stream.insert(stream.end(), line.begin(), line.end());
      stream.push_back('\n');
    }
    LineSplitter<512> splitter;
    std::size_t count = 0;
    Octets joined;
    in_chunks(stream, cuts, [&](Bytes chunk) {
      while (const auto line = *splitter.next(chunk)) {
        ++count;
        joined.insert(joined.end(), line->begin(), line->end());
        joined.push_back('\n');
      }
    });
    RC_ASSERT(splitter.finish().has_value());
    RC_ASSERT(count == lines.size());
    RC_ASSERT(joined == stream);
  }));
  REQUIRE(rc::check("frames", [](const std::vector<Octets>& frames, const Octets& cuts) {
    Octets stream;
    GrowingWriter sink(stream);
    for (const Octets& frame : frames) RC_ASSERT(write_frame<2>(frame, sink).has_value());
    FrameSplitter<2, 512> splitter;
    std::vector<Octets> got;
    in_chunks(stream, cuts, [&](Bytes chunk) {
      while (const auto frame = *splitter.next(chunk))
        got.emplace_back(frame->begin(), frame->end());
    });
    RC_ASSERT(splitter.finish().has_value());
    RC_ASSERT(got == frames);
  }));
}
