// What the crypto folder allocates once it is warm. This file replaces operator new for the whole
// test program.

#include <cstdlib>
#include <new>

#include "handfast/crypto/aead.hpp"
#include "handfast/crypto/box.hpp"
#include "handfast/crypto/fernet.hpp"
#include "handfast/crypto/hash.hpp"
#include "handfast/crypto/hkdf.hpp"
#include "handfast/crypto/random.hpp"
#include "handfast/crypto/wiping_buffer.hpp"
#include "handfast/crypto/x25519.hpp"
#include "tests/crypto/helpers.hpp"
#include "tests/support/catch.hpp"

namespace {

std::size_t allocation_count = 0;

// The allocations of one more run of `work`, which has run before.
template <typename Work>
std::size_t allocations_of(Work work) {
  work();
  work();
  const std::size_t before = allocation_count;
  work();
  return allocation_count - before;
}

}  // namespace

void* operator new(std::size_t size) {
  ++allocation_count;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocation_count;
  return std::malloc(size > 0 ? size : 1);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

using namespace crypto_test;
using namespace handfast;

TEST_CASE("crypto: the allocation counter counts", "[helpers]") {
  // Called as functions: the compiler may leave out those of a new expression.
  CHECK(allocations_of([] { ::operator delete(::operator new(8)); }) == 1);
  CHECK(allocations_of([] {
          ::operator delete(::operator new(8));
          ::operator delete (::operator new(8), std::size_t{8});
        }) == 2);
}

TEMPLATE_TEST_CASE("crypto: a message under a kept key allocates nothing", "[allocation]",
                   Aes256Gcm, ChaCha20Poly1305) {
  Aead<TestType> aead;
  const auto key = Secret<32>::from(rising(32, 1));
  const auto plaintext = rising(1000, 1), ad = rising(40, 1);
  std::vector<std::uint8_t> ciphertext(1016), out(1000);
  const std::array<std::uint8_t, 12> nonce{};
  bool good = true;
  aead.set_seal_key(key);
  aead.set_open_key(key);
  CHECK(allocations_of([&] {
          good = good && aead.seal_keyed(nonce, ad, plaintext, ciphertext);
          good = good && aead.open_keyed(nonce, ad, ciphertext, out);
        }) == 0);
  // Botan's own, at set_key: one of GCM's in 2.19.
  CHECK(allocations_of([&] { good = good && aead.seal(key, nonce, ad, plaintext, ciphertext); }) <=
        1);
  CHECK(allocations_of([&] { good = good && aead.open(key, nonce, ad, ciphertext, out); }) <= 1);
  CHECK(good);
}

TEST_CASE("crypto: a box allocates nothing, its key included", "[allocation]") {
  SecretBox box;
  const auto key = Secret<32>::from(rising(32, 1));
  const auto plaintext = rising(1000, 1);
  std::vector<std::uint8_t> sealed(1016), out(1000);
  const std::array<std::uint8_t, 24> nonce{};
  bool good = true;
  CHECK(allocations_of([&] {
          good = good && box.seal(key, nonce, plaintext, sealed);
          good = good && box.open(key, nonce, sealed, out);
        }) == 0);
  CHECK(good);
}

TEST_CASE("crypto: a Fernet token allocates nothing, its key included", "[allocation]") {
  Fernet fernet;
  const auto key = Secret<32>::from(rising(32, 1));
  const auto plaintext = rising(100, 1);
  const std::array<std::uint8_t, 16> iv{};
  std::string token(Fernet::token_size(100), '\0');
  std::vector<std::uint8_t> out(Fernet::plaintext_size_max(token.size()));
  bool good = true;
  CHECK(allocations_of([&] {
          good = good && fernet.seal(key, 1, iv, plaintext, token);
          good = good && fernet.open(key, token, out);
        }) == 0);
  CHECK(good);
}

TEST_CASE("crypto: hashing, tags, derivations and key agreement allocate nothing", "[allocation]") {
  Sha256 hash;
  HmacSha256 hmac;
  Hkdf hkdf;
  Random random;
  const auto bytes = rising(100, 1);
  const auto peer = x25519::PrivateKey::from(Secret<32>::from(rising(32, 1))).public_key();
  bool good = true;
  CHECK(allocations_of([&] { return hash.digest({bytes, bytes}); }) == 0);
  CHECK(allocations_of([&] { return hmac.mac(bytes, {bytes, bytes}); }) == 0);
  CHECK(allocations_of([&] { good = good && hmac.verify(bytes, bytes, hmac.mac(bytes, bytes)); }) ==
        0);
  CHECK(allocations_of([&] { return hkdf.derive<80>(bytes, bytes, {bytes, bytes}); }) == 0);
  CHECK(allocations_of([&] {
          const auto key = x25519::PrivateKey::generate(random);
          good = good && key && agree(*key, peer) &&
                 x25519::PublicKey::parse(key->public_key().bytes());
        }) == 0);
  CHECK(good);
}

TEST_CASE("crypto: a wiping buffer that is reused allocates nothing", "[allocation]") {
  WipingBuffer buffer;
  const auto bytes = rising(100, 1);
  CHECK(allocations_of([&] {
          buffer.clear();
          for (int i = 0; i < 20; ++i) buffer.append(bytes);
          buffer.resize(3000);
        }) == 0);
}
