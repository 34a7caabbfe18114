#include "tests/properties/suite.hpp"
//
#include "tests/registration/scene.hpp"

properties_test::Suite& properties_test::registration_hardened() {
  using Scene = registration_test::Scene;
  static const auto suite = make_suite<Scene>(Scene::profile, registration::payload_size_max);
  return *suite;
}
