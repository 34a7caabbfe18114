#pragma once

// A private key in a file: made on the first start, used ever after (seed 001, step 1). And public
// keys as people write them.

#include <handfast/crypto/x25519.hpp>
#include <handfast/wire/base64.hpp>

#include "shared/private_file.hpp"

namespace shared {

/// The private key in the file at `path`: 32 bytes that only the owner may read. Where there is no
/// such file a new key is written to it. Throws where the file is anything else.
[[nodiscard]] inline handfast::Secret<handfast::x25519::key_size> key_from_file(
    const std::string& path) {
  using namespace handfast;
  Random random;
  auto key = random.secret<x25519::key_size>();
  if (!key) throw std::runtime_error("no random bytes for a key");
  if (!detail::create_private(path, key->bytes())) {
    const auto bytes = read_private(path, x25519::key_size);
    if (!bytes || bytes->size() != x25519::key_size)
      throw std::runtime_error(path + " is not a key: it should hold 32 bytes");
    std::ranges::copy(bytes->bytes(), key->writable().begin());
  }
  if (!x25519::PrivateKey::from(key->dangerous_copy()).has_key())
    throw std::runtime_error(path + " holds no key");
  return std::move(*key);
}

/// A public key as the document writes it: base64url, 43 characters.
[[nodiscard]] inline std::string text_of_key(const handfast::x25519::PublicKey& key) {
  return handfast::wire::base64::encode(key.bytes(), handfast::wire::base64::url);
}

/// The key whose text this is, in its one spelling.
[[nodiscard]] inline std::optional<handfast::x25519::PublicKey> key_of_text(std::string_view text) {
  std::array<std::uint8_t, handfast::x25519::key_size> bytes{};
  if (handfast::wire::base64::decode(text, bytes, handfast::wire::base64::url) != bytes.size())
    return std::nullopt;
  const auto key = handfast::x25519::PublicKey::parse(bytes);
  return key ? std::optional(*key) : std::nullopt;
}

}  // namespace shared
