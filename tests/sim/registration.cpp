#include "handfast/testing/sim.hpp"

#include "handfast/testing/judge.hpp"
#include "handfast/testing/page.hpp"
#include "tests/registration/compat_scene.hpp"
#include "tests/registration/peer_scene.hpp"
#include "tests/registration/scene.hpp"
#include "tests/sim/scenes.hpp"

sim::Scenes sim::of_registration() {
  using namespace handfast;
  using testing::simulate, testing::judge, testing::page_of_world;
  static constexpr testing::SimScene scenes[] = {
      {"registration", "hardened", simulate<registration_test::Scene>,
       judge<registration_test::Scene>, page_of_world<registration_test::Scene>},
      {"registration", "compat", simulate<registration_test::CompatScene>,
       judge<registration_test::CompatScene>, page_of_world<registration_test::CompatScene>},
      {"registration", "peers", simulate<peer_test::Scene>, judge<peer_test::Scene>,
       page_of_world<peer_test::Scene>},
  };
  return scenes;
}
