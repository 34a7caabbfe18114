// Simulated worlds of every protocol: `tests/run --sim PROTOCOL`.

#include "handfast/testing/sim.hpp"

#include "examples/your_protocol/scene.hpp"
#include "handfast/testing/judge.hpp"
#include "tests/stdio/scene.hpp"

int main(int argc, char** argv) {
  using namespace handfast;
  using testing::simulate, testing::judge;
  using Hardened = stdio_test::Scene<stdio::Hardened>;
  using Compat = stdio_test::Scene<stdio::Compat>;
  using Flawed = ask::Scene<ask::Flawed>;
  using Mended = ask::Scene<ask::Mended>;
  static constexpr testing::SimScene scenes[] = {
      {"stdio", "hardened", simulate<Hardened>, judge<Hardened>},
      {"stdio", "compat", simulate<Compat>, judge<Compat>},
      {"ask", "flawed", simulate<Flawed>, judge<Flawed>},
      {"ask", "mended", simulate<Mended>, judge<Mended>},
  };
  return testing::sim_main(scenes, argc, argv, testing::tests_run);
}
