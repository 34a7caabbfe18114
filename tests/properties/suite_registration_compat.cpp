#include "tests/properties/suite.hpp"
//
#include "tests/registration/compat_scene.hpp"

properties_test::Suite& properties_test::registration_compat() {
  using Scene = registration_test::CompatScene;
  static const auto suite = make_suite<Scene>(Scene::profile, registration::payload_size_max);
  return *suite;
}
