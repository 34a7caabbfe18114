// Lines and frames of a stream: the same however it is cut. The first bytes say where.

#include "handfast/wire/lines.hpp"

#include <cstdlib>
#include <string>
#include <vector>

#include "handfast/wire/stream.hpp"

using namespace handfast;
using namespace handfast::wire;

namespace {

constexpr std::size_t size_max = 24;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  std::vector<std::string> pieces;
  Fault fault{};
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

template <class Splitter>
Outcome split(Bytes stream, Bytes cuts) {
  Splitter splitter;
  Outcome outcome;
  for (std::size_t i = 0; !stream.empty(); ++i) {
    const std::size_t wanted = cuts.empty() ? stream.size() : cuts[i % cuts.size()] % 32u + 1;
    Bytes chunk = stream.first(std::min(wanted, stream.size()));
    stream = stream.subspan(chunk.size());
    for (;;) {
      const auto piece = splitter.next(chunk);
      if (!piece) {
        outcome.fault = piece.error();
        require(outcome.fault == Fault::oversized && splitter.finish().error() == Fault::oversized);
        return outcome;
      }
      if (!*piece) break;
      require((*piece)->size() <= size_max);
      outcome.pieces.emplace_back(text_of(**piece));
    }
    require(chunk.empty());
  }
  if (const auto done = splitter.finish(); !done) outcome.fault = done.error();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  const Bytes cuts = input.first(std::min<std::size_t>(size, 4)),
              stream = input.subspan(cuts.size());

  const auto lines = split<LineSplitter<size_max>>(stream, cuts);
  require(lines == split<LineSplitter<size_max>>(stream, {}));
  std::string joined;
  for (const auto& line : lines.pieces) {
    require(line.find('\n') == line.npos);
    joined += line + '\n';
  }
  require(text_of(stream).starts_with(joined));
  if (lines.fault == Fault{}) require(joined.size() == stream.size());

  const auto frames = split<FrameSplitter<2, size_max>>(stream, cuts);
  require(frames == split<FrameSplitter<2, size_max>>(stream, {}));
  std::vector<std::uint8_t> again;
  GrowingWriter sink(again);
  for (const auto& frame : frames.pieces)
    require(write_frame<2>(bytes_of(frame), sink).has_value());
  require(again.size() <= stream.size() && std::ranges::equal(again, stream.first(again.size())));
  if (frames.fault == Fault{}) require(again.size() == stream.size());
  return 0;
}
