#include "tests/properties/suite.hpp"
//
#include "tests/rehandshake/scene.hpp"

properties_test::Suite& properties_test::rehandshake_peers() {
  using Scene = rehandshake_test::PeerScene;
  static const auto suite = make_suite<Scene>(Scene::profile, rehandshake::Request::size);
  return *suite;
}
