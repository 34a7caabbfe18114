#include "handfast/testing/sim.hpp"

#include "handfast/testing/judge.hpp"
#include "tests/sim/scenes.hpp"
#include "tests/x3dh/scene.hpp"

sim::Scenes sim::of_x3dh() {
  using namespace handfast::testing;
  static constexpr SimScene scenes[] = {
      {"x3dh", "hardened", simulate<x3dh_test::Scene>, judge<x3dh_test::Scene>},
  };
  return scenes;
}
