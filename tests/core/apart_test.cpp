#include "handfast/core/apart.hpp"

#include "tests/support/catch.hpp"

using namespace handfast;

namespace {

struct Large {
  int numbers[100]{};
};
struct Seven {
  int number = 7;
};

}  // namespace

TEST_CASE("core: what lies apart takes no memory until it is written, and reads as if it did") {
  Apart<Seven> one;
  CHECK(one->number == 7);
  CHECK((*one).number == 7);
  CHECK_FALSE(one.is_there());
  CHECK_FALSE(Apart<Seven>(one).is_there());
  one.writable().number = 8;
  CHECK(one.is_there());
  CHECK(one->number == 8);
  Apart<Seven> other = std::move(one);
  CHECK(other->number == 8);
  CHECK_FALSE(one.is_there());  // NOLINT: what was moved from can be used
  CHECK(one->number == 7);
  other.reset();
  CHECK_FALSE(other.is_there());
  CHECK(other->number == 7);
}

TEST_CASE("core: each copy of what lies apart has its own") {
  Apart<Large> one;
  one.writable().numbers[99] = 5;
  Apart<Large> other = one;
  other.writable().numbers[99] = 6;
  CHECK((*one).numbers[99] == 5);
  one = other;
  other.writable().numbers[99] = 7;
  CHECK(one->numbers[99] == 6);
  CHECK(*Apart<int>(3) == 3);
  STATIC_REQUIRE(sizeof(Apart<Large>) == sizeof(void*));
}
