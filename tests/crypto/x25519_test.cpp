#include "handfast/crypto/x25519.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::Fault;
using handfast::Random;
using handfast::Secret;
using handfast::x25519::agree;
using handfast::x25519::PrivateKey;
using handfast::x25519::PublicKey;

namespace {

template <typename Private, typename Public>
concept Agrees = requires(const Private& mine, const Public& theirs) {
  agree(mine, theirs);
};

static_assert(Agrees<PrivateKey, PublicKey>);
static_assert(!Agrees<PublicKey, PrivateKey>,
              "a public key cannot stand where a private one belongs");
static_assert(!Agrees<PrivateKey, PrivateKey>);
static_assert(!Agrees<PublicKey, PublicKey>);
static_assert(!Agrees<PrivateKey, Bytes>);
static_assert(!Agrees<Secret<32>, PublicKey>);
static_assert(!std::constructible_from<PublicKey, Bytes>);
static_assert(std::is_copy_constructible_v<PublicKey>);
static_assert(!std::is_copy_constructible_v<PrivateKey>);
static_assert(std::is_nothrow_move_constructible_v<PrivateKey>);
static_assert(!std::equality_comparable<PrivateKey>);

PrivateKey private_key(std::string_view digits) {
  return std::move(PrivateKey::from(hex(digits)).value());
}
PublicKey deployed(Bytes encoded) { return PublicKey::parse_as_deployed(encoded).value(); }
std::string agreed(const PrivateKey& mine, const PublicKey& theirs) {
  return to_hex(agree(mine, theirs).value().bytes());
}

// Every 32-byte string that stands for a point whose order divides 8, canonical or not.
std::vector<std::vector<std::uint8_t>> low_order_encodings() {
  std::vector<std::vector<std::uint8_t>> all;
  for (const auto& point : handfast::x25519::detail::low_order_points) all.push_back(copy(point));
  auto prime = copy(handfast::detail::field_prime);
  all.push_back(prime);
  ++prime[0];
  all.push_back(prime);
  const std::size_t count = all.size();
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(all[i]);
    all.back()[31] |= 0x80;
  }
  return all;
}

struct Fixed : handfast::RandomSource {
  std::uint8_t value = 0;
  bool works = true;
  bool fill(MutableBytes out) override {
    std::ranges::fill(out, value);
    return works;
  }
};

}  // namespace

TEST_CASE("crypto: X25519 gives the two results of RFC 7748, section 5.2", "[vectors]") {
  const auto first =
      PublicKey::parse(hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"));
  REQUIRE(first);
  CHECK(agreed(private_key("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
               *first) == "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");

  // The second point has its top bit set, which a strict reader refuses and the function ignores.
  const auto second = hex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493");
  CHECK(fault_of(PublicKey::parse(second)) == Fault::non_canonical_key);
  CHECK(agreed(private_key("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
               deployed(second)) ==
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

TEST_CASE("crypto: X25519 gives RFC 7748's results after 1 and after 1000 iterations",
          "[vectors]") {
  auto scalar = hex("0900000000000000000000000000000000000000000000000000000000000000");
  auto point = scalar;
  for (int i = 1; i <= 1000; ++i) {
    auto result = copy(agree(PrivateKey::from(scalar).value(), deployed(point)).value().bytes());
    point = std::exchange(scalar, std::move(result));
    if (i == 1)
      CHECK(to_hex(scalar) == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
  }
  CHECK(to_hex(scalar) == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

TEST_CASE("crypto: X25519 key pairs agree as in RFC 7748, section 6.1", "[vectors]") {
  const auto alice =
      private_key("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const auto bob = private_key("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  CHECK(to_hex(alice.public_key().bytes()) ==
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  CHECK(to_hex(bob.public_key().bytes()) ==
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const std::string shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  CHECK(agreed(alice, bob.public_key()) == shared);
  CHECK(agreed(bob, alice.public_key()) == shared);
}

TEST_CASE("crypto: new X25519 keys agree", "[roundtrip]") {
  Random random;
  const auto alice = PrivateKey::generate(random), bob = PrivateKey::generate(random);
  REQUIRE(alice);
  REQUIRE(bob);
  CHECK(alice->public_key() != bob->public_key());
  CHECK(agreed(*alice, bob->public_key()) == agreed(*bob, alice->public_key()));
  const auto parsed = PublicKey::parse(bob->public_key().bytes());
  REQUIRE(parsed);
  CHECK(*parsed == bob->public_key());
}

TEST_CASE("crypto: an X25519 public key one byte short or long is refused", "[illegal]") {
  const auto bytes = repeated(33, 9);
  for (const std::size_t size : {0u, 1u, 31u, 33u}) {
    CHECK(fault_of(PublicKey::parse(Bytes{bytes}.first(size))) == Fault::wrong_length);
    CHECK(fault_of(PublicKey::parse_as_deployed(Bytes{bytes}.first(size))) == Fault::wrong_length);
    CHECK(fault_of(PrivateKey::from(Bytes{bytes}.first(size))) == Fault::wrong_length);
  }
  CHECK(PublicKey::parse(Bytes{bytes}.first(32)));
}

TEST_CASE("crypto: an X25519 public key that is not below the prime is refused", "[illegal]") {
  for (int over = 0; over < 19; ++over) {
    auto bytes = copy(handfast::detail::field_prime);
    bytes[0] = static_cast<std::uint8_t>(bytes[0] + over);
    CHECK(fault_of(PublicKey::parse(bytes)) == Fault::non_canonical_key);
  }
  auto bytes = copy(handfast::detail::field_prime);
  bytes[0] -= 2;
  CHECK(PublicKey::parse(bytes));
  for (int byte = 0; byte < 256; ++byte) {
    auto top_bit = repeated(32, static_cast<std::uint8_t>(byte));
    top_bit[31] |= 0x80;
    CHECK(fault_of(PublicKey::parse(top_bit)) == Fault::non_canonical_key);
  }
}

TEST_CASE("crypto: an X25519 public key of small order is refused", "[illegal]") {
  for (const auto& point : handfast::x25519::detail::low_order_points) {
    CHECK(fault_of(PublicKey::parse(point)) == Fault::low_order_key);
  }
  for (const auto& encoded : low_order_encodings()) CHECK_FALSE(PublicKey::parse(encoded));
}

TEST_CASE("crypto: an all-zero X25519 result is refused", "[illegal]") {
  Random random;
  const auto mine = PrivateKey::generate(random);
  REQUIRE(mine);
  for (const auto& encoded : low_order_encodings()) {
    CHECK(fault_of(agree(*mine, deployed(encoded))) == Fault::low_order_key);
  }
  CHECK(fault_of(agree(*mine, PublicKey{})) == Fault::low_order_key);
}

TEST_CASE("crypto: Botan itself hands out the all-zero X25519 result", "[trap]") {
  std::array<std::uint8_t, 32> out{1};
  const std::array<std::uint8_t, 32> scalar{5}, zero{};
  // Its answer is 0 up to 3.7 and -1 in 3.12, so neither is relied upon.
  (void)Botan::Sodium::crypto_scalarmult_curve25519(out.data(), scalar.data(), zero.data());
  CHECK(out == zero);
}

TEST_CASE("crypto: where there is no X25519 private key, nothing is agreed", "[illegal]") {
  Random random;
  auto key = PrivateKey::generate(random);
  const auto peer = PrivateKey::generate(random);
  REQUIRE(key);
  REQUIRE(peer);
  const PublicKey old = key->public_key();
  const PrivateKey moved = std::move(*key);
  CHECK(moved.public_key() == old);
  const PrivateKey empty;
  for (const PrivateKey* none : {static_cast<const PrivateKey*>(&*key), &empty}) {
    CHECK_FALSE(none->has_key());
    CHECK(none->public_key() == PublicKey{});
    CHECK(fault_of(agree(*none, peer->public_key())) == Fault::bad_argument);
  }
  PrivateKey assigned;
  assigned = PrivateKey::from(Secret<32>::from(repeated(32, 3)));
  CHECK(assigned.has_key());
  PrivateKey& alias = assigned;
  assigned = std::move(alias);
  CHECK(assigned.has_key());
  CHECK(agree(assigned, peer->public_key()));
}

TEST_CASE("crypto: 32 zero bytes are no X25519 private key", "[illegal]") {
  const auto zeros = repeated(32, 0);
  CHECK(fault_of(PrivateKey::from(zeros)) == Fault::bad_argument);
  CHECK_FALSE(PrivateKey::from(Secret<32>{}).has_key());
  Fixed source;
  Random random{source};
  CHECK(fault_of(PrivateKey::generate(random)) == Fault::random_source_failed);
  source.value = 1;
  CHECK(PrivateKey::generate(random));
  source.works = false;
  CHECK(fault_of(PrivateKey::generate(random)) == Fault::random_source_failed);
}

TEST_CASE("crypto: an X25519 private key leaves no bytes behind", "[secret]") {
  const auto mask = hex("d91b6e40f72c85a3067dfe19b4c85230a1670e9d3bf4c82561e8079ad35f42bc");
  if (!count_in_memory(mask)) return;
  {
    Secret<32> secret;
    for (std::size_t i = 0; i < 32; ++i) secret.writable()[i] = static_cast<std::uint8_t>(~mask[i]);
    PrivateKey key = PrivateKey::from(std::move(secret));
    const PrivateKey moved = std::move(key);
    CHECK(count_in_memory(mask) == 1);
    CHECK(agree(moved, moved.public_key()));
  }
  CHECK(count_in_memory(mask) == 0);
}

TEST_CASE("crypto: X25519 keys go through a snapshot as 32 raw bytes", "[roundtrip]") {
  Snapshot snapshot;
  const auto key = private_key("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  key.dangerous_write(snapshot);
  CHECK(to_hex(snapshot.stored) ==
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  key.public_key().dangerous_write(snapshot);
  PrivateKey{}.dangerous_write(snapshot);
  CHECK(snapshot.stored.size() == 96);

  PrivateKey restored;
  PublicKey restored_public;
  REQUIRE(restored.dangerous_read(snapshot));
  REQUIRE(restored_public.dangerous_read(snapshot));
  CHECK(restored.public_key() == key.public_key());
  CHECK(restored_public == key.public_key());
  REQUIRE(restored.dangerous_read(snapshot));
  CHECK_FALSE(restored.has_key());

  Snapshot cut{repeated(31, 1)};
  PrivateKey kept = private_key("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  CHECK_FALSE(kept.dangerous_read(cut));
  CHECK_FALSE(kept.has_key());
  CHECK_FALSE(restored_public.dangerous_read(cut));
}

TEST_CASE("crypto: X25519 public keys have an order, that of their bytes from the first on") {
  const auto key = [](std::uint8_t first, std::uint8_t last) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.front() = first, bytes.back() = last;
    return PublicKey::parse(bytes).value();
  };
  CHECK(key(2, 9) < key(3, 1));
  CHECK(key(3, 1) < key(3, 2));
  CHECK_FALSE(key(3, 2) < key(3, 2));
  CHECK(key(0x80, 1) > key(0x7F, 1));  // bytes have no sign
}
