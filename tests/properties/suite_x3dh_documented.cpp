#include "tests/properties/suite.hpp"
//
#include "tests/x3dh/scene.hpp"

properties_test::Suite& properties_test::x3dh_documented() {
  using Scene = x3dh_test::SceneOf<x3dh::Documented>;
  static const auto suite = make_suite<Scene>(Scene::profile, x3dh::payload_size_max);
  return *suite;
}
