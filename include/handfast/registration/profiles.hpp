#pragma once

// What the deployed programs speak, and what they should have spoken. The two never mix on one
// wire.

#include <cstdint>

#include "handfast/core/time.hpp"

namespace handfast::registration {

using namespace std::chrono_literals;

/// Byte for byte what the deployed programs speak (protocols page, "Compat profile"), with their
/// flaws. For talking to them, and for showing what goes wrong; use `Hardened` for anything else.
struct Compat {};

/// The default: what the seed claims, made true.
struct Hardened {
  static constexpr std::uint8_t version = 2;
};

/// The roles of one connection: `Client<>` and `Server<>`, or `Client<Compat>` and
/// `Server<Compat>`.
template <class Profile = Hardened>
struct Client;
template <class Profile = Hardened>
struct Server;

/// A profile that speaks version 2.
template <class Profile>
concept HardenedProfile = requires {
  requires Profile::version == 2;
};

inline constexpr std::size_t payload_size_max = std::size_t{1} << 16;  // bytes of one message
inline constexpr std::size_t text_size_max = 200;           // bytes of a challenge's text
inline constexpr std::size_t audience_size_max = 255;       // bytes
inline constexpr std::size_t registration_size_max = 2048;  // bytes, of a JSON object
inline constexpr std::size_t frame_size_max = payload_size_max + 128;  // bytes

}  // namespace handfast::registration
