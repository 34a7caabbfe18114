#include "handfast/crypto/detail/stand_in.hpp"

#include "handfast/crypto/aead.hpp"
#include "handfast/crypto/box.hpp"
#include "handfast/crypto/ed25519.hpp"
#include "handfast/crypto/fernet.hpp"
#include "handfast/crypto/hkdf.hpp"
#include "handfast/crypto/x25519.hpp"
#include "handfast/crypto/xeddsa.hpp"
#include "handfast/stdio.hpp"
#include "handfast/testing/seeded_random.hpp"
#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

// This program is compiled with the macro: what holds of the real primitives and what the library's
// own checks rest on must hold of the stand-ins.

using namespace crypto_test;
using namespace handfast;
using handfast::testing::SeededRandom;

namespace {

static_assert(std::same_as<detail::primitives::HashFunction, stand_in::HashFunction>);

template <class Call>
void for_each_flip(Bytes of, Call&& call) {
  for (std::size_t bit = 0; bit < of.size() * 8; ++bit) {
    auto flipped = copy(of);
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1u << bit % 8);
    call(flipped, bit);
  }
}

/// Every encoding of the points of low order, canonical or not.
std::vector<std::vector<std::uint8_t>> low_order_encodings() {
  std::vector<std::vector<std::uint8_t>> all;
  for (const auto& point : x25519::detail::low_order_points) all.push_back(copy(point));
  for (std::uint8_t above = 0; above < 2; ++above) {
    all.push_back(copy(detail::field_prime));
    all.back()[0] = static_cast<std::uint8_t>(all.back()[0] + above);
  }
  const std::size_t count = all.size();
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(all[i]);
    all.back()[31] |= 0x80;
  }
  return all;
}

const Secret<32> key = Secret<32>::from(rising(32, 7));
const std::array<std::uint8_t, 12> nonce{1, 2, 3};

using Gcm = Aead<Aes256Gcm>;

/// Whether `sealed` opens, and to what it was made of.
std::optional<Fault> opened(Bytes with_key, Bytes with_nonce, Bytes ad, Bytes sealed,
                            Bytes expected) {
  Gcm aead;
  std::vector<std::uint8_t> out(sealed.size() - Gcm::tag_size, 0xAA);
  const auto untouched = out;
  const auto done = aead.open(Secret<32>::from(with_key), with_nonce.first<12>(), ad, sealed, out);
  if (done)
    CHECK(to_hex(out) == to_hex(expected));
  else
    CHECK(out == untouched);
  return fault_of(done);
}

}  // namespace

TEST_CASE(
    "stand-in: X25519 keys agree, are canonical, and one flipped bit of a key agrees on "
    "something else",
    "[property]") {
  SeededRandom source(1);
  Random random(source);
  for (int i = 0; i < 200; ++i) {
    const auto alice = *x25519::PrivateKey::generate(random),
               bob = *x25519::PrivateKey::generate(random);
    REQUIRE(x25519::PublicKey::parse(alice.public_key().bytes()));
    const auto shared = x25519::agree(alice, bob.public_key());
    REQUIRE(shared);
    REQUIRE(equal(*shared, *x25519::agree(bob, alice.public_key())));
    CHECK_FALSE(equal(*shared, *x25519::agree(alice, alice.public_key())));
  }
  const auto alice = *x25519::PrivateKey::generate(random),
             bob = *x25519::PrivateKey::generate(random);
  const auto shared = x25519::agree(alice, bob.public_key());
  for_each_flip(bob.public_key().bytes(), [&](const auto& flipped, std::size_t bit) {
    const auto other = x25519::agree(alice, *x25519::PublicKey::parse_as_deployed(flipped));
    REQUIRE(other);
    CHECK(equal(*shared, *other) == (bit == 255));  // the top bit does not count (RFC 7748)
  });
}

TEST_CASE("stand-in: a box opens with its key and nonce alone, and not with a bit flipped") {
  const auto ours = x25519::PrivateKey::from(Secret<32>::from(rising(32, 1)));
  const auto theirs = x25519::PrivateKey::from(Secret<32>::from(rising(32, 2)));
  const auto agreed = box_key(ours, theirs.public_key()).value();
  CHECK(equal(agreed, box_key(theirs, ours.public_key()).value()));
  SecretBox box;
  const auto plaintext = rising(21, 1), at = rising(24, 1);
  std::vector<std::uint8_t> sealed(37), out(21);
  const Bytes seal_nonce = at;
  REQUIRE(box.seal(agreed, seal_nonce.first<24>(), plaintext, sealed));
  CHECK(copy(Bytes(sealed).subspan(16)) != plaintext);
  REQUIRE(box.open(agreed, seal_nonce.first<24>(), sealed, out));
  CHECK(out == plaintext);
  for_each_flip(sealed, [&](Bytes flipped, std::size_t) {
    CHECK_FALSE(box.open(agreed, seal_nonce.first<24>(), flipped, out));
  });
  for_each_flip(at, [&](Bytes flipped, std::size_t) {
    CHECK_FALSE(box.open(agreed, flipped.first<24>(), sealed, out));
  });
  for_each_flip(agreed.bytes(), [&](Bytes flipped, std::size_t) {
    CHECK_FALSE(box.open(Secret<32>::from(flipped), seal_nonce.first<24>(), sealed, out));
  });
}

TEST_CASE("stand-in: a token opens with its key alone, and not with a bit flipped") {
  Fernet fernet;
  const auto iv = rising(16, 1);
  for (const std::size_t size : {0u, 5u, 16u}) {
    const auto plaintext = rising(size, 1);
    std::string token(Fernet::token_size(size), '\0');
    REQUIRE(fernet.seal(key, 7, Fernet::Iv{iv}, plaintext, token));
    auto out = rising(Fernet::plaintext_size_max(token.size()), 0);
    const auto opened = fernet.open(key, token, out);
    REQUIRE(opened);
    CHECK(opened->seconds == 7);
    CHECK(copy(Bytes(out).first(opened->size)) == plaintext);
    for_each_flip(bytes_of(token), [&](Bytes flipped, std::size_t) {
      CHECK_FALSE(fernet.open(key, text_of(flipped), out));
    });
    // The second half of the key only decrypts: what comes of another one may be padded rightly.
    for_each_flip(key.bytes(), [&](Bytes flipped, std::size_t bit) {
      const auto other = fernet.open(Secret<32>::from(flipped), token, out);
      CHECK_FALSE((other && (bit < 128 || copy(Bytes(out).first(other->size)) == plaintext)));
    });
  }
}

TEST_CASE("stand-in: a point of low order gives no agreement, in any encoding", "[illegal]") {
  SeededRandom source(2);
  Random random(source);
  const auto mine = *x25519::PrivateKey::generate(random);
  for (const auto& encoded : low_order_encodings()) {
    CHECK_FALSE(x25519::PublicKey::parse(encoded));
    CHECK(fault_of(x25519::agree(mine, *x25519::PublicKey::parse_as_deployed(encoded))) ==
          Fault::low_order_key);
  }
  // p + 9 is 9: two encodings of one point are still one point.
  auto nine = copy(detail::Number{9}), above = copy(detail::field_prime);
  above[0] = static_cast<std::uint8_t>(above[0] + 9);
  CHECK(fault_of(x25519::PublicKey::parse(above)) == Fault::non_canonical_key);
  CHECK(equal(*x25519::agree(mine, *x25519::PublicKey::parse_as_deployed(nine)),
              *x25519::agree(mine, *x25519::PublicKey::parse_as_deployed(above))));
}

TEST_CASE("stand-in: an Ed25519 signature verifies, and with any bit flipped does not",
          "[illegal]") {
  SeededRandom source(3);
  Random random(source);
  const auto signer = *ed25519::PrivateKey::generate(random),
             other = *ed25519::PrivateKey::generate(random);
  const auto message = rising(21, 5);
  const auto signature = *ed25519::sign(signer, message);
  CHECK(ed25519::PublicKey::parse(signer.public_key().bytes()));
  REQUIRE(ed25519::verify(signer.public_key(), message, signature));
  CHECK_FALSE(ed25519::verify(other.public_key(), message, signature));
  for_each_flip(signature, [&](const auto& flipped, std::size_t) {
    CHECK_FALSE(ed25519::verify(signer.public_key(), message, flipped));
  });
  for_each_flip(message, [&](const auto& flipped, std::size_t) {
    CHECK_FALSE(ed25519::verify(signer.public_key(), flipped, signature));
  });
}

TEST_CASE(
    "stand-in: an XEdDSA key agrees, its signature verifies, and with any bit flipped does not",
    "[illegal]") {
  SeededRandom source(4);
  Random random(source);
  const auto signer = *xeddsa::PrivateKey::generate(random),
             other = *xeddsa::PrivateKey::generate(random);
  CHECK(equal(*x25519::agree(signer.agreeing(), other.public_key()),
              *x25519::agree(other.agreeing(), signer.public_key())));
  const auto message = rising(21, 5);
  const auto signature = *xeddsa::sign(signer, message);
  REQUIRE(xeddsa::verify(signer.public_key(), message, signature));
  CHECK_FALSE(xeddsa::verify(other.public_key(), message, signature));
  for_each_flip(signature, [&](const auto& flipped, std::size_t) {
    CHECK_FALSE(xeddsa::verify(signer.public_key(), message, flipped));
  });
  for_each_flip(message, [&](const auto& flipped, std::size_t) {
    CHECK_FALSE(xeddsa::verify(signer.public_key(), flipped, signature));
  });
}

TEST_CASE("stand-in: what was sealed opens, and nothing with one bit flipped in it does",
          "[illegal]") {
  const auto ad = rising(13, 1);
  for (const std::size_t size : {0u, 1u, 8u, 9u, 40u}) {
    const auto plaintext = rising(size, 3);
    Gcm aead;
    std::vector<std::uint8_t> sealed(size + Gcm::tag_size);
    REQUIRE(aead.seal(key, nonce, ad, plaintext, sealed));
    if (size >= 8) CHECK_FALSE(std::ranges::equal(plaintext, Bytes{sealed}.first(size)));
    CHECK(opened(key.bytes(), nonce, ad, sealed, plaintext) == std::nullopt);
    const auto refused = [&](Bytes k, Bytes n, Bytes a, Bytes s) {
      CHECK(opened(k, n, a, s, plaintext) == Fault::not_authentic);
    };
    for_each_flip(key.bytes(), [&](auto& k, std::size_t) { refused(k, nonce, ad, sealed); });
    for_each_flip(nonce, [&](auto& n, std::size_t) { refused(key.bytes(), n, ad, sealed); });
    for_each_flip(ad, [&](auto& a, std::size_t) { refused(key.bytes(), nonce, a, sealed); });
    for_each_flip(sealed, [&](auto& s, std::size_t) { refused(key.bytes(), nonce, ad, s); });
    auto longer = sealed;
    longer.insert(longer.begin(), 0);
    refused(key.bytes(), nonce, ad, longer);
    refused(key.bytes(), nonce, Bytes{ad}.first(12), sealed);
  }
}

TEST_CASE("stand-in: two ciphers do not open each other's", "[illegal]") {
  Gcm gcm;
  Aead<ChaCha20Poly1305> chacha;
  std::array<std::uint8_t, 17> sealed{};
  std::array<std::uint8_t, 1> out{};
  REQUIRE(gcm.seal(key, nonce, {}, out, sealed));
  CHECK(fault_of(chacha.open(key, nonce, {}, sealed, out)) == Fault::not_authentic);
}

TEST_CASE("stand-in: a digest does not depend on how its input is cut, and on every bit of it",
          "[property]") {
  const auto input = rising(37, 9);
  const Bytes all{input};
  Sha256 sha256;
  HmacSha256 hmac;
  const auto digest = sha256.digest(all);
  const auto tag = hmac.mac(key.bytes(), all);
  CHECK(to_hex(digest) != to_hex(tag));
  for (std::size_t a = 0; a <= all.size(); ++a)
    for (std::size_t b = a; b <= all.size(); ++b) {
      CHECK(sha256.digest({all.first(a), all.subspan(a, b - a), all.subspan(b)}) == digest);
      CHECK(hmac.mac(key.bytes(), {all.first(a), all.subspan(a, b - a), all.subspan(b)}) == tag);
    }
  for_each_flip(all, [&](const auto& flipped, std::size_t) {
    CHECK(sha256.digest(flipped) != digest);
    CHECK_FALSE(hmac.verify(key.bytes(), flipped, tag));
  });
  for_each_flip(key.bytes(), [&](const auto& flipped, std::size_t) {
    CHECK_FALSE(hmac.verify(flipped, all, tag));
  });
  CHECK(hmac.verify(key.bytes(), all, tag));
  const std::uint8_t zeros[16]{};
  for (std::size_t size = 0; size < 16; ++size)
    CHECK(sha256.digest(Bytes{zeros}.first(size)) != sha256.digest(Bytes{zeros}.first(size + 1)));
}

TEST_CASE("stand-in: derived keys differ by label, salt and input", "[property]") {
  Hkdf hkdf;
  const auto derived = [&](std::string_view input, std::string_view salt, std::string_view label) {
    return to_hex(hkdf.derive<48>(bytes_of(input), bytes_of(salt), bytes_of(label)).bytes());
  };
  const auto one = derived("input", "salt", "label");
  CHECK(derived("input", "salt", "label") == one);
  CHECK(derived("Input", "salt", "label") != one);
  CHECK(derived("input", "Salt", "label") != one);
  CHECK(derived("input", "salt", "Label") != one);
}

TEST_CASE("stand-in: stdio shakes hands over them, and a line with one bit flipped is refused",
          "[illegal]") {
  using namespace handfast::stdio;
  const Time now{};
  SeededRandom parents(4), childs(5);
  Machine<Parent<>> parent{{{}, Random(parents)}};
  Machine<Child<>> child{{{}, Random(childs)}};
  const auto offer = parent.handle(Start{}, now);
  REQUIRE_FALSE(child.receive(standard_streams, offer.transmit[0].bytes, now).fault());
  const auto answer = child.handle(Listening{80}, now);
  REQUIRE_FALSE(answer.fault());
  const auto line = copy(answer.transmit[0].bytes);
  for_each_flip(line, [&](const auto& flipped, std::size_t) {
    CHECK(parent.receive(standard_streams, flipped, now).fault());
  });
  const auto first = parent.receive(standard_streams, line, now);
  CHECK(first.event<Established>() != nullptr);
  const auto record = copy(first.transmit[0].bytes);
  for_each_flip(record, [&](const auto& flipped, std::size_t) {
    CHECK(child.receive(channel_link, flipped, now).fault());
  });
  CHECK(child.receive(channel_link, record, now).event<Established>() != nullptr);
}
