#include "handfast/testing/sim.hpp"

#include "examples/your_protocol/scene.hpp"
#include "handfast/testing/judge.hpp"
#include "handfast/testing/page.hpp"
#include "tests/sim/scenes.hpp"

sim::Scenes sim::of_ask() {
  using namespace handfast;
  using testing::simulate, testing::judge, testing::page_of_world;
  using Flawed = ask::Scene<ask::Flawed>;
  using Mended = ask::Scene<ask::Mended>;
  static constexpr testing::SimScene scenes[] = {
      {"ask", "flawed", simulate<Flawed>, judge<Flawed>, page_of_world<Flawed>},
      {"ask", "mended", simulate<Mended>, judge<Mended>, page_of_world<Mended>},
  };
  return scenes;
}
