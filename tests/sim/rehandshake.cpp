#include "handfast/testing/sim.hpp"

#include "handfast/testing/judge.hpp"
#include "tests/rehandshake/compat_scene.hpp"
#include "tests/rehandshake/scene.hpp"
#include "tests/sim/scenes.hpp"

sim::Scenes sim::of_rehandshake() {
  using namespace handfast;
  using rehandshake_test::CompatScene, rehandshake_test::HardenedScene, rehandshake_test::PeerScene;
  using testing::simulate, testing::judge;
  static constexpr testing::SimScene scenes[] = {
      {"rehandshake", "hardened", simulate<HardenedScene>, judge<HardenedScene>},
      {"rehandshake", "peers", simulate<PeerScene>, judge<PeerScene>},
      {"rehandshake", "compat", simulate<CompatScene>, judge<CompatScene>},
  };
  return scenes;
}
