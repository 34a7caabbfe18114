#include "tests/properties/suite.hpp"
//
#include "tests/stdio/scene.hpp"

properties_test::Suite& properties_test::compat() {
  static const auto suite = make_suite<stdio_test::Scene<stdio::Compat>>("compat");
  return *suite;
}
