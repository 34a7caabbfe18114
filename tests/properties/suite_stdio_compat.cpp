#include "tests/properties/suite.hpp"
//
#include "tests/stdio/scene.hpp"

properties_test::Suite& properties_test::stdio_compat() {
  static const auto suite =
      make_suite<stdio_test::Scene<stdio::Compat>>("compat", stdio::payload_size_max);
  return *suite;
}
