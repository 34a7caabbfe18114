#pragma once

// What the deployed programs speak, and what they should have spoken. The two never mix on one
// wire.

#include <cstddef>
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
struct Hardened {
  static constexpr std::uint8_t version = 2;
};

/// The roles: `Client<>` and `Server<>`, or `Client<Compat<>>` and `Server<Compat<>>`.
template <class Profile = Hardened>
struct Client;
template <class Profile = Hardened>
struct Server;

/// A profile that speaks version 2.
template <class Profile>
concept HardenedProfile = requires {
  requires Profile::version == 2;
};

// Of the hardened profile.

/// Bytes of the largest datagram: what is left of IPv6's least packet, 1280 bytes, without its
/// header and UDP's, so that no path cuts one in pieces.
inline constexpr std::size_t datagram_size_max = 1232;

inline constexpr std::size_t replay_window_size = 2048;  // numbers
inline constexpr std::uint32_t epochs_ahead_max = 8;     // that a receiver derives for one packet
inline constexpr std::uint32_t epochs_unseen_max = 4;    // that a sender goes beyond what was seen

}  // namespace handfast::udp
