#pragma once

// What the deployed programs speak, and what they should have spoken. The two never mix on one
// wire.

#include <cstdint>
#include <string_view>

#include "handfast/core/time.hpp"

namespace handfast::stdio {

using namespace std::chrono_literals;

/// Byte for byte what the deployed programs speak (protocols page, "Compat profile"), with their
/// flaws. For talking to them, and for showing what goes wrong; use `Hardened` for anything else.
struct Compat {
  static constexpr std::string_view directional_salt = "denobridge-directional-key";
  static constexpr std::string_view ratchet_salt = "denobridge-key-ratchet";
  static constexpr std::string_view ratchet_info =
      "ratchet:";                               // then the common counter, from 1, in decimal
  static constexpr std::size_t key_window = 3;  // keys, the present one included
};

/// The default: what the seed claims, made true. Derive from it to choose another window or skip
/// limit.
struct Hardened {
  static constexpr std::uint8_t version = 2;
  static constexpr std::size_t key_window =
      3;  // keys of skipped messages that are kept, as in the document
  static constexpr std::uint64_t skip_max = 1000;  // keys derived over a gap by one input
  static constexpr std::uint64_t reserve_count =
      16;  // records that only rekey, keepalive and shutdown may use
  static constexpr std::uint64_t requests_max = 64;  // correlation ids open at once
};

/// The roles: `Parent<>` and `Child<>`, or `Parent<Compat>` and `Child<Compat>`.
template <class Profile = Hardened>
struct Parent;
template <class Profile = Hardened>
struct Child;

/// A profile that speaks version 2.
template <class Profile>
concept HardenedProfile = requires {
  requires Profile::version == 2;
};

/// The document's three limits on one set of keys ("Key Management").
inline constexpr std::uint64_t rekey_after_messages = 10'000;
inline constexpr Duration rekey_after_time = 1h;
inline constexpr std::uint64_t rekey_at_sequence = std::uint64_t{1} << 63;

inline constexpr std::size_t payload_size_max = std::size_t{1}
                                                << 20;  // bytes of application data in one record
inline constexpr std::size_t endpoint_size_max = 128;   // bytes
inline constexpr std::size_t bootstrap_line_size_max = 512;  // bytes, without the line feed
inline constexpr std::size_t record_size_max =
    payload_size_max + 128;  // bytes; hardened: header, contents' header, tag

}  // namespace handfast::stdio
