#include "handfast/crypto/detail/little_endian.hpp"

#include "tests/support/catch.hpp"

using handfast::detail::field_prime;
using handfast::detail::less;
using handfast::detail::Number;

static_assert(!less(field_prime, field_prime));
static_assert(less(Number{}, field_prime));
static_assert(less(Number{0xff}, Number{0, 1}));
static_assert(!less(Number{0, 1}, Number{0xff}));

TEST_CASE("crypto: numbers are compared from their last byte down", "[helpers]") {
  for (std::size_t high = 1; high < 32; ++high) {
    for (std::size_t low = 0; low < high; ++low) {
      Number larger{}, smaller{};
      larger[high] = 1;
      smaller[low] = 0xff;
      CHECK(less(smaller, larger));
      CHECK_FALSE(less(larger, smaller));
    }
  }
}
