#include "handfast/testing/sim.hpp"

#include "handfast/testing/judge.hpp"
#include "tests/sim/scenes.hpp"
#include "tests/stdio/scene.hpp"

sim::Scenes sim::of_stdio() {
  using namespace handfast;
  using testing::simulate, testing::judge;
  using Hardened = stdio_test::Scene<stdio::Hardened>;
  using Compat = stdio_test::Scene<stdio::Compat>;
  static constexpr testing::SimScene scenes[] = {
      {"stdio", "hardened", simulate<Hardened>, judge<Hardened>},
      {"stdio", "compat", simulate<Compat>, judge<Compat>},
  };
  return scenes;
}
