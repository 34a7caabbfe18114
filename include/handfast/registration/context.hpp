#pragma once

// What the hardened roles of client and server are given, and what an application may choose.

#include <optional>
#include <string>
#include <vector>

#include "handfast/core/role.hpp"
#include "handfast/registration/context_of.hpp"
#include "handfast/registration/keys.hpp"

namespace handfast::registration {

/// What an application may choose.
struct Config {
  // Both roles.
  Duration registration_timeout = 10s;  // for each message of the registration
  Duration silence_timeout = 50s;       // of the peer, once registered

  // The client.
  std::string audience;                            // host:port that it dials, 1 to 255 bytes
  std::optional<x25519::PublicKey> pinned_server;  // any other key is refused
  Duration keepalive_interval = 15s;               // of the client's own silence

  // The server.
  /// host:port, each as clients may dial it: compared byte for byte, so that both sides write it in
  /// one way (lower case, the port always, IPv6 in brackets). At least one.
  std::vector<std::string> names;
  std::string challenge_text = "Welcome!";         // at most 200 bytes
  std::size_t queue_max = std::size_t{1} << 20;    // bytes of messages that wait for one client's
                                                   // transport
  std::size_t answers_max = std::size_t{1} << 16;  // bytes that answers may take beside them
  std::uint32_t messages_a_second = 50;            // that one client may send, on the average
  std::uint32_t messages_at_once = 200;            // and after a silence
  std::uint32_t frames_a_second = 1'000;           // of any kind that are answered, on the average
  std::uint32_t frames_at_once = 5'000;            // and after a silence; one more is refused
};

/// A role has one link: a WebSocket connection. What begins with `{` goes as text, all else as
/// binary.
using Links = List<LinkKind<"websocket", Framing::frame, frame_size_max>>;

/// The context of `Client` and `Server`.
using Context = ContextOf<Config>;

}  // namespace handfast::registration
