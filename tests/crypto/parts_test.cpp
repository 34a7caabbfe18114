#include "handfast/crypto/parts.hpp"

#include <array>
#include <string_view>

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::Parts;

namespace {

std::string joined(Parts parts) {
  std::string digits;
  for (const Bytes part : parts) digits += to_hex(part) + "|";
  return digits;
}

}  // namespace

TEST_CASE("crypto: parts are one input in one place, in listed places, or in none", "[roundtrip]") {
  const std::array<std::uint8_t, 2> fixed{1, 2};
  const auto sized = hex("0304");
  const Bytes view{sized};
  CHECK(joined(fixed) == "0102|");
  CHECK(joined(view) == "0304|");
  CHECK(joined({fixed}) == "0102|");
  CHECK(joined({fixed, view, sized, {}}) == "0102|0304|0304||");
  CHECK(joined({}).empty());
  const std::vector<Bytes> list{view, view};
  CHECK(joined(Parts{std::span<const Bytes>{list}}) == "0304|0304|");
  const Parts original(view);
  const Parts copied = original;
  CHECK(joined(copied) == "0304|");
}
