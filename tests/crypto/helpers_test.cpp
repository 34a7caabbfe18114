#include "tests/crypto/helpers.hpp"

#include "handfast/core/wipe.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;

TEST_CASE("crypto: test helpers read and write hex", "[helpers]") {
  CHECK(hex("00ff1a") == std::vector<std::uint8_t>{0x00, 0xff, 0x1a});
  CHECK(to_hex(hex("00ff1a")) == "00ff1a");
  CHECK_THROWS(hex("0"));
  CHECK_THROWS(hex("0G"));
}

TEST_CASE("crypto: the snapshot of the tests gives back what it took, once", "[helpers]") {
  Snapshot snapshot;
  snapshot.u32(0x01020304);
  snapshot.bytes(Bytes{hex("aabb")});
  CHECK(to_hex(snapshot.stored) == "01020304aabb");
  CHECK(snapshot.u32() == 0x01020304u);
  std::vector<std::uint8_t> out(2);
  CHECK(snapshot.bytes(MutableBytes{out}));
  CHECK(to_hex(out) == "aabb");
  CHECK_FALSE(snapshot.bytes(MutableBytes{out}));
  CHECK_FALSE(snapshot.u32());
}

TEST_CASE("crypto: the memory search finds each instance of a pattern", "[helpers]") {
  const auto mask = hex("0f1e2d3c4b5a69788796a5b4c3d2e1f0");
  const auto before = count_in_memory(mask);
  if (!before) {
    WARN("this process's memory cannot be searched");
    return;
  }
  CHECK(*before == 0);
  std::vector<std::uint8_t> one(100000);
  for (std::size_t i = 0; i < mask.size(); ++i)
    one[65530 + i] = static_cast<std::uint8_t>(~mask[i]);
  CHECK(count_in_memory(mask) == 1);
  const std::vector<std::uint8_t> two = one;
  CHECK(count_in_memory(mask) == 2);
  handfast::wipe(one);
  CHECK(count_in_memory(mask) == 1);
  CHECK(two[0] == 0);
}
