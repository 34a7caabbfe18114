// Simulated worlds of every protocol: `tests/run --sim PROTOCOL`.

#include "handfast/testing/sim.hpp"

#include "tests/sim/scenes.hpp"

int main(int argc, char** argv) {
  std::vector<handfast::testing::SimScene> scenes;
  for (const sim::Scenes some :
       {sim::of_stdio(), sim::of_registration(), sim::of_udp(), sim::of_rehandshake(),
        sim::of_migration(), sim::of_x3dh(), sim::of_ask()})
    scenes.insert(scenes.end(), some.begin(), some.end());
  return handfast::testing::sim_main(scenes, argc, argv, handfast::testing::tests_run);
}
