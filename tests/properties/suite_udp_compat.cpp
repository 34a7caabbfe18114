#include "tests/properties/suite.hpp"
//
#include "tests/udp/compat_scene.hpp"

using namespace properties_test;

namespace {

template <udp::Revision revision>
Suite& suite_of() {
  using Scene = udp_test::CompatScene<revision>;
  static const auto suite = make_suite<Scene>(Scene::profile, udp::compat::payload_size_max);
  return *suite;
}

}  // namespace

Suite& properties_test::udp_documented() { return suite_of<udp::Revision::documented>(); }
Suite& properties_test::udp_v0_8() { return suite_of<udp::Revision::v0_8>(); }
