#include "tests/attacks/twin_key.hpp"

#include "handfast/crypto/x25519.hpp"
#include "tests/stdio/harness.hpp"
#include "tests/support/catch.hpp"

using namespace attacks;

TEST_CASE(
    "attacks: a key and its twin are two keys in their right encoding, and agree on one "
    "secret with anybody") {
  stdio_test::Script script(7);
  handfast::Random random(script);
  for (int i = 0; i < 20; ++i) {
    const auto mine = handfast::x25519::PrivateKey::generate(random).value();
    const auto theirs = handfast::x25519::PrivateKey::generate(random).value().public_key();
    Number key{};
    std::ranges::copy(theirs.bytes(), key.begin());
    const Number twin = twin_of(key);
    CHECK(twin != key);
    CHECK(twin_of(twin) == key);
    CHECK(times(key, twin) == Number{1});
    const auto other = handfast::x25519::PublicKey::parse(twin);
    REQUIRE(other);
    CHECK(equal(handfast::x25519::agree(mine, theirs).value(),
                handfast::x25519::agree(mine, *other).value()));
  }
}
