// A program of simulated worlds that ends itself in its first one: the runner must say so.

#include "handfast/testing/sim.hpp"

#include <cstdlib>
#include <span>

int main(int argc, char** argv) {
  using namespace handfast::testing;
  static constexpr SimScene scenes[] = {
      {"crash", "at_once", [](const SimOptions&) -> SimExit { std::abort(); }}};
  const std::span<const char* const> arguments(argv + 1, static_cast<std::size_t>(argc - 1));
  return sim_main(scenes, arguments, 1);
}
