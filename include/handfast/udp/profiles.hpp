#pragma once

// What the deployed programs speak, and what they should have spoken. The two never mix on one
// wire.

#include <cstdint>

#include "handfast/core/time.hpp"

namespace handfast::udp {

using namespace std::chrono_literals;

/// Which of the deployed programs: that of the document, or the later one with a salt in its
/// tokens, a header in its packets, ports, heartbeats, acknowledgements and errors.
enum class Revision : std::uint8_t { documented, v0_8 };

/// Byte for byte what the deployed programs speak (protocols page, "Compat profile"), with their
/// flaws. For talking to them, and for showing what goes wrong; use `Hardened` for anything else.
template <Revision revision_ = Revision::documented>
struct Compat {
  static constexpr Revision revision = revision_;
};

/// The default: what the seed claims, made true.
struct Hardened;

/// The roles: `Client<>` and `Server<>`, or `Client<Compat<>>` and `Server<Compat<>>`.
template <class Profile = Hardened>
struct Client;
template <class Profile = Hardened>
struct Server;

}  // namespace handfast::udp
