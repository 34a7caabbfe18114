#include "tests/properties/suite.hpp"
//
#include "tests/udp/scene.hpp"

properties_test::Suite& properties_test::udp_hardened() {
  using Scene = udp_test::HardenedScene;
  static const auto suite = make_suite<Scene>(Scene::profile, udp::payload_size_max);
  return *suite;
}
