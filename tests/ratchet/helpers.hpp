#pragma once

// What the tests of ratchets share: labels, and a chain computed by the letter of its definition.

#include <string>
#include <vector>

#include "handfast/core/snapshot.hpp"
#include "handfast/ratchet/message_chain.hpp"
#include "tests/crypto/helpers.hpp"

namespace ratchet_test {

using namespace handfast;
using namespace handfast::ratchet;
using crypto_test::to_hex;

struct Labels {
  static constexpr std::string_view message_salt = "message salt";
  static constexpr std::string_view message_info = "message:";
  static constexpr std::string_view step_salt = "step salt";
  static constexpr std::string_view step_info = "step:";
};

inline Secret<32> first_key() { return Secret<32>::from(crypto_test::rising(32, 1)); }

/// The keys of messages 1 to `count`, in hex, each by its own derivation.
inline std::vector<std::string> message_keys(std::size_t count) {
  Hkdf hkdf;
  std::vector<std::string> keys{""};
  Secret<32> chain = first_key();
  for (std::size_t n = 1; n <= count; ++n) {
    const std::string message = "message:" + std::to_string(n), step = "step:" + std::to_string(n);
    keys.push_back(to_hex(
        hkdf.derive<32>(chain.bytes(), bytes_of("message salt"), bytes_of(message)).bytes()));
    chain = hkdf.derive<32>(chain.bytes(), bytes_of("step salt"), bytes_of(step));
  }
  return keys;
}

template <class T>
Buffer snapshot(const T& value) {
  Buffer out;
  SnapshotWriter writer(out);
  value.dangerous_write(writer);
  return out;
}
template <class T>
bool restore(T& value, Bytes bytes) {
  SnapshotReader reader(bytes);
  return value.dangerous_read(reader) && reader.at_end();
}

/// A snapshot of a chain that is about to use number `next`.
inline Buffer chain_at(std::uint64_t next) {
  Buffer out;
  SnapshotWriter writer(out);
  first_key().dangerous_write(writer);
  writer.integer(next);
  return out;
}

}  // namespace ratchet_test
