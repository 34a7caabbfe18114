#include "handfast/testing/sim.hpp"

#include "handfast/testing/judge.hpp"
#include "handfast/testing/page.hpp"
#include "tests/rehandshake/compat_scene.hpp"
#include "tests/rehandshake/scene.hpp"
#include "tests/sim/scenes.hpp"

sim::Scenes sim::of_rehandshake() {
  using namespace handfast;
  using rehandshake_test::CompatScene, rehandshake_test::HardenedScene, rehandshake_test::PeerScene;
  using testing::simulate, testing::judge, testing::page_of_world;
  static constexpr testing::SimScene scenes[] = {
      {"rehandshake", "hardened", simulate<HardenedScene>, judge<HardenedScene>,
       page_of_world<HardenedScene>},
      {"rehandshake", "peers", simulate<PeerScene>, judge<PeerScene>, page_of_world<PeerScene>},
      {"rehandshake", "compat", simulate<CompatScene>, judge<CompatScene>,
       page_of_world<CompatScene>},
  };
  return scenes;
}
