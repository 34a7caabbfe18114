#pragma once

// What the documented design speaks, and what it should have spoken. The two never mix on one wire,
// and the keys of a session serve one of them only.

#include <array>
#include <cstdint>

#include "handfast/core/time.hpp"
#include "handfast/crypto/secret.hpp"

namespace handfast::rehandshake {

using namespace std::chrono_literals;

/// Byte for byte what the document describes and its programs speak (protocols page, "Compat
/// profile"), with their flaws. For talking to them, and for showing what goes wrong; use
/// `Hardened` for anything else.
struct Compat {
  static constexpr std::uint8_t version = 1;
};

/// The default: what the seed claims, made true.
struct Hardened {
  static constexpr std::uint8_t version = 2;
};

/// The roles: `Initiator<>` and `Responder<>`, or `Initiator<Compat>` and `Responder<Compat>`.
template <class Profile = Hardened>
struct Initiator;
template <class Profile = Hardened>
struct Responder;

using SessionId = std::array<std::uint8_t, 16>;
using Challenge = std::array<std::uint8_t, 32>;
using Proof = std::array<std::uint8_t, 32>;

/// What both sides have of their session: one's TX is the other's RX. `epoch` counts the sets of
/// keys that one session has had; `Compat` knows nothing of it.
struct SessionKeys {
  SessionId session{};
  Secret<32> tx;  // what we send is under this one
  Secret<32> rx;
  std::uint32_t epoch = 0;
};

inline constexpr std::size_t header_size = 8;  // bytes: version, type, flags, length of the rest

/// By how much a timestamp may differ from our clock, either way, this difference included.
inline constexpr std::uint64_t skew_max = 30'000;  // milliseconds

/// The time that a message carries: milliseconds since the Unix epoch, 0 before it.
[[nodiscard]] constexpr std::uint64_t unix_ms(const Time& now) noexcept {
  const auto count = now.utc.time_since_epoch().count();
  return count < 0 ? 0 : static_cast<std::uint64_t>(count);
}
/// Whether a timestamp lies more than `skew_max` behind; no difference wraps.
[[nodiscard]] constexpr bool is_too_old(std::uint64_t timestamp, const Time& now) noexcept {
  return timestamp < unix_ms(now) && unix_ms(now) - timestamp > skew_max;
}
/// Whether it lies more than `skew_max` ahead.
[[nodiscard]] constexpr bool is_too_new(std::uint64_t timestamp, const Time& now) noexcept {
  return timestamp > unix_ms(now) && timestamp - unix_ms(now) > skew_max;
}

}  // namespace handfast::rehandshake
