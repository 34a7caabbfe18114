#pragma once

// A private key in a file: made on the first start, used ever after (seed 001, step 1).

#include <fcntl.h>
#include <unistd.h>
#include <handfast/crypto/x25519.hpp>
#include <handfast/wire/base64.hpp>
#include <stdexcept>
#include <string>

namespace web {

using handfast::Secret;
using handfast::x25519::PrivateKey;

namespace detail {

struct File {
  int descriptor = -1;
  ~File() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

}  // namespace detail

/// The private key in the file at `path`: 32 bytes that only the owner may read. Where there is no
/// such file a new key is written to it. Throws where the file is anything else.
[[nodiscard]] inline Secret<handfast::x25519::key_size> key_from_file(const std::string& path) {
  using namespace handfast;
  detail::File file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  Secret<handfast::x25519::key_size> bytes;
  if (file.descriptor >= 0) {
    Random random;
    if (!random.fill(bytes.writable())) throw std::runtime_error("no random bytes for a key");
    const auto raw = bytes.bytes();
    if (::write(file.descriptor, raw.data(), raw.size()) != static_cast<ssize_t>(raw.size()) ||
        ::fsync(file.descriptor) != 0)
      throw std::runtime_error("cannot write a key to " + path);
  } else {
    file.descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::uint8_t one_more = 0;
    const auto raw = bytes.writable();
    if (file.descriptor < 0 ||
        ::read(file.descriptor, raw.data(), raw.size()) != static_cast<ssize_t>(raw.size()) ||
        ::read(file.descriptor, &one_more, 1) != 0)
      throw std::runtime_error(path + " is not a key: it should hold 32 bytes");
  }
  if (!PrivateKey::from(bytes.dangerous_copy()).has_key())
    throw std::runtime_error(path + " holds no key");
  return bytes;
}

/// A public key as the document writes it: base64url, 43 characters.
[[nodiscard]] inline std::string text_of_key(const handfast::x25519::PublicKey& key) {
  return handfast::wire::base64::encode(key.bytes(), handfast::wire::base64::url);
}

}  // namespace web
