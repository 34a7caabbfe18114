#include "tests/properties/suite.hpp"
//
#include "tests/x3dh/scene.hpp"

properties_test::Suite& properties_test::x3dh_counter() {
  using Scene = x3dh_test::SceneOf<x3dh::Counter>;
  static const auto suite = make_suite<Scene>(Scene::profile, x3dh::payload_size_max);
  return *suite;
}
