#include "handfast/testing/sim.hpp"

#include "handfast/testing/judge.hpp"
#include "handfast/testing/page.hpp"
#include "tests/sim/scenes.hpp"
#include "tests/x3dh/scene.hpp"

sim::Scenes sim::of_x3dh() {
  using namespace handfast::testing;
  using Counter = x3dh_test::SceneOf<handfast::x3dh::Counter>;
  using Documented = x3dh_test::SceneOf<handfast::x3dh::Documented>;
  static constexpr SimScene scenes[] = {
      {"x3dh", "hardened", simulate<x3dh_test::Scene>, judge<x3dh_test::Scene>,
       page_of_world<x3dh_test::Scene>},
      {"x3dh", "counter", simulate<Counter>, judge<Counter>, page_of_world<Counter>},
      {"x3dh", "documented", simulate<Documented>, judge<Documented>, page_of_world<Documented>},
  };
  return scenes;
}
