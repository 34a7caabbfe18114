#include "handfast/crypto/hash.hpp"

#include <type_traits>

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::bytes_of;
using handfast::Sha256;

static_assert(!std::is_copy_constructible_v<Sha256> && std::is_move_constructible_v<Sha256>);

TEST_CASE("crypto: SHA-256 gives the digests of FIPS 180-2, appendix B", "[vectors]") {
  Sha256 hash;
  CHECK(to_hex(hash.digest(bytes_of("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(hash.digest(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(hash.digest(repeated(1000000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  const std::string empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  CHECK(to_hex(hash.digest({})) == empty);
  CHECK(to_hex(hash.digest(Bytes{})) == empty);
}

TEST_CASE("crypto: a digest does not depend on how its input is cut, nor on the digest before",
          "[roundtrip]") {
  Sha256 hash;
  const auto input = rising(200, 3);
  const Bytes all{input};
  const auto whole = hash.digest(all);
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    CHECK(hash.digest({all.first(cut), {}, all.subspan(cut)}) == whole);
  }
  CHECK(hash.digest(all.first(199)) != whole);
}
