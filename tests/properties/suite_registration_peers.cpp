#include "tests/properties/suite.hpp"
//
#include "tests/registration/peer_scene.hpp"

properties_test::Suite& properties_test::registration_peers() {
  using Scene = peer_test::Scene;
  static const auto suite = make_suite<Scene>(Scene::profile, registration::payload_size_max);
  return *suite;
}
