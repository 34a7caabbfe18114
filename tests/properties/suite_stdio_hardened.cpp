#include "tests/properties/suite.hpp"
//
#include "tests/stdio/scene.hpp"

using Scene = stdio_test::Scene<handfast::stdio::Hardened>;

// Its worlds judge agreement.
static_assert(handfast::testing::claims_are_told(Scene::Roles{}));

properties_test::Suite& properties_test::stdio_hardened() {
  static const auto suite = make_suite<Scene>("hardened", stdio::payload_size_max);
  return *suite;
}
