#include "handfast/testing/switches.hpp"

#include "tests/support/catch.hpp"

using namespace handfast;
using testing::planted_names;
using testing::planted_switch;
using testing::rule_switch;
using testing::SwitchedOn;
using testing::take_asked_names;

namespace switches_test {

struct Fresh {
  static constexpr Fault fault = Fault::stale;
};
struct Known {
  static constexpr Fault fault = Fault::not_authentic;
};

}  // namespace switches_test

using switches_test::Fresh;
using switches_test::Known;

namespace {

int sum(int a, int b) {
  if (detail::planted<"switches_test: sums are differences">) return a - b;
  return a + b;
}
template <class T>
constexpr T product(T a, T b) {
  if (detail::planted<"switches_test: products are sums">) return a + b;
  return a * b;
}
template <class T>
[[maybe_unused]] T never_called(T a) {
  if (detail::planted<"switches_test: in code that is not there">) return -a;
  return a;
}

}  // namespace

TEST_CASE("testing: a rule is a switch that is thrown at run time, one at a time") {
  CHECK(require<Fresh>(false));
  CHECK_FALSE(require<Fresh>(true));
  {
    const SwitchedOn off(rule_switch<Fresh>());
    CHECK_FALSE(require<Fresh>(false));
    CHECK(require<Known>(false));
  }
  CHECK(require<Fresh>(false));
}

TEST_CASE("testing: a switch goes back to what it was, not to off") {
  const SwitchedOn outer(rule_switch<Known>());
  { const SwitchedOn inner(rule_switch<Known>()); }
  CHECK_FALSE(require<Known>(false));
}

TEST_CASE("testing: a planted flaw is off until it is switched on by its name") {
  CHECK(sum(3, 2) == 5);
  CHECK(product(3, 2) == 6);
  {
    const SwitchedOn flaw(planted_switch("switches_test: sums are differences"));
    CHECK(sum(3, 2) == 1);
    CHECK(product(3, 2) == 6);
  }
  const SwitchedOn flaw(planted_switch("switches_test: products are sums"));
  CHECK(sum(3, 2) == 5);
  CHECK(product(3, 2) == 5);
}

TEST_CASE("testing: a program knows the flaws that are planted in it, and no others") {
  const auto names = planted_names();
  CHECK(std::ranges::is_sorted(names));
  CHECK(std::ranges::count(names, "switches_test: sums are differences") == 1);
  CHECK(std::ranges::count(names, "switches_test: products are sums") == 1);
  CHECK(std::ranges::count(names, "switches_test: in code that is not there") == 0);
  CHECK_THROWS_AS(planted_switch("switches_test: in code that is not there"), std::logic_error);
}

TEST_CASE("testing: a program tells which flaws were asked for since it told last") {
  const std::string_view of_sums = "switches_test: sums are differences",
                         of_products = "switches_test: products are sums";
  (void)take_asked_names();
  CHECK(sum(3, 2) == 5);
  CHECK(take_asked_names() == std::vector{of_sums});
  CHECK(take_asked_names().empty());
  {
    const SwitchedOn flaw(planted_switch(of_sums));
    CHECK(take_asked_names().empty());  // to be switched is not to be asked for
    CHECK(sum(3, 2) == 1);
  }
  CHECK(product(3, 2) == 6);
  CHECK(take_asked_names() == std::vector{of_products, of_sums});
  static_assert(product(3, 2) == 6);
  CHECK(take_asked_names().empty());
}
