#include "handfast/testing/sim.hpp"

#include "handfast/testing/judge.hpp"
#include "handfast/testing/page.hpp"
#include "tests/sim/scenes.hpp"
#include "tests/udp/compat_scene.hpp"
#include "tests/udp/scene.hpp"

sim::Scenes sim::of_udp() {
  using namespace handfast;
  using testing::simulate, testing::judge, testing::page_of_world;
  using Documented = udp_test::CompatScene<udp::Revision::documented>;
  using Later = udp_test::CompatScene<udp::Revision::v0_8>;
  static constexpr testing::SimScene scenes[] = {
      {"udp", "hardened", simulate<udp_test::HardenedScene>, judge<udp_test::HardenedScene>,
       page_of_world<udp_test::HardenedScene>},
      {"udp", "documented", simulate<Documented>, judge<Documented>, page_of_world<Documented>},
      {"udp", "v0_8", simulate<Later>, judge<Later>, page_of_world<Later>},
  };
  return scenes;
}
