#include "handfast/core/apart.hpp"

#include "tests/support/catch.hpp"

using namespace handfast;

TEST_CASE("core: what lies apart is always there, and each copy has its own") {
  struct Large {
    int numbers[100]{};
  };
  Apart<Large> one;
  CHECK(one->numbers[99] == 0);
  one->numbers[99] = 5;
  Apart<Large> other = one;
  other->numbers[99] = 6;
  CHECK((*one).numbers[99] == 5);
  one = other;
  other->numbers[99] = 7;
  CHECK(one->numbers[99] == 6);
  const Apart<Large> last = std::move(one);
  CHECK(last->numbers[99] == 6);
  CHECK(Apart<int>(3).operator*() == 3);
  STATIC_REQUIRE(sizeof(Apart<Large>) == sizeof(void*));
}
