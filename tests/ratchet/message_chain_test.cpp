#include "handfast/ratchet/message_chain.hpp"

#include "tests/ratchet/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace ratchet_test;

TEST_CASE(
    "ratchet: a message chain gives the keys that its labels and numbers say, from number 1") {
  Hkdf hkdf;
  MessageChain<Labels> chain(first_key());
  const auto keys = message_keys(20);
  CHECK(chain.next() == 1);
  for (std::size_t n = 1; n <= 20; ++n) {
    CHECK(chain.next() == n);
    CHECK(to_hex(chain.message_key(hkdf).bytes()) == keys[n]);
    CHECK(to_hex(chain.message_key(hkdf).bytes()) == keys[n]);  // asking moves nothing
    chain.step(hkdf);
  }
}

TEST_CASE("ratchet: a message key is not the chain's, nor does a step keep the key before it") {
  Hkdf hkdf;
  MessageChain<Labels> chain(first_key());
  const std::string before = to_hex(snapshot(chain).bytes());
  CHECK(before.find(to_hex(chain.message_key(hkdf).bytes())) == std::string::npos);
  chain.step(hkdf);
  const std::string after = to_hex(snapshot(chain).bytes());
  CHECK(after.find(before.substr(0, 64)) == std::string::npos);
}

TEST_CASE("ratchet: a message chain's snapshot is 40 bytes and gives the same chain back") {
  Hkdf hkdf;
  MessageChain<Labels> chain(first_key());
  for (int i = 0; i < 5; ++i) chain.step(hkdf);
  const Buffer stored = snapshot(chain);
  CHECK(stored.size() == 40);
  MessageChain<Labels> again;
  REQUIRE(restore(again, stored.bytes()));
  CHECK(again.next() == 6);
  CHECK(to_hex(again.message_key(hkdf).bytes()) == to_hex(chain.message_key(hkdf).bytes()));
  CHECK(to_hex(snapshot(chain.dangerous_copy()).bytes()) == to_hex(stored.bytes()));
  for (std::size_t size = 0; size < 40; ++size)
    CHECK_FALSE(restore(again, stored.bytes().first(size)));
}

TEST_CASE("ratchet: a message chain writes numbers up to 2^64 - 1 in decimal") {
  Hkdf hkdf;
  MessageChain<Labels> chain;
  REQUIRE(restore(chain, chain_at(~std::uint64_t{0}).bytes()));
  const auto expected = hkdf.derive<32>(first_key().bytes(), bytes_of("message salt"),
                                        bytes_of("message:18446744073709551615"));
  CHECK(to_hex(chain.message_key(hkdf).bytes()) == to_hex(expected.bytes()));
}
