#include "handfast/crypto/box.hpp"

#include <botan/sodium.h>

#include <type_traits>

#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

using namespace crypto_test;
using handfast::box_key;
using handfast::bytes_of;
using handfast::Fault;
using handfast::Secret;
using handfast::SecretBox;
namespace x25519 = handfast::x25519;

namespace {

using Nonce = std::array<std::uint8_t, 24>;

// A public key is no private key, in either place: the mistake that the deployed design was stopped
// by does not compile.
template <class Ours, class Theirs>
concept Agrees = requires(const Ours& ours, const Theirs& theirs) {
  box_key(ours, theirs);
};
static_assert(Agrees<x25519::PrivateKey, x25519::PublicKey>);
static_assert(!Agrees<x25519::PublicKey, x25519::PublicKey>);
static_assert(!Agrees<x25519::PrivateKey, x25519::PrivateKey>);
static_assert(!Agrees<Bytes, Bytes>);
template <class NonceType>
concept Seals = requires(SecretBox& box, const Secret<32>& key, NonceType nonce, Bytes in,
                         MutableBytes out) {
  box.seal(key, nonce, in, out);
};
static_assert(Seals<Nonce> && !Seals<std::array<std::uint8_t, 12>> && !Seals<Bytes>);
static_assert(!std::is_copy_constructible_v<SecretBox> && std::is_move_constructible_v<SecretBox>);

Nonce nonce_of(std::string_view digits) {
  Nonce nonce{};
  const auto bytes = hex(digits);
  REQUIRE(bytes.size() == nonce.size());
  std::ranges::copy(bytes, nonce.begin());
  return nonce;
}
Secret<32> key_of(std::uint8_t first) { return Secret<32>::from(rising(32, first)); }
x25519::PrivateKey private_key(std::string_view digits) {
  return x25519::PrivateKey::from(Secret<32>::from(hex(digits)));
}
x25519::PublicKey public_key(std::string_view digits) {
  const auto key = x25519::PublicKey::parse(hex(digits));
  REQUIRE(key);
  return *key;
}

std::vector<std::uint8_t> sealed(SecretBox& box, const Secret<32>& key, const Nonce& nonce,
                                 Bytes plaintext) {
  std::vector<std::uint8_t> out(plaintext.size() + 16);
  REQUIRE(box.seal(key, nonce, plaintext, out));
  return out;
}
std::vector<std::uint8_t> opened(SecretBox& box, const Secret<32>& key, const Nonce& nonce,
                                 Bytes sealed) {
  std::vector<std::uint8_t> out(sealed.size() - 16);
  REQUIRE(box.open(key, nonce, sealed, out));
  return out;
}
// That opening is refused as not authentic and leaves the output as it was.
void check_refused(SecretBox& box, const Secret<32>& key, const Nonce& nonce, Bytes sealed) {
  auto out = repeated(sealed.size() - 16, 0xee);
  CHECK(fault_of(box.open(key, nonce, sealed, out)) == Fault::not_authentic);
  CHECK(out == repeated(sealed.size() - 16, 0xee));
}

constexpr std::size_t sizes[] = {0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 1200};

}  // namespace

// Bernstein, "Cryptography in NaCl" (2009), sections 8 and 10.
TEST_CASE("crypto: a box is that of NaCl's own example", "[vectors]") {
  const auto alice =
      private_key("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const auto bob = private_key("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  const auto key = box_key(alice, bob.public_key());
  REQUIRE(key);
  CHECK(to_hex(key->bytes()) == "1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
  CHECK(equal(*key, box_key(bob, alice.public_key()).value()));
  const auto plaintext = hex(
      "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c"
      "61296cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f"
      "21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705");
  SecretBox box;
  CHECK(
      to_hex(sealed(box, *key, nonce_of("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37"),
                    plaintext)) ==
      "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1"
      "186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164"
      "548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a659"
      "9b1f654cb45a74e355a5");
}

// The key pairs of the document, and what TweetNaCl makes of them.
TEST_CASE("crypto: the document's two pairs of keys agree on what TweetNaCl makes of them",
          "[vectors]") {
  struct {
    const char *client, *client_public, *server, *server_public, *key;
  } const pairs[] = {
      {"787923939be0eaaa3a0729ee4cf4e79d21ed16547c857f20beecd6bf2022ced9",
       "bb723944cc38d50a41b6f51ca2001973f3798776024c755620957ec253578055",
       "9297d6f1b436e04cfcb36001b0b46f3c4cbfdf41be22fa8e43663a9111e98d78",
       "28e89915c12c973715a7ae570ef643d0a89aed53051a0b410eaed014aa838441",
       "f2e7b9fa73585e36111d83991974fcc00da5d15b00b34c9696d744afca5ee4ab"},
      {"636c69656e742d736565642d3132333030303030303030303030303030303030",
       "416d7bab4867671cc6c8f3634e85eda81882bdccb1300f68f596f3c0c3b38b0d",
       "6a61e386e284d077aa28e7d8999e3975b5174203a8a7af9297b36e28cfb71b60",
       "24062bc2356bbde16f8760cf5d052db0aa464ee14cdeab42d49935607fe77e48",
       "f2705c385132f67c40e15d27bb0136ef8fca1cd407e11dacbeea97e2873a1f81"},
  };
  for (const auto& one : pairs) {
    const auto client = private_key(one.client), server = private_key(one.server);
    CHECK(to_hex(client.public_key().bytes()) == one.client_public);
    CHECK(to_hex(server.public_key().bytes()) == one.server_public);
    CHECK(to_hex(box_key(client, server.public_key())->bytes()) == one.key);
    CHECK(to_hex(box_key(server, client.public_key())->bytes()) == one.key);
  }
  // The document's wrong value is what a public key does in a private key's place. Types say no;
  // whoever goes around them by the bytes gets it.
  const auto mistaken = private_key(pairs[1].client_public);
  CHECK(to_hex(box_key(mistaken, public_key(pairs[1].server_public))->bytes()) ==
        "31fa5cdc90f15d560ae3b90be99a1a14fa93d0e7e20b07b471b30854d86689dd");
}

TEST_CASE("crypto: a challenge and a message of the deployed programs are sealed byte for byte",
          "[vectors]") {
  const auto key =
      Secret<32>::from(hex("f2e7b9fa73585e36111d83991974fcc00da5d15b00b34c9696d744afca5ee4ab"));
  const auto nonce = nonce_of("000102030405060708090a0b0c0d0e0f1011121314151617");
  SecretBox box;
  CHECK(to_hex(sealed(box, key, nonce,
                      bytes_of("Simpatico Welcomes You! Thu Aug 28 2025 10:00:00 GMT+0000 "
                               "(Coordinated Universal Time)"))) ==
        "c7389fade2e417873f8863e4feb6f3f115eced6582f6a407ff6d5134e91ffc22d1e891d22df27e17b74a3ff64f"
        "ce2efef6cc4981a4b815f2946122b8ad60e35b9d748ed8d855aaf9a23e08939ebeb92aab56e3071b68557f1dbf"
        "8c377c6c39d91a6fb720491d");
  CHECK(to_hex(sealed(box, key, nonce, bytes_of(R"({"a":1,"b":"hello there"})"))) ==
        "90a4ac64fe3e306bfc20e6fa47b0054c3da7e137d9b3e146f26f3c73ed19ff23dbbbc5e327f53a159e");
}

TEST_CASE("crypto: a box is what Botan's own secretbox makes, in every size", "[vectors]") {
  SecretBox box;
  for (const std::size_t size : sizes) {
    const auto plaintext = rising(size, static_cast<std::uint8_t>(size));
    const auto key = rising(32, static_cast<std::uint8_t>(3 * size));
    const auto nonce = rising(24, 5);
    std::vector<std::uint8_t> expected(size + 16);
    REQUIRE(Botan::Sodium::crypto_secretbox_easy(expected.data(), plaintext.data(), size,
                                                 nonce.data(), key.data()) == 0);
    CHECK(sealed(box, Secret<32>::from(key), nonce_of(to_hex(nonce)), plaintext) == expected);
  }
}

TEST_CASE("crypto: what a box holds opens again, in place and overlapping too", "[roundtrip]") {
  SecretBox box;
  for (const std::size_t size : sizes) {
    const auto plaintext = rising(size, 1);
    const auto expected = sealed(box, key_of(1), Nonce{9}, plaintext);
    CHECK(opened(box, key_of(1), Nonce{9}, expected) == plaintext);
    for (const std::size_t shift : {0u, 1u, 16u}) {
      std::vector<std::uint8_t> buffer(size + 16 + shift);
      const MutableBytes all{buffer};
      std::ranges::copy(plaintext, all.subspan(shift).begin());
      REQUIRE(box.seal(key_of(1), Nonce{9}, all.subspan(shift, size), all.first(size + 16)));
      CHECK(copy(all.first(size + 16)) == expected);
      REQUIRE(box.open(key_of(1), Nonce{9}, all.first(size + 16), all.subspan(shift, size)));
      CHECK(copy(all.subspan(shift, size)) == plaintext);
    }
  }
}

TEST_CASE("crypto: a flipped bit of a box, its nonce or its key is refused", "[illegal]") {
  SecretBox box;
  const auto plaintext = rising(40, 1);
  const Nonce nonce{1, 2, 3};
  const auto key = key_of(5);
  const auto whole = sealed(box, key, nonce, plaintext);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto flipped = whole;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1u << bit % 8);
    check_refused(box, key, nonce, flipped);
  }
  for (std::size_t i = 0; i < nonce.size(); ++i) {
    auto flipped = nonce;
    flipped[i] = static_cast<std::uint8_t>(flipped[i] ^ 1u << i % 8);
    check_refused(box, key, flipped, whole);
  }
  for (std::size_t i = 0; i < 32; ++i) {
    auto flipped = key.dangerous_copy();
    flipped.writable()[i] = static_cast<std::uint8_t>(flipped.bytes()[i] ^ 1u << i % 8);
    check_refused(box, flipped, nonce, whole);
  }
  CHECK(opened(box, key, nonce, whole) == plaintext);
}

TEST_CASE("crypto: a box cut to any size, or longer by a byte, is refused", "[illegal]") {
  SecretBox box;
  auto whole = sealed(box, key_of(1), Nonce{}, rising(20, 1));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    auto out = repeated(size < 16 ? 0 : size - 16, 0xee);
    const auto expected = out;
    CHECK(fault_of(box.open(key_of(1), Nonce{}, Bytes{whole}.first(size), out)) ==
          Fault::not_authentic);
    CHECK(out == expected);
  }
  whole.push_back(0);
  check_refused(box, key_of(1), Nonce{}, whole);
}

TEST_CASE("crypto: an output of another size than a box needs is the caller's fault", "[illegal]") {
  SecretBox box;
  const auto plaintext = rising(20, 1);
  const auto whole = sealed(box, key_of(1), Nonce{}, plaintext);
  for (const std::size_t size : {0u, 19u, 20u, 21u, 35u, 36u, 37u}) {
    auto out = repeated(size, 0xee);
    if (size != 36)
      CHECK(fault_of(box.seal(key_of(1), Nonce{}, plaintext, out)) == Fault::bad_argument);
    if (size != 20)
      CHECK(fault_of(box.open(key_of(1), Nonce{}, whole, out)) == Fault::bad_argument);
    CHECK(out == repeated(size, 0xee));
  }
}

TEST_CASE("crypto: no key of a box comes of a point of low order, or without a private key",
          "[illegal]") {
  const auto ours = private_key("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  for (const auto& point : x25519::detail::low_order_points) {
    const auto theirs = x25519::PublicKey::parse_as_deployed(point);
    REQUIRE(theirs);
    CHECK(fault_of(box_key(ours, *theirs)) == Fault::low_order_key);
  }
  CHECK(fault_of(box_key({}, ours.public_key())) == Fault::bad_argument);
}

TEST_CASE("crypto: neither plaintext nor key of a box stays in memory", "[trap]") {
  const auto mask = hex("d5419b3e70c82fa614eb5790ac36f81db2476e059d13ca8f64b0285ef7913ac4");
  if (!count_in_memory(mask)) return;
  std::vector<std::uint8_t> buffer(200), out(184);
  {
    SecretBox box;
    for (std::size_t i = 0; i < 32; ++i) buffer[70 + i] = static_cast<std::uint8_t>(~mask[i]);
    REQUIRE(box.seal(key_of(1), Nonce{}, Bytes{buffer}.first(184), buffer));
    CHECK(count_in_memory(mask) == 0);
    REQUIRE(box.open(key_of(1), Nonce{}, buffer, out));
    CHECK(count_in_memory(mask) == 1);
    handfast::wipe(out);
    buffer[0] ^= 1;
    CHECK_FALSE(box.open(key_of(1), Nonce{}, buffer, out));
    CHECK(count_in_memory(mask) == 0);
    auto key = Secret<32>{};
    for (std::size_t i = 0; i < 32; ++i) key.writable()[i] = static_cast<std::uint8_t>(~mask[i]);
    REQUIRE(box.seal(key, Nonce{}, {}, MutableBytes{out}.first(16)));
    key.wipe();
    box.forget();
    CHECK(count_in_memory(mask) == 0);
    CHECK(sealed(box, key_of(1), Nonce{}, {}).size() == 16);
  }
}
