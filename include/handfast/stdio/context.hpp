#pragma once

// What the hardened roles are given: configuration, randomness, and the primitives' long-lived
// objects.

#include <string>

#include "handfast/core/planted.hpp"
#include "handfast/core/role.hpp"
#include "handfast/crypto/aead.hpp"
#include "handfast/stdio/keys.hpp"

namespace handfast::stdio {

/// What an application may choose. Both peers must have the same `endpoint`.
struct Config {
  std::string endpoint = "/message";    // at most 128 bytes; part of every record's associated data
  bool duplex = false;                  // the channel lets the child speak unasked
  Duration answer_timeout = 10s;        // for the child's line, and for the parent's first record
  Duration response_timeout = 5s;       // until a request is repeated
  std::uint32_t response_attempts = 4;  // how often a request is sent in all before it has failed
  Duration keepalive_interval = 15s;    // of the parent's silence
  Duration dead_peer_timeout = 50s;     // of the peer's silence
  Duration rekey_repeat = 2s;           // until a rekey request is repeated
  Duration shutdown_timeout = 5s;       // for each step of the end
  Duration shutdown_repeat = 1s;        // until a shutdown request is repeated
  std::uint64_t messages_max =
      rekey_after_messages;                    // application records one way under one set of keys
  Duration epoch_time_max = rekey_after_time;  // age of one set of keys
  // The highest sequence in one epoch; below 24 the reserve leaves so little that new keys are
  // used up when they come.
  std::uint64_t sequence_max = rekey_at_sequence;
};

/// The roles' two links: the child's standard streams, and the channel on which records go.
inline constexpr Link standard_streams{0};
inline constexpr Link channel_link{1};
using Links = List<LinkKind<"stdio", Framing::line, bootstrap_line_size_max>,
                   LinkKind<"channel", Framing::frame, record_size_max>>;

/// The context of `Parent` and `Child`. Move-only; not for two threads at once.
struct Context {
  Context() = default;
  Context(Config c, Random r = {})
      : config(std::move(c)), random(r) {}  // NOLINT: a configuration is a context in the making

  /// Draws the nonce of the one record that the row under way sends; false where the random source
  /// fails.
  [[nodiscard]] bool draw_nonce() {
    return detail::planted<"nonce never drawn"> || random.fill(nonce).has_value();
  }

  /// Wipes what the primitives' objects still hold of the last keys; when used again they allocate
  /// again.
  void forget_keys() {
    hmac.forget();
    hkdf.forget();
    if (!detail::planted<"keys kept after the end">) aead.forget();
  }

  Time now;
  Link link;
  Config config;
  Random random;
  std::array<std::uint8_t, 12> nonce{};
  Sha256 sha256;
  HmacSha256 hmac;
  Hkdf hkdf;
  Aead<Aes256Gcm> aead;
};

}  // namespace handfast::stdio
