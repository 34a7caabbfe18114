// Draws the two tables.

#include "handfast/spec/main.hpp"

#include "ask.hpp"

int main(int argc, char** argv) {
  using namespace handfast::spec;
  static constexpr Pair pairs[] = {
      pair_of<ask::Asker<ask::Mended>, ask::Answerer<ask::Mended>>("ask")};
  return spec_main(pairs, argc, argv);
}
