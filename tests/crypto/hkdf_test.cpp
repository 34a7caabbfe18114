#include "handfast/crypto/hkdf.hpp"

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::bytes_of;
using handfast::Fault;
using handfast::Hkdf;
using handfast::HmacSha256;

namespace {

struct Vector {
  std::vector<std::uint8_t> input, salt, info;
  const char *key, *output;
};

// RFC 5869, appendix A.1 to A.3.
std::vector<Vector> vectors() {
  return {
      {repeated(22, 0x0b), rising(13, 0), rising(10, 0xf0),
       "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
       "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
      {rising(80, 0), rising(80, 0x60), rising(80, 0xb0),
       "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
       "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e5"
       "90e09"
       "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
      {repeated(22, 0x0b),
       {},
       {},
       "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
       "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
  };
}

}  // namespace

TEST_CASE("crypto: HKDF-SHA-256 gives the keys and outputs of RFC 5869", "[vectors]") {
  Hkdf hkdf;
  for (const Vector& vector : vectors()) {
    const auto key = hkdf.extract(vector.salt, vector.input);
    CHECK(to_hex(key.bytes()) == vector.key);
    const auto expected = hex(vector.output);
    std::vector<std::uint8_t> out(expected.size());
    REQUIRE(hkdf.expand(key.bytes(), vector.info, out));
    CHECK(out == expected);
    std::vector<std::uint8_t> at_once(expected.size());
    REQUIRE(hkdf.derive(vector.input, vector.salt, vector.info, at_once));
    CHECK(at_once == expected);
    CHECK(copy(hkdf.derive<42>(vector.input, vector.salt, vector.info).bytes()) ==
          copy(Bytes{expected}.first(42)));
    CHECK(copy(hkdf.expand<32>(key.bytes(), vector.info).bytes()) ==
          copy(Bytes{expected}.first(32)));
  }
}

TEST_CASE("crypto: an HKDF output of every size is the beginning of the longest", "[roundtrip]") {
  Hkdf hkdf;
  const auto key = rising(32, 1);
  std::vector<std::uint8_t> longest(Hkdf::output_size_max);
  REQUIRE(hkdf.expand(key, bytes_of("info"), longest));
  for (const std::size_t size : {0u, 1u, 31u, 32u, 33u, 63u, 64u, 65u, 8128u, 8129u, 8159u}) {
    std::vector<std::uint8_t> out(size);
    REQUIRE(hkdf.expand(key, bytes_of("info"), out));
    CHECK(out == copy(Bytes{longest}.first(size)));
  }
  // The last block by the definition: T(255) = HMAC(key, T(254) | info | 255).
  HmacSha256 hmac;
  const auto last =
      hmac.mac(key, {Bytes{longest}.subspan(253 * 32, 32), bytes_of("info"), hex("ff")});
  CHECK(copy(last) == copy(Bytes{longest}.last(32)));
}

TEST_CASE("crypto: more than 255 blocks of HKDF output are a fault and change nothing",
          "[illegal]") {
  Hkdf hkdf;
  for (const std::size_t over : {1u, 32u, 10000u}) {
    auto out = repeated(Hkdf::output_size_max + over, 0xee);
    CHECK(fault_of(hkdf.expand(rising(32, 1), {}, out)) == Fault::bad_argument);
    CHECK(fault_of(hkdf.derive(rising(32, 1), {}, {}, out)) == Fault::bad_argument);
    CHECK(out == repeated(Hkdf::output_size_max + over, 0xee));
  }
}

TEST_CASE("crypto: HKDF info and input do not depend on how they are cut", "[roundtrip]") {
  Hkdf hkdf;
  const auto salt = rising(8, 1);
  const auto whole = hkdf.derive<80>(bytes_of("input"), salt, bytes_of("label:7"));
  CHECK(equal(whole, hkdf.derive<80>({bytes_of("in"), bytes_of("put")}, salt,
                                     {bytes_of("label:"), bytes_of("7")})));
  CHECK_FALSE(equal(whole, hkdf.derive<80>(bytes_of("input"), salt, bytes_of("label:8"))));
  CHECK_FALSE(equal(whole, hkdf.derive<80>(bytes_of("input"), {}, bytes_of("label:7"))));
  CHECK_FALSE(equal(whole, hkdf.derive<80>(bytes_of("inpus"), salt, bytes_of("label:7"))));
}

TEST_CASE("crypto: a chain key is replaced in place by what is derived from it", "[roundtrip]") {
  Hkdf hkdf;
  auto chain = handfast::Secret<32>::from(rising(32, 1));
  const auto next = hkdf.derive<32>(chain.bytes(), bytes_of("salt"), bytes_of("ratchet:1"));
  REQUIRE(hkdf.derive(chain.bytes(), bytes_of("salt"), bytes_of("ratchet:1"), chain.writable()));
  CHECK(equal(chain, next));

  auto key = rising(96, 1);
  const auto expected = hkdf.expand<96>(Bytes{key}.first(32), bytes_of("info"));
  REQUIRE(hkdf.expand(Bytes{key}.first(32), bytes_of("info"), key));
  CHECK(key == copy(expected.bytes()));
}

TEST_CASE("crypto: HKDF salts beyond what Botan's HMAC takes work", "[vectors]") {
  Hkdf hkdf;
  handfast::Sha256 hash;
  const auto salt = rising(5000, 1);
  CHECK(equal(hkdf.extract(salt, bytes_of("input")),
              hkdf.extract(hash.digest(salt), bytes_of("input"))));
  hkdf.forget();
  CHECK(equal(hkdf.extract(salt, bytes_of("input")),
              hkdf.extract(hash.digest(salt), bytes_of("input"))));
}
