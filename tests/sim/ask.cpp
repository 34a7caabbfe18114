#include "handfast/testing/sim.hpp"

#include "examples/your_protocol/scene.hpp"
#include "handfast/testing/judge.hpp"
#include "tests/sim/scenes.hpp"

sim::Scenes sim::of_ask() {
  using namespace handfast;
  using testing::simulate, testing::judge;
  using Flawed = ask::Scene<ask::Flawed>;
  using Mended = ask::Scene<ask::Mended>;
  static constexpr testing::SimScene scenes[] = {
      {"ask", "flawed", simulate<Flawed>, judge<Flawed>},
      {"ask", "mended", simulate<Mended>, judge<Mended>},
  };
  return scenes;
}
