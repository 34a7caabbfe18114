#include "tests/support/seed.hpp"

using namespace handfast;

TEST_CASE("support: a given seed is used and printed, and none given is one of the system's") {
  CHECK(test::seed_from("42").value == 42);
  CHECK(test::seed_from("18446744073709551615").value == 18446744073709551615u);
  CHECK(test::seed_from("42").again() == "run again with HANDFAST_SEED=42");
  CHECK(test::seed_from(nullptr).value != test::seed_from(nullptr).value);
}

TEST_CASE("support: the same seed gives the same numbers, within their bound") {
  test::Random a({7}), b({7}), other({8});
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto number = a.below(10);
    CHECK(number < 10);
    CHECK(number == b.below(10));
    differs = differs || number != other.below(10);
  }
  CHECK(differs);
}
