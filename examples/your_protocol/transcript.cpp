// Two questions and their answers, every byte explained, with somebody on the way or not.

#include "handfast/spec/transcript_main.hpp"
#include "handfast/testing/seeded_random.hpp"

#include "ask.hpp"

using namespace handfast;

template <class Covers>
spec::Transcript ask_twice(const spec::RunOptions& options) {
  testing::SeededRandom one(options.seed), other(options.seed + 1);
  spec::Recording<ask::Asker<Covers>, ask::Answerer<Covers>> run{
      "ask", {{}, {}, Random(one), {}, {}}, {{}, {}, Random(other), {}, {}}};
  run.obey(options);
  run.one(ask::Ask{});
  run.other(ask::Give{bytes_of("at noon")});
  run.one(ask::Ask{});
  run.other(ask::Give{bytes_of("at midnight")});
  return run.transcript();
}

int main(int argc, char** argv) {
  static constexpr spec::Run runs[] = {
      {"ask", "flawed", ask_twice<ask::Flawed>},
      {"ask", "mended", ask_twice<ask::Mended>},
  };
  return spec::transcript_main(runs, argc, argv);
}
