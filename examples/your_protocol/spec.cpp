// Draws the two tables, and prints the model of both.

#include "description.hpp"
//
#include "handfast/spec/main.hpp"
#include "handfast/spec/promela.hpp"
#include "handfast/spec/unfold.hpp"

int main(int argc, char** argv) {
  using namespace handfast::spec;
  auto pair = pair_of<ask::Asker<ask::Mended>, ask::Answerer<ask::Mended>>("ask");
  pair.promela = [] { return promela(unfold(outline_of<ask::Description>(), one_side_a_role(2))); };
  return spec_main({&pair, 1}, argc, argv);
}
