#include "handfast/crypto/xeddsa.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::Fault;
using handfast::Random;
using handfast::Secret;
using handfast::xeddsa::PrivateKey;
using handfast::xeddsa::sign;
using handfast::xeddsa::verify;
namespace x25519 = handfast::x25519;
namespace ed25519 = handfast::ed25519;

namespace {

static_assert(!std::is_copy_constructible_v<PrivateKey>);
static_assert(!std::constructible_from<PrivateKey, Secret<64>>);
static_assert(!std::constructible_from<PrivateKey, x25519::PrivateKey>);

x25519::PublicKey public_key(std::string_view digits) {
  return x25519::PublicKey::parse(hex(digits)).value();
}

PrivateKey new_key() {
  Random random;
  return PrivateKey::generate(random).value();
}

/// RFC 8032's test 2, whose public point has the sign bit 0; and a seed whose point has it 1.
constexpr std::string_view seed =
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
constexpr std::string_view seed_of_sign_1 =
    "0202020202020202020202020202020202020202020202020202020202020202";

std::vector<std::uint8_t> with_order_added(Bytes signature) {
  auto sum = copy(signature);
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += unsigned{sum[32 + i]} + ed25519::detail::group_order[i];
    sum[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  return sum;
}

std::vector<std::uint8_t> with_sign_bit(Bytes signature) {
  auto other = copy(signature);
  other[63] ^= 0x80;
  return other;
}

}  // namespace

TEST_CASE("crypto: a signature that Signal's library made verifies as XEdDSA", "[vectors]") {
  // libsignal, rust/core/src/curve/curve25519.rs, its test of signatures: the key and what it signs
  // are those of its protocol, with the byte 05 before the signed key. The public point of this one
  // has the sign bit 1, which its last byte carries.
  const auto key = public_key("ab7e717d4a163b7d9a1d8071dfe9dcf8cdcd1cea3339b6356be84d887e322c64");
  const auto message = hex("05edce9d9c415ca78cb7252e72c2c4a554d3eb29485a0e1d503118d1a82d99fb4a");
  auto signature =
      hex("5de88ca9a89b4a115da79109c67c9c7464a3e4180274f1cb8c63c2984e286dfb"
          "ede82deb9dcd9fae0bfbb821569b3d9001bd8130cd11d486cef047bd60b86e88");
  CHECK(verify(key, message, signature));
  CHECK(fault_of(verify(key, message, with_sign_bit(signature))) == Fault::not_authentic);
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto flipped = signature;
    flipped[i] ^= static_cast<std::uint8_t>(1u << i % 8);
    CHECK(fault_of(verify(key, message, flipped)) == Fault::not_authentic);
  }
}

TEST_CASE("crypto: a new XEdDSA key agrees as X25519, and signs what that public key verifies",
          "[roundtrip]") {
  const PrivateKey key = new_key(), other = new_key();
  const auto shared = x25519::agree(key.agreeing(), other.public_key());
  REQUIRE(shared);
  CHECK(equal(*shared, *x25519::agree(other.agreeing(), key.public_key())));
  for (const std::size_t size : {0u, 1u, 33u, 5000u}) {
    const auto message = rising(size, 1);
    const auto signature = sign(key, message);
    REQUIRE(signature);
    CHECK(verify(key.public_key(), message, *signature));
    CHECK(fault_of(verify(other.public_key(), message, *signature)) == Fault::not_authentic);
  }
}

TEST_CASE("crypto: the X25519 key of a seed is the y coordinate of its Ed25519 key", "[vectors]") {
  const auto key = PrivateKey::from_seed(Secret<32>::from(hex(seed)));
  REQUIRE(key);
  handfast::detail::Number u{};
  std::ranges::copy(key->public_key().bytes(), u.begin());
  CHECK(to_hex(handfast::detail::edwards_y(u)) ==
        to_hex(ed25519::PrivateKey::from_seed(Secret<32>::from(hex(seed))).public_key().bytes()));
}

TEST_CASE("crypto: a seed whose public point has the sign bit 1 is no XEdDSA key", "[illegal]") {
  CHECK(fault_of(PrivateKey::from_seed(Secret<32>::from(hex(seed_of_sign_1)))) ==
        Fault::bad_argument);
  Snapshot stored{hex(seed_of_sign_1)};
  PrivateKey key = new_key();
  CHECK_FALSE(key.dangerous_read(stored));
  CHECK_FALSE(key.has_key());
}

TEST_CASE("crypto: a random source that gives one seed for ever gives no XEdDSA key", "[illegal]") {
  struct Stuck : handfast::RandomSource {
    bool fill(MutableBytes out) override {
      const auto bytes = hex(seed_of_sign_1);
      std::copy_n(bytes.begin(), out.size(), out.begin());
      return ++count < 1000;
    }
    int count = 0;
  } stuck;
  Random random(stuck);
  CHECK(fault_of(PrivateKey::generate(random)) == Fault::random_source_failed);
  CHECK(stuck.count == 128);
}

TEST_CASE("crypto: an XEdDSA signature or message with a flipped bit in any byte is refused",
          "[illegal]") {
  const PrivateKey key = new_key();
  const auto message = rising(40, 3);
  const auto signature = sign(key, message).value();
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto flipped = copy(signature);
    flipped[i] ^= static_cast<std::uint8_t>(1u << i % 8);
    CHECK(fault_of(verify(key.public_key(), message, flipped)) == Fault::not_authentic);
  }
  for (std::size_t i = 0; i < message.size(); ++i) {
    auto flipped = message;
    flipped[i] ^= 1;
    CHECK(fault_of(verify(key.public_key(), flipped, signature)) == Fault::not_authentic);
  }
  auto longer = copy(signature);
  longer.push_back(0);
  for (const std::size_t size : {0u, 63u, 65u})
    CHECK(fault_of(verify(key.public_key(), message, Bytes{longer}.first(size))) ==
          Fault::wrong_length);
}

TEST_CASE("crypto: no second XEdDSA signature is made from one", "[illegal]") {
  const PrivateKey key = new_key();
  const auto message = rising(33, 5);
  const auto signature = sign(key, message).value();
  // S + L, S + 2 L ... as far as they fit below 2^255, with either sign.
  auto malleated = copy(signature);
  for (int i = 0; i < 7; ++i) {
    malleated = with_order_added(malleated);
    if ((malleated[63] & 0x80) != 0) break;
    CHECK(fault_of(verify(key.public_key(), message, malleated)) == Fault::not_authentic);
    CHECK(fault_of(verify(key.public_key(), message, with_sign_bit(malleated))) ==
          Fault::not_authentic);
  }
  CHECK(fault_of(verify(key.public_key(), message, with_sign_bit(signature))) ==
        Fault::not_authentic);
}

TEST_CASE(
    "crypto: under keys that are not canonical or of small order no XEdDSA signature verifies",
    "[illegal]") {
  std::vector<std::vector<std::uint8_t>> keys;
  for (const auto& low : x25519::detail::low_order_points) keys.push_back(copy(low));
  for (std::uint8_t over = 0; over < 19; ++over) {
    keys.push_back(copy(handfast::detail::field_prime));
    keys.back()[0] = static_cast<std::uint8_t>(keys.back()[0] + over);
  }
  const PrivateKey honest = new_key();
  const auto signature = sign(honest, rising(8, 1)).value();
  auto high = copy(honest.public_key().bytes());
  high[31] |= 0x80;
  keys.push_back(high);
  // With S = 0 any of the eight small points as R may verify under a key of small order.
  std::vector<std::vector<std::uint8_t>> candidates{copy(signature)};
  for (const auto& y : ed25519::detail::low_order_points)
    for (const std::uint8_t sign_bit : {std::uint8_t{0}, std::uint8_t{0x80}}) {
      candidates.push_back(copy(y));
      candidates.back()[31] |= sign_bit;
      candidates.back().resize(64);
    }
  for (const auto& bytes : keys) {
    const auto key = x25519::PublicKey::parse_as_deployed(bytes).value();
    for (const auto& one : candidates)
      for (std::uint8_t i = 0; i < 16; ++i)
        CHECK(fault_of(verify(key, Bytes{&i, 1}, one)) == Fault::not_authentic);
    CHECK(fault_of(verify(key, rising(8, 1), signature)) == Fault::not_authentic);
  }
}

TEST_CASE("crypto: a key that is the signer's only when it is reduced verifies nothing",
          "[illegal]") {
  // Modulo p the top bit counts 19: u - 19 with it is u to whoever reduces, and to X25519, which
  // drops it, another key.
  const PrivateKey honest = new_key();
  auto other = copy(honest.public_key().bytes());
  int borrow = 19;
  for (auto& byte : other) {
    const int left = byte - borrow;
    byte = static_cast<std::uint8_t>(left);
    borrow = left < 0 ? 1 : 0;
  }
  REQUIRE(borrow == 0);
  other[31] |= 0x80;
  handfast::detail::Number u{}, same{};
  std::ranges::copy(honest.public_key().bytes(), u.begin());
  std::ranges::copy(other, same.begin());
  REQUIRE(handfast::detail::edwards_y(same) == handfast::detail::edwards_y(u));
  Snapshot stored{other};
  x25519::PublicKey key;
  REQUIRE(key.dangerous_read(stored));
  const auto message = rising(8, 1);
  CHECK(fault_of(verify(key, message, sign(honest, message).value())) == Fault::not_authentic);
  CHECK(verify(honest.public_key(), message, sign(honest, message).value()));
}

TEST_CASE("crypto: where there is no XEdDSA private key, nothing is signed", "[illegal]") {
  PrivateKey key = new_key();
  const PrivateKey moved = std::move(key);
  CHECK(moved.has_key());
  CHECK_FALSE(key.has_key());  // NOLINT: that is the point
  CHECK(fault_of(sign(key, {})) == Fault::bad_argument);
  CHECK(fault_of(sign(PrivateKey{}, {})) == Fault::bad_argument);
}

TEST_CASE("crypto: an XEdDSA key goes through a snapshot as its seed", "[roundtrip]") {
  Snapshot snapshot;
  const auto key = PrivateKey::from_seed(Secret<32>::from(hex(seed)));
  key->dangerous_write(snapshot);
  CHECK(to_hex(snapshot.stored) == seed);
  PrivateKey restored;
  REQUIRE(restored.dangerous_read(snapshot));
  CHECK(restored.public_key() == key->public_key());
  CHECK(sign(restored, rising(5, 0)).value() == sign(*key, rising(5, 0)).value());
  Snapshot cut{repeated(31, 1)};
  CHECK_FALSE(restored.dangerous_read(cut));
  CHECK_FALSE(restored.has_key());
}
