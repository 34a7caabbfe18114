#include "handfast/testing/sim.hpp"

#include "handfast/testing/judge.hpp"
#include "handfast/testing/page.hpp"
#include "tests/sim/scenes.hpp"
#include "tests/stdio/scene.hpp"

sim::Scenes sim::of_stdio() {
  using namespace handfast;
  using testing::simulate, testing::judge, testing::page_of_world;
  using Hardened = stdio_test::Scene<stdio::Hardened>;
  using Compat = stdio_test::Scene<stdio::Compat>;
  static constexpr testing::SimScene scenes[] = {
      {"stdio", "hardened", simulate<Hardened>, judge<Hardened>, page_of_world<Hardened>},
      {"stdio", "compat", simulate<Compat>, judge<Compat>, page_of_world<Compat>},
  };
  return scenes;
}
