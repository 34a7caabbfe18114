#include "handfast/crypto/random.hpp"

#include <algorithm>
#include <stdexcept>

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::Fault;
using handfast::Random;

namespace {

// Gives 1, 2, 3, ... and fails when it has given `left` bytes; throws instead where told to.
struct Scripted : handfast::RandomSource {
  std::size_t left = 1000;
  bool throws = false;
  std::uint8_t next = 1;
  mutable int named = 0;  // how often its name was asked for, which what Botan throws holds

  bool fill(MutableBytes out) override {
    for (auto& byte : out) {
      if (left-- == 0) {
        if (throws) throw std::runtime_error("a source of somebody else's");
        left = 0;
        return false;
      }
      byte = next++;
    }
    return true;
  }
  std::string name() const override {
    ++named;
    return "scripted";
  }
};

}  // namespace

TEST_CASE("crypto: the system's random source fills every byte", "[random]") {
  Random random;
  std::vector<std::uint8_t> seen(64);
  for (int round = 0; round < 40; ++round) {
    std::vector<std::uint8_t> out(64);
    REQUIRE(random.fill(out));
    for (std::size_t i = 0; i < out.size(); ++i) seen[i] |= out[i];
  }
  CHECK(std::ranges::count(seen, 0xff) == 64);  // fails by chance once in 2^30 runs
  CHECK(random.fill({}));
  const auto first = random.bytes<12>(), second = random.bytes<12>();
  REQUIRE(first);
  REQUIRE(second);
  CHECK(*first != *second);
}

TEST_CASE("crypto: a scripted random source is taken byte for byte", "[random]") {
  Scripted source;
  Random random{source};
  Random handle = random;
  const auto nonce = random.bytes<3>();
  REQUIRE(nonce);
  CHECK(to_hex(*nonce) == "010203");
  const auto secret = handle.secret<2>();
  REQUIRE(secret);
  CHECK(to_hex(secret->bytes()) == "0405");
  CHECK(random.botan().next_byte() == 6);
  CHECK(random.fill({}));
  CHECK(source.next == 7);
}

TEST_CASE("crypto: a random source that fails or throws is a fault and leaves zeros", "[illegal]") {
  for (const bool throws : {false, true})
    for (const bool is_botans : {false, true}) {
      Scripted source;
      source.left = 5;
      source.throws = throws;
      Botan::RandomNumberGenerator& as_botans = source;
      Random random = is_botans ? Random{as_botans} : Random{source};
      auto out = repeated(6, 0xee);
      CHECK(fault_of(random.fill(out)) == Fault::random_source_failed);
      CHECK(out == repeated(6, 0));
      source.left = 11;
      CHECK(fault_of(random.bytes<12>()) == Fault::random_source_failed);
      source.left = 31;
      CHECK(fault_of(random.secret<32>()) == Fault::random_source_failed);
      // Botan's way is an exception, which names the source; one of ours says it by a value.
      CHECK(source.named == (is_botans && !throws ? 3 : 0));
    }
}
