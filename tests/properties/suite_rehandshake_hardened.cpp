#include "tests/properties/suite.hpp"
//
#include "tests/rehandshake/scene.hpp"

properties_test::Suite& properties_test::rehandshake_hardened() {
  using Scene = rehandshake_test::HardenedScene;
  static const auto suite = make_suite<Scene>(Scene::profile, rehandshake::Request::size);
  return *suite;
}
