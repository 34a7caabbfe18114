#include "handfast/crypto/aead.hpp"

#include <type_traits>
#include <utility>

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::Aead;
using handfast::Aes256Gcm;
using handfast::Aes256GcmNonce16;
using handfast::bytes_of;
using handfast::ChaCha20Poly1305;
using handfast::Fault;
using handfast::Secret;

namespace {

using Nonce = std::array<std::uint8_t, 12>;

template <typename Cipher, typename Key, typename NonceType>
concept Opens = requires(Aead<Cipher>& aead, const Key& key, NonceType nonce, Bytes in,
                         MutableBytes out) {
  aead.open(key, nonce, in, in, out);
  aead.seal(key, nonce, in, in, out);
};

// Of nonces of 8, 12, 16 and 24 bytes, the cipher takes those of `size`; of none does it take any
// number of bytes.
template <typename Cipher, std::size_t... sizes>
constexpr bool takes_nonces_only_of(std::size_t size) {
  return ((Opens<Cipher, Secret<32>, std::array<std::uint8_t, sizes>> == (sizes == size)) && ...) &&
         !Opens<Cipher, Secret<32>, Bytes>;
}
static_assert(takes_nonces_only_of<Aes256Gcm, 8, 12, 16, 24>(12));
static_assert(takes_nonces_only_of<ChaCha20Poly1305, 8, 12, 16, 24>(12));
static_assert(takes_nonces_only_of<Aes256GcmNonce16, 8, 12, 16, 24>(16));
static_assert(!Opens<Aes256Gcm, Secret<16>, Nonce> && !Opens<Aes256Gcm, Bytes, Nonce>);
static_assert(!std::is_copy_constructible_v<Aead<Aes256Gcm>> &&
              std::is_move_constructible_v<Aead<Aes256Gcm>>);

Nonce nonce_of(std::string_view digits) {
  Nonce nonce{};
  const auto bytes = hex(digits);
  REQUIRE(bytes.size() == nonce.size());
  std::ranges::copy(bytes, nonce.begin());
  return nonce;
}

Secret<32> key_of(std::uint8_t first) { return Secret<32>::from(rising(32, first)); }

template <typename Cipher>
std::vector<std::uint8_t> sealed(Aead<Cipher>& aead, const Secret<32>& key, const Nonce& nonce,
                                 Bytes ad, Bytes plaintext) {
  std::vector<std::uint8_t> out(plaintext.size() + 16);
  REQUIRE(aead.seal(key, nonce, ad, plaintext, out));
  return out;
}

template <typename Cipher>
std::vector<std::uint8_t> opened(Aead<Cipher>& aead, const Secret<32>& key, const Nonce& nonce,
                                 Bytes ad, Bytes ciphertext) {
  std::vector<std::uint8_t> out(ciphertext.size() - 16);
  REQUIRE(aead.open(key, nonce, ad, ciphertext, out));
  return out;
}

// That opening is refused as not authentic and leaves the output as it was.
template <typename Cipher>
void check_refused(Aead<Cipher>& aead, const Secret<32>& key, const Nonce& nonce, Bytes ad,
                   Bytes ciphertext) {
  auto out = repeated(ciphertext.size() - 16, 0xee);
  CHECK(fault_of(aead.open(key, nonce, ad, ciphertext, out)) == Fault::not_authentic);
  CHECK(out == repeated(ciphertext.size() - 16, 0xee));
}

struct Vector {
  const char *key, *nonce, *ad, *plaintext, *ciphertext, *tag;
};

template <typename Cipher>
void check_vector(const Vector& vector) {
  Aead<Cipher> aead;
  const auto key = Secret<32>::from(hex(vector.key));
  const auto nonce = nonce_of(vector.nonce);
  const auto ad = hex(vector.ad), plaintext = hex(vector.plaintext);
  const auto ciphertext = sealed(aead, key, nonce, ad, plaintext);
  CHECK(to_hex(ciphertext) == std::string(vector.ciphertext) + vector.tag);
  CHECK(opened(aead, key, nonce, ad, ciphertext) == plaintext);
}

constexpr std::size_t sizes[] = {0, 1, 15, 16, 17, 63, 64, 65, 255, 1200};

}  // namespace

// McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, test cases 13 to 16.
TEST_CASE("crypto: AES-256-GCM gives the ciphertexts of its specification", "[vectors]") {
  check_vector<Aes256Gcm>({"0000000000000000000000000000000000000000000000000000000000000000",
                           "000000000000000000000000", "", "", "",
                           "530f8afbc74536b9a963b4f1c4cb738b"});
  check_vector<Aes256Gcm>({"0000000000000000000000000000000000000000000000000000000000000000",
                           "000000000000000000000000", "", "00000000000000000000000000000000",
                           "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"});
  check_vector<Aes256Gcm>({"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
                           "cafebabefacedbaddecaf888", "",
                           "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                           "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
                           "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                           "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
                           "b094dac5d93471bdec1a502270e3cc6c"});
  check_vector<Aes256Gcm>({"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
                           "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                           "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                           "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
                           "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                           "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
                           "76fc6ece0f4e1768cddf8853bb2d551b"});
}

// The document's cipher (vectors.json, x3dh), its nonce SHA-256(counter 1, 8 bytes) cut to 16; the
// ciphertext was computed with other code.
TEST_CASE("crypto: AES-256-GCM takes a nonce of 16 bytes through GHASH", "[vectors]") {
  Aead<Aes256GcmNonce16> aead;
  const auto key =
      Secret<32>::from(hex("af1aa5a112b6384296fdaf2395fc3458a2fe67ecf591651bce57d48ddb7481e4"));
  std::array<std::uint8_t, 16> nonce{};
  std::ranges::copy(hex("cd2662154e6d76b2b2b92e70c0cac3cc"), nonce.begin());
  const auto plaintext = hex("32060a0463726564");
  const auto ciphertext = hex("386a626f928058fec00f30f4f0268d10c720ac80565db1bd");
  std::vector<std::uint8_t> out(24), back(8);
  REQUIRE(aead.seal(key, nonce, {}, plaintext, out));
  CHECK(out == ciphertext);
  REQUIRE(aead.open(key, nonce, {}, ciphertext, back));
  CHECK(back == plaintext);
  for (std::size_t i = 0; i < nonce.size(); ++i) {
    auto flipped = nonce;
    flipped[i] ^= static_cast<std::uint8_t>(1u << i % 8);
    CHECK(fault_of(aead.open(key, flipped, {}, ciphertext, back)) == Fault::not_authentic);
  }
}

TEST_CASE("crypto: ChaCha20-Poly1305 gives the ciphertext of RFC 8439, section 2.8.2",
          "[vectors]") {
  const std::string plaintext = to_hex(bytes_of(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
      "sunscreen would be it."));
  check_vector<ChaCha20Poly1305>(
      {"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
       "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7", plaintext.c_str(),
       "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
       "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
       "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
       "3ff4def08e4b7a9de576d26586cec64b6116",
       "1ae10b594f09e26a7e902ecbd0600691"});
}

TEMPLATE_TEST_CASE(
    "crypto: what is sealed opens, in every size and with or without associated data",
    "[roundtrip]", Aes256Gcm, ChaCha20Poly1305) {
  Aead<TestType> aead;
  for (const std::size_t size : sizes) {
    for (const std::size_t ad_size : {0u, 1u, 16u, 33u}) {
      const auto plaintext = rising(size, 1), ad = rising(ad_size, 2);
      const auto ciphertext = sealed(aead, key_of(1), Nonce{9}, ad, plaintext);
      CHECK(opened(aead, key_of(1), Nonce{9}, ad, ciphertext) == plaintext);
      if (size >= 15) CHECK(copy(Bytes{ciphertext}.first(size)) != plaintext);
    }
  }
}

TEMPLATE_TEST_CASE("crypto: sealing and opening in place, or overlapping in part, is the same",
                   "[roundtrip]", Aes256Gcm, ChaCha20Poly1305) {
  Aead<TestType> aead;
  for (const std::size_t size : sizes) {
    const auto plaintext = rising(size, 1);
    const auto expected = sealed(aead, key_of(1), Nonce{}, {}, plaintext);
    for (const std::size_t shift : {0u, 1u, 16u}) {
      std::vector<std::uint8_t> buffer(size + 16 + shift);
      const MutableBytes all{buffer};
      std::ranges::copy(plaintext, all.subspan(shift).begin());
      REQUIRE(aead.seal(key_of(1), Nonce{}, {}, all.subspan(shift, size), all.first(size + 16)));
      CHECK(copy(all.first(size + 16)) == expected);
      REQUIRE(aead.open(key_of(1), Nonce{}, {}, all.first(size + 16), all.subspan(shift, size)));
      CHECK(copy(all.subspan(shift, size)) == plaintext);
    }
  }
}

TEMPLATE_TEST_CASE(
    "crypto: a flipped bit in any byte of ciphertext, tag, associated data, nonce or key is "
    "refused",
    "[illegal]", Aes256Gcm, ChaCha20Poly1305) {
  Aead<TestType> aead;
  const auto plaintext = rising(40, 1), ad = rising(20, 2);
  const Nonce nonce{1, 2, 3};
  const auto key = key_of(5);
  const auto ciphertext = sealed(aead, key, nonce, ad, plaintext);
  for (std::size_t i = 0; i < ciphertext.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto flipped = ciphertext;
      flipped[i] ^= static_cast<std::uint8_t>(1u << bit);
      check_refused(aead, key, nonce, ad, flipped);
    }
  }
  for (std::size_t i = 0; i < ad.size(); ++i) {
    auto flipped = ad;
    flipped[i] ^= static_cast<std::uint8_t>(1u << i % 8);
    check_refused(aead, key, nonce, flipped, ciphertext);
  }
  for (std::size_t i = 0; i < nonce.size(); ++i) {
    auto flipped = nonce;
    flipped[i] ^= static_cast<std::uint8_t>(1u << i % 8);
    check_refused(aead, key, flipped, ad, ciphertext);
  }
  for (std::size_t i = 0; i < 32; ++i) {
    auto flipped = key.dangerous_copy();
    flipped.writable()[i] ^= static_cast<std::uint8_t>(1u << i % 8);
    check_refused(aead, flipped, nonce, ad, ciphertext);
  }
  CHECK(opened(aead, key, nonce, ad, ciphertext) == plaintext);
}

TEMPLATE_TEST_CASE(
    "crypto: a ciphertext cut to any size is refused, also when it is shorter than a tag",
    "[illegal]", Aes256Gcm, ChaCha20Poly1305) {
  Aead<TestType> aead;
  const auto plaintext = rising(20, 1);
  auto ciphertext = sealed(aead, key_of(1), Nonce{}, {}, plaintext);
  for (std::size_t size = 0; size < ciphertext.size(); ++size) {
    auto out = repeated(size < 16 ? 0 : size - 16, 0xee);
    const auto expected = out;
    CHECK(fault_of(aead.open(key_of(1), Nonce{}, {}, Bytes{ciphertext}.first(size), out)) ==
          Fault::not_authentic);
    CHECK(out == expected);
  }
  ciphertext.push_back(0);
  check_refused(aead, key_of(1), Nonce{}, {}, ciphertext);
  ciphertext.pop_back();
  CHECK(opened(aead, key_of(1), Nonce{}, {}, ciphertext) == plaintext);
}

TEMPLATE_TEST_CASE("crypto: an output one byte short or long is the caller's fault", "[illegal]",
                   Aes256Gcm, ChaCha20Poly1305) {
  Aead<TestType> aead;
  const auto plaintext = rising(20, 1);
  const auto ciphertext = sealed(aead, key_of(1), Nonce{}, {}, plaintext);
  for (const std::size_t size : {0u, 20u, 35u, 37u}) {
    auto out = repeated(size, 0xee);
    CHECK(fault_of(aead.seal(key_of(1), Nonce{}, {}, plaintext, out)) == Fault::bad_argument);
    CHECK(out == repeated(size, 0xee));
  }
  for (const std::size_t size : {0u, 19u, 21u, 36u}) {
    auto out = repeated(size, 0xee);
    CHECK(fault_of(aead.open(key_of(1), Nonce{}, {}, ciphertext, out)) == Fault::bad_argument);
    CHECK(out == repeated(size, 0xee));
  }
}

TEMPLATE_TEST_CASE("crypto: the associated data of a message does not stay for the next", "[trap]",
                   Aes256Gcm, ChaCha20Poly1305) {
  Aead<TestType> used, fresh;
  const auto plaintext = rising(20, 1), ad = rising(20, 2);
  CHECK(sealed(used, key_of(1), Nonce{1}, ad, plaintext) !=
        sealed(fresh, key_of(1), Nonce{1}, {}, plaintext));
  used.set_seal_key(key_of(1));
  used.set_open_key(key_of(1));
  std::vector<std::uint8_t> with(36), without(36), out(20);
  REQUIRE(used.seal_keyed(Nonce{1}, ad, plaintext, with));
  REQUIRE(used.seal_keyed(Nonce{1}, {}, plaintext, without));
  CHECK(without == sealed(fresh, key_of(1), Nonce{1}, {}, plaintext));
  REQUIRE(used.open_keyed(Nonce{1}, ad, with, out));
  REQUIRE(used.open_keyed(Nonce{1}, {}, without, out));
  CHECK(fault_of(used.open_keyed(Nonce{1}, {}, with, out)) == Fault::not_authentic);
  CHECK(fault_of(used.open_keyed(Nonce{1}, ad, without, out)) == Fault::not_authentic);
}

TEMPLATE_TEST_CASE("crypto: a kept key serves until it is replaced, in each direction by itself",
                   "[roundtrip]", Aes256Gcm, ChaCha20Poly1305) {
  Aead<TestType> alice, bob;
  std::vector<std::uint8_t> ciphertext(36), out(20);
  const auto plaintext = rising(20, 1);
  CHECK(fault_of(alice.seal_keyed(Nonce{}, {}, plaintext, ciphertext)) == Fault::bad_argument);
  CHECK(fault_of(alice.open_keyed(Nonce{}, {}, ciphertext, out)) == Fault::bad_argument);
  for (std::uint8_t epoch = 0; epoch < 3; ++epoch) {
    alice.set_seal_key(key_of(epoch));
    alice.set_open_key(key_of(100 + epoch));
    bob.set_open_key(key_of(epoch));
    bob.set_seal_key(key_of(100 + epoch));
    for (std::uint8_t i = 0; i < 5; ++i) {
      REQUIRE(alice.seal_keyed(Nonce{i}, {}, plaintext, ciphertext));
      REQUIRE(bob.open_keyed(Nonce{i}, {}, ciphertext, out));
      CHECK(out == plaintext);
      CHECK_FALSE(alice.open_keyed(Nonce{i}, {}, ciphertext, out));
      REQUIRE(bob.seal_keyed(Nonce{i}, {}, plaintext, ciphertext));
      REQUIRE(alice.open_keyed(Nonce{i}, {}, ciphertext, out));
      CHECK(out == plaintext);
    }
  }
  alice.forget();
  CHECK(fault_of(alice.seal_keyed(Nonce{}, {}, plaintext, ciphertext)) == Fault::bad_argument);
  CHECK(fault_of(alice.open_keyed(Nonce{}, {}, ciphertext, out)) == Fault::bad_argument);
  CHECK(sealed(alice, key_of(1), Nonce{}, {}, plaintext) ==
        sealed(bob, key_of(1), Nonce{}, {}, plaintext));
  Aead<TestType> moved = std::move(alice);
  CHECK(fault_of(alice.seal_keyed(Nonce{}, {}, plaintext, ciphertext)) ==
        Fault::bad_argument);  // NOLINT
  CHECK(sealed(moved, key_of(1), Nonce{}, {}, plaintext) ==
        sealed(bob, key_of(1), Nonce{}, {}, plaintext));
}

TEMPLATE_TEST_CASE("crypto: neither refused nor delivered plaintext stays in memory", "[trap]",
                   Aes256Gcm, ChaCha20Poly1305) {
  const auto mask = hex("5ba9e3174c80f62d9e71b80a4fd3c625e01b7f9846a3dc05728ebf193da06c54");
  if (!count_in_memory(mask)) return;
  Aead<TestType> aead;
  std::vector<std::uint8_t> buffer(200), out(184);
  for (std::size_t i = 0; i < 32; ++i) buffer[70 + i] = static_cast<std::uint8_t>(~mask[i]);
  REQUIRE(aead.seal(key_of(1), Nonce{}, {}, Bytes{buffer}.first(184), buffer));
  CHECK(count_in_memory(mask) == 0);
  REQUIRE(aead.open(key_of(1), Nonce{}, {}, buffer, out));
  CHECK(count_in_memory(mask) == 1);
  handfast::wipe(out);
  CHECK(count_in_memory(mask) == 0);
  buffer[199] ^= 1;
  CHECK_FALSE(aead.open(key_of(1), Nonce{}, {}, buffer, out));
  CHECK(count_in_memory(mask) == 0);
  buffer[199] ^= 1;
  buffer[0] ^= 1;
  CHECK_FALSE(aead.open(key_of(1), Nonce{}, {}, buffer, out));
  CHECK(count_in_memory(mask) == 0);
}

TEST_CASE(
    "crypto: Botan itself opens with nonces of other sizes and with the associated data of before",
    "[trap]") {
  const auto key = rising(32, 1);
  for (const std::size_t size : {8u, 12u, 24u}) {
    const auto mode = Botan::AEAD_Mode::create("ChaCha20Poly1305", handfast::detail::encryption);
    CHECK(mode->valid_nonce_length(size));
  }
  for (const char* name : {Aes256Gcm::botan_name, ChaCha20Poly1305::botan_name}) {
    const auto mode = Botan::AEAD_Mode::create(name, handfast::detail::encryption);
    const auto tag = [&] {
      Botan::secure_vector<std::uint8_t> buffer;
      const Nonce nonce{};
      mode->start(nonce.data(), nonce.size());
      mode->finish(buffer);
      return to_hex(buffer);
    };
    mode->set_key(key.data(), key.size());
    mode->set_associated_data(key.data(), 5);
    const auto first = tag();
    CHECK(tag() == first);
    mode->set_associated_data(key.data(), 0);
    CHECK(tag() != first);
  }
}
