#pragma once

// A session's keys as an earlier handshake would have left them, in a file a side. Each is used once,
// and then gone: a second connection with the same keys would seal with the same nonces.

#include <handfast/crypto/random.hpp>
#include <handfast/rehandshake/profiles.hpp>

#include "shared/private_file.hpp"

namespace over_paths {

using handfast::rehandshake::SessionKeys;

/// Session id, 16 bytes; TX, 32; RX, 32.
inline constexpr std::size_t session_file_size = 80;

/// A session's keys as each of its sides has them, in no file.
[[nodiscard]] inline std::pair<SessionKeys, SessionKeys> new_session() {
  handfast::Random random;
  const auto id = random.bytes<16>();
  const auto one = random.secret<32>(), other = random.secret<32>();
  if (!id || !one || !other) throw std::runtime_error("no random bytes for a session");
  return {SessionKeys{*id, one->dangerous_copy(), other->dangerous_copy(), 0},
          SessionKeys{*id, other->dangerous_copy(), one->dangerous_copy(), 0}};
}

/// Makes a session, and writes the file of each side, which must not be there.
inline void write_session(const std::string& one_path, const std::string& other_path) {
  const auto write = [](const std::string& path, const SessionKeys& keys) {
    handfast::WipingBuffer bytes;
    bytes.append(keys.session);
    bytes.append(keys.tx.bytes());
    bytes.append(keys.rx.bytes());
    if (!shared::detail::create_private(path, bytes.bytes()))
      throw std::runtime_error(path + " is there already, or cannot be written");
  };
  const auto [one, other] = new_session();
  write(one_path, one);
  write(other_path, other);
}

/// The keys in the file at `path`, which is then gone.
[[nodiscard]] inline SessionKeys take_session(const std::string& path) {
  const auto bytes = shared::read_private(path, session_file_size);
  if (!bytes) throw std::runtime_error("there is no " + path + ": a session's keys serve once");
  if (bytes->size() != session_file_size) throw std::runtime_error(path + " holds no session");
  SessionKeys keys;
  std::ranges::copy(bytes->bytes().first(16), keys.session.begin());
  keys.tx = handfast::Secret<32>::from(bytes->bytes().subspan(16, 32));
  keys.rx = handfast::Secret<32>::from(bytes->bytes().subspan(48, 32));
  if (::unlink(path.c_str()) != 0) throw std::runtime_error("cannot remove " + path);
  return keys;
}

}  // namespace over_paths
