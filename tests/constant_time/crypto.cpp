// What the crypto folder does with secrets.

#include "handfast/crypto/aead.hpp"
#include "handfast/crypto/box.hpp"
#include "handfast/crypto/ed25519.hpp"
#include "handfast/crypto/fernet.hpp"
#include "handfast/crypto/hkdf.hpp"
#include "handfast/crypto/hmac.hpp"
#include "handfast/crypto/random.hpp"
#include "handfast/crypto/secret.hpp"
#include "handfast/crypto/wiping_buffer.hpp"
#include "handfast/crypto/x25519.hpp"
#include "handfast/wire/base64.hpp"
#include "tests/constant_time/border.hpp"
#include "tests/constant_time/cases.hpp"
#include "tests/constant_time/secret_random.hpp"

namespace constant_time {
namespace {

using namespace handfast;

Secret<32> secret_key(std::uint8_t first) { return Secret<32>::from(secret_bytes(32, first)); }

void move_and_copy() {
  Secret<32> first = secret_key(1);
  Secret<32> second = std::move(first);
  first = std::move(second);
  const Secret<32> third = first.dangerous_copy();
  first.wipe();
  must(is_secret(third.bytes()), "a secret stays one where it goes");
}

void compare_secrets() {
  const auto one = secret_key(1), same = secret_key(1), other = secret_key(2);
  must(equal(one, same), "equal");
  must(!equal(one, other), "not equal");
}

// Only whether all bytes are the same is revealed, in border.cpp.
void compare_bytes() {
  const auto one = secret_bytes(100, 1);
  auto same = secret_bytes(100, 1);
  const auto early = secret_bytes(100, 2);
  must(equal_in_constant_time(one, same), "equal");
  must(!equal_in_constant_time(one, early), "not equal from the first byte on");
  same[99] = 0;
  must(!equal_in_constant_time(one, same), "not equal in the last byte");
  must(!equal_in_constant_time(one, Bytes(same).first(99)), "of another size");
  must(equal_in_constant_time(Bytes{}, Bytes{}), "empty");
}

void make_x25519_keys() {
  SecretRandom source;
  Random random(source);
  auto key = x25519::PrivateKey::generate(random);
  must(key.has_value() && key->has_key(), "a key from a random source");
  const x25519::PrivateKey moved = std::move(*key);
  const auto stored = x25519::PrivateKey::from(Bytes(secret_bytes(32, 3)));
  must(stored && stored->has_key() && moved.has_key(), "a key from bytes");
  must(!x25519::PrivateKey::from(Bytes(secret_bytes(31, 3))), "of a wrong size");
  std::vector<std::uint8_t> zeros(32);
  make_secret(zeros);
  must(!x25519::PrivateKey::from(Bytes(zeros)), "no key");
}

void agree_on_x25519() {
  const auto one = x25519::PrivateKey::from(secret_key(1));
  const auto other = x25519::PrivateKey::from(secret_key(2));
  const auto here = agree(one, other.public_key()), there = agree(other, one.public_key());
  must(here && there && is_secret(here->bytes()), "an agreement that is secret");
  must(equal(*here, *there), "the same on both sides");
  const std::array<std::uint8_t, 32> low_order{1};
  must(!agree(one, *x25519::PublicKey::parse_as_deployed(low_order)), "an all-zero agreement");
}

void sign_with_ed25519() {
  SecretRandom source;
  Random random(source);
  const auto key = ed25519::PrivateKey::generate(random);
  must(key.has_value() && key->has_key(), "a key");
  const auto stored = ed25519::PrivateKey::from_seed(secret_key(9));
  for (const std::size_t size : {0u, 1u, 63u, 64u, 1000u}) {
    const std::vector<std::uint8_t> message(size, 'm');
    const auto signature = sign(stored, message);
    must(signature && is_secret(*signature), "a signature that depends on the key");
    must(verify(stored.public_key(), message, revealed(*signature)).has_value(), "it verifies");
  }
  // What is signed may be a secret too.
  must(sign(*key, secret_bytes(100, 1)).has_value(), "a secret message");
}

void authenticate() {
  HmacSha256 hmac;
  for (const std::size_t size : {0u, 1u, 32u, 64u, 65u, 4096u, 4097u}) {
    const auto key = secret_bytes(size, 1), message = secret_bytes(200, 7);
    const auto tag = hmac.mac(key, {message, Bytes(message).first(1)});
    const auto as_key = hmac.mac_secret(key, message);
    must(is_secret(tag) && is_secret(as_key.bytes()), "tags that depend on key and message");
  }
  hmac.forget();
}

void verify_tags() {
  HmacSha256 hmac;
  const auto key = secret_bytes(32, 1), message = secret_bytes(50, 7);
  const auto tag = revealed(hmac.mac(key, message));
  must(hmac.verify(key, message, tag), "the right tag");
  for (const std::size_t place : {0u, 15u, 31u}) {
    auto wrong = tag;
    wrong[place] ^= 1;
    must(!hmac.verify(key, message, wrong), "a wrong tag");
  }
  must(!hmac.verify(key, message, Bytes(tag).first(31)), "a short tag");
}

void derive() {
  Hkdf hkdf;
  const auto input = secret_bytes(32, 1), salt = secret_bytes(32, 5), info = secret_bytes(9, 8);
  const auto key = hkdf.extract(salt, {input, info});
  const auto narrow = hkdf.expand<16>(key.bytes(), info);
  const auto wide = hkdf.derive<80>(input, salt, {info, info});
  must(is_secret(narrow.bytes()) && is_secret(wide.bytes()), "outputs that depend on the input");
  std::vector<std::uint8_t> out(100);
  must(hkdf.expand(key.bytes(), info, out) && hkdf.derive(input, salt, info, out), "into memory");
  must(is_secret(out), "outputs that depend on the input");
  hkdf.forget();
}

template <class Cipher>
void seal_and_open() {
  Aead<Cipher> aead;
  const auto key = secret_key(1), other = secret_key(2);
  const std::array<std::uint8_t, 12> nonce{};
  for (const std::size_t size : {0u, 1u, 16u, 64u, 1000u}) {
    const auto plaintext = secret_bytes(size, 3), ad = secret_bytes(20, 4);
    std::vector<std::uint8_t> sealed(size + 16), opened(size);
    must(aead.seal(key, nonce, ad, plaintext, sealed).has_value(), "sealed");
    must(aead.open(key, nonce, ad, sealed, opened).has_value(), "opened");
    must(size == 0 || is_secret(opened), "a plaintext that depends on the key");
    must(!aead.open(other, nonce, ad, sealed, opened), "not with another key");
    sealed[size / 2] ^= 1;
    must(!aead.open(key, nonce, ad, sealed, opened), "not when changed");
    sealed[size / 2] ^= 1;
    sealed.back() ^= 0x80;
    must(!aead.open_keyed(nonce, ad, sealed, opened), "not with a changed tag");
  }
  aead.forget();
}

void seal_and_open_boxes() {
  const auto ours = x25519::PrivateKey::from(secret_key(1));
  const auto theirs = x25519::PrivateKey::from(secret_key(2));
  const auto key = box_key(ours, theirs.public_key());
  must(key.has_value(), "a key of two");
  must(is_secret(key->bytes()), "a key that depends on both");
  SecretBox box;
  const std::array<std::uint8_t, 24> nonce{};
  for (const std::size_t size : {0u, 1u, 16u, 64u, 1000u}) {
    const auto plaintext = secret_bytes(size, 3);
    std::vector<std::uint8_t> sealed(size + 16), opened(size);
    must(box.seal(*key, nonce, plaintext, sealed).has_value(), "sealed");
    reveal(sealed);
    must(box.open(*key, nonce, sealed, opened).has_value(), "opened");
    must(size == 0 || is_secret(opened), "a plaintext that depends on the key");
    must(!box.open(secret_key(2), nonce, sealed, opened), "not with another key");
    sealed[0] ^= 1;
    must(!box.open(*key, nonce, sealed, opened), "not when changed");
  }
  box.forget();
}

// How much a token holds is no secret, and its padding says it: but only where the tag was right.
// What is not authentic is refused before anything of it is decrypted.
void seal_and_refuse_tokens() {
  Fernet fernet;
  const auto key = secret_key(1);
  const std::array<std::uint8_t, 16> iv{};
  for (const std::size_t size : {0u, 1u, 16u, 100u}) {
    std::string token(Fernet::token_size(size), '\0');
    must(fernet.seal(key, 1, iv, secret_bytes(size, 3), token).has_value(), "sealed");
    // In characters: version, time and IV are 33 and a third, and the last ones may be padding.
    must(is_secret(bytes_of(token).subspan(36, token.size() - 40)), "what depends on the key");
    reveal(bytes_of(token));
    std::vector<std::uint8_t> opened(Fernet::plaintext_size_max(token.size()));
    must(!fernet.open(secret_key(2), token, opened), "not with another key");
    token[30] = token[30] == 'A' ? 'B' : 'A';
    must(!fernet.open(key, token, opened), "not when changed");
  }
  fernet.forget();
}

void keep_plaintext() {
  WipingBuffer buffer;
  const auto secret = secret_bytes(100, 1);
  for (int i = 0; i < 20; ++i) buffer.append(secret);
  must(is_secret(buffer.bytes()), "a plaintext that is kept");
  buffer.resize(3000);
  buffer.resize(10);
  WipingBuffer other = std::move(buffer);
  other.clear();
}

// Snapshots hold keys, and applications may write them as text.
void write_as_base64() {
  namespace base64 = wire::base64;
  for (const auto spelling :
       {base64::standard, base64::url, base64::url_padded, base64::url_lenient}) {
    const auto text = base64::encode(secret_bytes(50, 200), spelling);
    must(is_secret(Bytes(bytes_of(text)).first(60)), "text that depends on the key");
    // The padding is where it is by the size alone.
    reveal(bytes_of(text).subspan(66));
    std::vector<std::uint8_t> back(base64::decoded_size_max(text.size()));
    const auto size = base64::decode(text, back, spelling);
    must(size && *size == 50, "read back");
  }
}

constexpr Case all[] = {
    {"a secret is moved, copied and wiped", move_and_copy},
    {"secrets are compared", compare_secrets},
    {"bytes are compared in constant time", compare_bytes},
    {"x25519: private keys are made", make_x25519_keys},
    {"x25519: two keys agree", agree_on_x25519},
    {"ed25519: keys are made and sign", sign_with_ed25519},
    {"HMAC: tags are made", authenticate},
    {"HMAC: tags are verified", verify_tags},
    {"HKDF: keys are derived", derive},
    {"AES-256-GCM seals, opens and refuses", seal_and_open<Aes256Gcm>},
    {"ChaCha20-Poly1305 seals, opens and refuses", seal_and_open<ChaCha20Poly1305>},
    {"a box is sealed, opened and refused", seal_and_open_boxes},
    {"a token is sealed and refused", seal_and_refuse_tokens},
    {"a wiping buffer keeps a plaintext", keep_plaintext},
    {"base64 writes and reads a key", write_as_base64},
};

}  // namespace

std::span<const Case> crypto_cases() { return all; }

}  // namespace constant_time
