// Simulated worlds of every protocol: `tests/run --sim PROTOCOL`.

#include "handfast/testing/sim.hpp"

#include <random>
#include <span>

#include "examples/your_protocol/scene.hpp"
#include "tests/stdio/scene.hpp"

int main(int argc, char** argv) {
  using namespace handfast;
  static constexpr testing::SimScene scenes[] = {
      {"stdio", "hardened", testing::simulate<stdio_test::Scene<stdio::Hardened>>},
      {"stdio", "compat", testing::simulate<stdio_test::Scene<stdio::Compat>>},
      {"ask", "flawed", testing::simulate<ask::Scene<ask::Flawed>>},
      {"ask", "mended", testing::simulate<ask::Scene<ask::Mended>>},
  };
  const std::span<const char* const> arguments(argv + 1, static_cast<std::size_t>(argc - 1));
  return testing::sim_main(scenes, arguments, std::random_device{}());
}
