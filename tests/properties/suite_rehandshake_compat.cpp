#include "tests/properties/suite.hpp"
//
#include "tests/rehandshake/compat_scene.hpp"

properties_test::Suite& properties_test::rehandshake_compat() {
  using Scene = rehandshake_test::CompatScene;
  static const auto suite = make_suite<Scene>(Scene::profile, rehandshake::compat::Response::size);
  return *suite;
}
