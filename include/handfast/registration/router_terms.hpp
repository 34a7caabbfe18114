#pragma once

// What an application chooses of a router, and what it is told by it.

#include <optional>

#include "handfast/core/fault.hpp"
#include "handfast/core/link.hpp"
#include "handfast/crypto/x25519.hpp"

namespace handfast::registration {

/// Whose connection goes when two prove the same key: the one that was there, or the new one.
enum class Duplicates : std::uint8_t { replace, refuse };

/// What an application may choose of the router, beside what `Config` has for each connection.
struct RouterConfig {
  Duplicates duplicates = Duplicates::replace;
  std::size_t connections_max = 10'000;  // that are registered
  std::size_t unregistered_max = 1'000;  // beside them: not yet, or on their way out; at least 1
  std::uint32_t faults_max = 8;  // rejected frames of one registered connection in all its life
};

// What the application is told. `connection` is the number that it gave.

/// The client on `connection` has proved `key` and is registered; `replaced` had the key before.
struct Joined {
  Link connection;
  x25519::PublicKey key;
  std::optional<Link> replaced;
};
/// Nobody on `connection` is registered any more, or ever will be; `key` if somebody was. `why`:
/// `link_closed`, `timed_out`, `peer_lost`, `superseded`, `already_registered` (another connection
/// has the key and stays), `limit_reached` (there was no room), or the last fault of its frames.
/// Told once for each connection that was opened.
struct Left {
  Link connection;
  std::optional<x25519::PublicKey> key;
  Fault why{};
};

/// A connection that the application is to close, and to say so with `closed`: at once, or when what
/// was sent on it has left, but no later than a registration may take.
struct ToClose {
  enum class When : std::uint8_t { at_once, when_sent };
  Link connection;
  When when = When::at_once;
};

}  // namespace handfast::registration
