#include "handfast/crypto/hmac.hpp"

#include <string_view>
#include <type_traits>

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::bytes_of;
using handfast::HmacSha256;

static_assert(!std::is_copy_constructible_v<HmacSha256> &&
              std::is_move_constructible_v<HmacSha256>);

TEST_CASE("crypto: HMAC-SHA-256 gives the tags of RFC 4231", "[vectors]") {
  HmacSha256 hmac;
  const auto tag = [&](Bytes key, Bytes message) { return to_hex(hmac.mac(key, message)); };
  CHECK(tag(repeated(20, 0x0b), bytes_of("Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(tag(bytes_of("Jefe"), bytes_of("what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(tag(repeated(20, 0xaa), repeated(50, 0xdd)) ==
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  CHECK(tag(rising(25, 1), repeated(50, 0xcd)) ==
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  CHECK(tag(repeated(131, 0xaa),
            bytes_of("Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(tag(repeated(131, 0xaa),
            bytes_of("This is a test using a larger than block-size key and a larger than "
                     "block-size data. The key needs to be hashed before being used by the "
                     "HMAC algorithm.")) ==
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST_CASE("crypto: a tag does not depend on how its input is cut, and is the same as a secret",
          "[roundtrip]") {
  HmacSha256 hmac;
  const auto key = rising(32, 9), input = rising(150, 3);
  const Bytes all{input};
  const auto whole = hmac.mac(key, all);
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    CHECK(hmac.mac(key, {all.first(cut), all.subspan(cut)}) == whole);
    CHECK(copy(hmac.mac_secret(key, {all.first(cut), all.subspan(cut)}).bytes()) == copy(whole));
  }
  CHECK(hmac.mac(key, {}) == hmac.mac(key, Bytes{}));
}

TEST_CASE("crypto: HMAC keys of every size work, also beyond what Botan takes", "[vectors]") {
  HmacSha256 hmac;
  handfast::Sha256 hash;
  // An empty key is padded with zeros (RFC 2104, section 2), so it is the same key as one zero
  // byte.
  CHECK(hmac.mac({}, bytes_of("x")) == hmac.mac(hex("00"), bytes_of("x")));
  CHECK(to_hex(hmac.mac({}, {})) ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  for (const std::size_t size : {65u, 4095u, 4096u, 4097u, 10000u}) {
    const auto key = rising(size, 1);
    CHECK(hmac.mac(key, bytes_of("x")) == hmac.mac(hash.digest(key), bytes_of("x")));
  }
}

TEST_CASE("crypto: Botan itself throws for an HMAC key larger than it takes", "[trap]") {
  const auto mac = Botan::MessageAuthenticationCode::create("HMAC(SHA-256)");
  const std::size_t size_max = mac->key_spec().maximum_keylength();  // 4096 in 2.19, 8192 in 3.12
  const auto key = repeated(size_max + 1, 1);
  CHECK(size_max >= 4096);
  CHECK_THROWS(mac->set_key(key.data(), key.size()));
  CHECK_NOTHROW(mac->set_key(key.data(), size_max));
}

TEST_CASE("crypto: a tag of another length or with a flipped bit is refused", "[illegal]") {
  HmacSha256 hmac;
  const auto key = rising(32, 9);
  auto tag = copy(hmac.mac(key, bytes_of("message")));
  CHECK(hmac.verify(key, bytes_of("message"), tag));
  CHECK(hmac.verify(key, {bytes_of("mess"), bytes_of("age")}, tag));
  CHECK_FALSE(hmac.verify(key, bytes_of("massage"), tag));
  CHECK_FALSE(hmac.verify(rising(32, 8), bytes_of("message"), tag));
  for (std::size_t bit = 0; bit < 256; ++bit) {
    auto flipped = tag;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    CHECK_FALSE(hmac.verify(key, bytes_of("message"), flipped));
  }
  tag.push_back(0);
  for (const std::size_t size : {0u, 1u, 31u, 33u}) {
    CHECK_FALSE(hmac.verify(key, bytes_of("message"), Bytes{tag}.first(size)));
  }
}

TEST_CASE("crypto: a MAC that keeps its key gives the same tags, one after the other",
          "[roundtrip]") {
  HmacSha256 hmac;
  for (const std::size_t size : {0u, 32u, 64u, 65u, 4097u}) {
    const auto key = rising(size, 1);
    handfast::KeyedHmacSha256 keyed{Bytes(key)};
    for (const std::string_view text : {"message", "", "another"}) {
      const auto tag = hmac.mac(key, bytes_of(text));
      CHECK(keyed.mac(bytes_of(text)) == tag);
      CHECK(keyed.verify({bytes_of(text.substr(0, 3 % (text.size() + 1))),
                          bytes_of(text.substr(3 % (text.size() + 1)))},
                         tag));
      CHECK_FALSE(keyed.verify(bytes_of("massage"), tag));
      CHECK_FALSE(keyed.verify(bytes_of(text), Bytes(tag).first(31)));
    }
  }
}

TEST_CASE("crypto: a MAC has a key until it is moved from or given up", "[secret]") {
  handfast::KeyedHmacSha256 keyed{Bytes(rising(32, 9))}, empty;
  CHECK(keyed.has_key());
  CHECK_FALSE(empty.has_key());
  empty = std::move(keyed);
  CHECK(empty.has_key());
  CHECK_FALSE(keyed.has_key());  // NOLINT: that is the question
  empty = {};
  CHECK_FALSE(empty.has_key());
}

TEST_CASE("crypto: an HMAC object that forgot its key leaves none and takes another", "[secret]") {
  HmacSha256 hmac;
  const auto key = rising(32, 9);
  const auto tag = hmac.mac(key, bytes_of("message"));
  hmac.forget();
  CHECK(hmac.mac(key, bytes_of("message")) == tag);

  // Botan keeps the key combined with the pads of RFC 2104, 0x36 and 0x5c.
  const auto mask = hex("29e8b17c04d5f396a84b60ed12793fc529e8b17c04d5f396a84b60ed12793fc5");
  const auto instances = [&](std::uint8_t pad) {
    auto padded = mask;
    for (auto& byte : padded) byte ^= pad;
    return count_in_memory(padded);
  };
  if (!instances(0)) return;
  std::vector<std::uint8_t> marked(32);
  for (std::size_t i = 0; i < 32; ++i) marked[i] = static_cast<std::uint8_t>(~mask[i]);
  CHECK(hmac.mac(marked, bytes_of("message")) != tag);
  handfast::wipe(marked);
  CHECK(*instances(0x36) + *instances(0x5c) > 0);
  hmac.forget();
  CHECK(*instances(0) + *instances(0x36) + *instances(0x5c) == 0);
}
