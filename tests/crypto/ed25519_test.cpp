#include "handfast/crypto/ed25519.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::Fault;
using handfast::Random;
using handfast::Secret;
using handfast::ed25519::PrivateKey;
using handfast::ed25519::PublicKey;
using handfast::ed25519::sign;
using handfast::ed25519::verify;

namespace {

template <typename Key>
concept Signs = requires(const Key& key, Bytes message) {
  sign(key, message);
};
template <typename Key>
concept Verifies = requires(const Key& key, Bytes bytes) {
  verify(key, bytes, bytes);
};

static_assert(Signs<PrivateKey> && !Signs<PublicKey> && !Signs<Secret<32>> && !Signs<Secret<64>>);
static_assert(Verifies<PublicKey> && !Verifies<PrivateKey>);
static_assert(!std::is_copy_constructible_v<PrivateKey>);
static_assert(!std::constructible_from<PrivateKey, Secret<64>>);

PrivateKey private_key(std::string_view seed) {
  return PrivateKey::from_seed(Secret<32>::from(hex(seed)));
}

struct Vector {
  const char *seed, *public_key, *message, *signature;
};

// RFC 8032, section 7.1, tests 1 to 3.
constexpr Vector vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "659"
     "4a7c15e9716ed28dc027beceea1ec40a"},
};

// S + L in place of S: the same number modulo L, so a verifier that does not look accepts it.
std::vector<std::uint8_t> with_order_added(std::vector<std::uint8_t> signature) {
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += unsigned{signature[32 + i]} + handfast::ed25519::detail::group_order[i];
    signature[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  return signature;
}

bool botan_verifies(Bytes key, Bytes message, Bytes signature) {
  return handfast::ed25519::detail::verifies(key.first<32>(), message, signature.first<64>());
}

}  // namespace

TEST_CASE("crypto: Ed25519 gives the keys and signatures of RFC 8032, section 7.1", "[vectors]") {
  for (const Vector& vector : vectors) {
    const auto key = private_key(vector.seed);
    CHECK(to_hex(key.public_key().bytes()) == vector.public_key);
    const auto signature = sign(key, hex(vector.message));
    REQUIRE(signature);
    CHECK(to_hex(*signature) == vector.signature);
    const auto public_key = PublicKey::parse(hex(vector.public_key));
    REQUIRE(public_key);
    CHECK(verify(*public_key, hex(vector.message), hex(vector.signature)));
  }
}

TEST_CASE("crypto: a new Ed25519 key signs what its public half verifies", "[roundtrip]") {
  Random random;
  const auto key = PrivateKey::generate(random), other = PrivateKey::generate(random);
  REQUIRE(key);
  REQUIRE(other);
  for (const std::size_t size : {0u, 1u, 100u, 5000u}) {
    const auto message = rising(size, 1);
    const auto signature = sign(*key, message);
    REQUIRE(signature);
    CHECK(verify(key->public_key(), message, *signature));
    CHECK(fault_of(verify(other->public_key(), message, *signature)) == Fault::not_authentic);
  }
}

TEST_CASE("crypto: an Ed25519 signature with a flipped bit in any byte is refused", "[illegal]") {
  const auto key = private_key(vectors[2].seed);
  const auto message = hex(vectors[2].message), signature = hex(vectors[2].signature);
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto flipped = signature;
    flipped[i] ^= static_cast<std::uint8_t>(1u << i % 8);
    CHECK(fault_of(verify(key.public_key(), message, flipped)) == Fault::not_authentic);
  }
  for (std::size_t i = 0; i < message.size(); ++i) {
    auto flipped = message;
    flipped[i] ^= 1;
    CHECK(fault_of(verify(key.public_key(), flipped, signature)) == Fault::not_authentic);
  }
}

TEST_CASE("crypto: Ed25519 keys and signatures one byte short or long are refused", "[illegal]") {
  const auto key = private_key(vectors[0].seed);
  auto bytes = hex(vectors[0].signature);
  bytes.push_back(0);
  for (const std::size_t size : {0u, 32u, 63u, 65u}) {
    CHECK(fault_of(verify(key.public_key(), {}, Bytes{bytes}.first(size))) == Fault::wrong_length);
  }
  for (const std::size_t size : {0u, 31u, 33u, 64u}) {
    CHECK(fault_of(PublicKey::parse(Bytes{bytes}.first(size))) == Fault::wrong_length);
  }
}

TEST_CASE("crypto: an Ed25519 signature with S + L instead of S is refused", "[illegal]") {
  for (const Vector& vector : vectors) {
    const auto malleated = with_order_added(hex(vector.signature));
    const auto key = private_key(vector.seed);
    CHECK(fault_of(verify(key.public_key(), hex(vector.message), malleated)) ==
          Fault::not_authentic);
    // What makes our own check necessary.
    CHECK(botan_verifies(key.public_key().bytes(), hex(vector.message), malleated) ==
          (BOTAN_VERSION_MAJOR < 3));
  }
}

TEST_CASE("crypto: an Ed25519 public key that is not below the prime is refused", "[illegal]") {
  for (const std::uint8_t sign_bit : {std::uint8_t{0x00}, std::uint8_t{0x80}}) {
    for (int over = 0; over < 19; ++over) {
      auto bytes = copy(handfast::detail::field_prime);
      bytes[0] = static_cast<std::uint8_t>(bytes[0] + over);
      bytes[31] = static_cast<std::uint8_t>(bytes[31] | sign_bit);
      CHECK(fault_of(PublicKey::parse(bytes)) == Fault::non_canonical_key);
    }
  }
}

TEST_CASE("crypto: an Ed25519 public key of small order, with which anything verifies, is refused",
          "[illegal]") {
  std::vector<std::vector<std::uint8_t>> points;
  for (const auto& y : handfast::ed25519::detail::low_order_points) {
    for (const std::uint8_t sign_bit : {std::uint8_t{0x00}, std::uint8_t{0x80}}) {
      points.push_back(copy(y));
      points.back()[31] = static_cast<std::uint8_t>(y[31] | sign_bit);
    }
  }
  for (const auto& point : points) {
    CHECK(fault_of(PublicKey::parse(point)) == Fault::low_order_key);

    Snapshot stored{point};
    PublicKey unchecked;
    REQUIRE(unchecked.dangerous_read(stored));
    // With S = 0, R only has to be the right one of eight points: try them on a few messages until
    // one is.
    bool forged = false;
    for (std::uint8_t i = 0; i < 64 && !forged; ++i) {
      for (const auto& r : points) {
        auto signature = r;
        signature.resize(64);
        forged = forged || botan_verifies(point, Bytes{&i, 1}, signature);
        CHECK(fault_of(verify(unchecked, Bytes{&i, 1}, signature)) == Fault::not_authentic);
      }
    }
    CHECK(forged);
  }
}

TEST_CASE("crypto: 32 bytes that are no point of the curve verify nothing", "[illegal]") {
  const auto key =
      PublicKey::parse(hex("0200000000000000000000000000000000000000000000000000000000000000"));
  REQUIRE(key);
  CHECK(fault_of(verify(*key, {}, hex(vectors[0].signature))) == Fault::not_authentic);
  CHECK(fault_of(verify(PublicKey{}, {}, hex(vectors[0].signature))) == Fault::not_authentic);
}

TEST_CASE("crypto: where there is no Ed25519 private key, nothing is signed", "[illegal]") {
  PrivateKey key = private_key(vectors[0].seed);
  const PrivateKey moved = std::move(key);
  CHECK(moved.has_key());
  CHECK_FALSE(key.has_key());  // NOLINT: that is the point
  CHECK(fault_of(sign(key, {})) == Fault::bad_argument);
  CHECK(fault_of(sign(PrivateKey{}, {})) == Fault::bad_argument);
}

TEST_CASE("crypto: Ed25519 keys go through a snapshot as the seed and as the public bytes",
          "[roundtrip]") {
  Snapshot snapshot;
  const auto key = private_key(vectors[1].seed);
  key.dangerous_write(snapshot);
  CHECK(to_hex(snapshot.stored) == vectors[1].seed);
  key.public_key().dangerous_write(snapshot);
  PrivateKey restored;
  PublicKey restored_public;
  REQUIRE(restored.dangerous_read(snapshot));
  REQUIRE(restored_public.dangerous_read(snapshot));
  CHECK(restored_public == restored.public_key());
  CHECK(to_hex(sign(restored, hex(vectors[1].message)).value()) == vectors[1].signature);
  Snapshot cut{repeated(31, 1)};
  CHECK_FALSE(restored.dangerous_read(cut));
  CHECK_FALSE(restored.has_key());
}
