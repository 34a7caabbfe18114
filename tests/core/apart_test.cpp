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
  const Apart<Seven>& seen = one;
  CHECK(seen->number == 7);
  CHECK((*seen).number == 7);
  CHECK_FALSE(one.is_there());
  CHECK_FALSE(Apart<Seven>(one).is_there());
  one->number = 8;
  CHECK(one.is_there());
  CHECK(seen->number == 8);
  Apart<Seven> other;
  CHECK(std::as_const(other)->number == 7);
  other = std::move(one);
  CHECK(std::as_const(other)->number == 8);
  CHECK_FALSE(one.is_there());  // NOLINT: what was moved from can be used
  CHECK(seen->number == 7);
  other.reset();
  CHECK_FALSE(other.is_there());
  CHECK(std::as_const(other)->number == 7);
  (*other).number = 9;
  CHECK(Apart<Seven>(other)->number == 9);
}

TEST_CASE("core: each copy of what lies apart has its own") {
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
