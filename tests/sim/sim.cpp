// Simulated worlds of every protocol: `tests/run --sim PROTOCOL`.

#include "handfast/testing/sim.hpp"

#include "examples/your_protocol/scene.hpp"
#include "handfast/testing/judge.hpp"
#include "tests/registration/compat_scene.hpp"
#include "tests/registration/peer_scene.hpp"
#include "tests/registration/scene.hpp"
#include "tests/stdio/scene.hpp"
#include "tests/udp/compat_scene.hpp"
#include "tests/udp/scene.hpp"

int main(int argc, char** argv) {
  using namespace handfast;
  using testing::simulate, testing::judge;
  using Hardened = stdio_test::Scene<stdio::Hardened>;
  using Compat = stdio_test::Scene<stdio::Compat>;
  using Documented = udp_test::CompatScene<udp::Revision::documented>;
  using Later = udp_test::CompatScene<udp::Revision::v0_8>;
  using Flawed = ask::Scene<ask::Flawed>;
  using Mended = ask::Scene<ask::Mended>;
  static constexpr testing::SimScene scenes[] = {
      {"stdio", "hardened", simulate<Hardened>, judge<Hardened>},
      {"stdio", "compat", simulate<Compat>, judge<Compat>},
      {"registration", "hardened", simulate<registration_test::Scene>,
       judge<registration_test::Scene>},
      {"registration", "compat", simulate<registration_test::CompatScene>,
       judge<registration_test::CompatScene>},
      {"registration", "peers", simulate<peer_test::Scene>, judge<peer_test::Scene>},
      {"udp", "hardened", simulate<udp_test::HardenedScene>, judge<udp_test::HardenedScene>},
      {"udp", "documented", simulate<Documented>, judge<Documented>},
      {"udp", "v0_8", simulate<Later>, judge<Later>},
      {"ask", "flawed", simulate<Flawed>, judge<Flawed>},
      {"ask", "mended", simulate<Mended>, judge<Mended>},
  };
  return testing::sim_main(scenes, argc, argv, testing::tests_run);
}
