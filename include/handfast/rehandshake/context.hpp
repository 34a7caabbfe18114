#pragma once

// What the hardened roles are given: the session's keys, what the channel is known by,
// configuration, randomness, and the primitives' long-lived objects.

#include "handfast/core/fields.hpp"
#include "handfast/core/role.hpp"
#include "handfast/crypto/random.hpp"
#include "handfast/rehandshake/challenges.hpp"
#include "handfast/rehandshake/keys.hpp"

namespace handfast::rehandshake {

/// A side's name among its peers. Only `Peer` looks at it: not secret, not on the wire.
using PeerId = std::array<std::uint8_t, 32>;

/// What an application may choose. Times are of the steady clock, at most a year; one of zero, and a
/// count of zero, is `bad_argument` at the first command or REQUEST. The time-out is the document's
/// (`RehandshakeTimeout`), the rest is chosen here.
struct Config {
  Duration timeout = 5s;            // for the whole exchange
  std::uint32_t attempts_max = 3;   // for one cause
  Duration back_off = 1s;           // after the first that failed; then twice as long each time
  Duration back_off_max = 60s;      // but no longer than this
  std::optional<Duration> period;   // initiator: until it begins again; never where there is none
  std::size_t challenges_max = 64;  // that are remembered, at most 4096
  PeerId local_id{};                // peer: the smaller goes on where both have begun
  PeerId remote_id{};

  [[nodiscard]] bool is_sound() const noexcept {
    constexpr Duration longest = std::chrono::hours(24 * 365);
    for (const Duration one : {timeout, back_off, back_off_max, period.value_or(1s)})
      if (one <= Duration::zero() || one > longest) return false;
    return attempts_max > 0 && challenges_max > 0 && challenges_max <= 4096;
  }
  /// After attempt `number` has failed, counted from 1.
  [[nodiscard]] Duration pause_after(std::uint32_t number) const noexcept {
    Duration pause = back_off;
    for (std::uint32_t i = 1; i < number && pause < back_off_max; ++i) pause *= 2;
    return std::min(pause, back_off_max);
  }
};

/// A role has one link: the connection over which the keys are proved.
using Links = List<LinkKind<"connection", Framing::frame, Request::size>>;

/// The context of `Initiator`, `Responder` and `Peer`. Of `keys` it has what is derived of them,
/// and nothing else. Move-only; not for two threads at once.
struct Context {
  Context(const SessionKeys& keys, ChannelBinding b, Config c = {}, Random r = {})
      : config(std::move(c)), binding(b), random(r) {
    take(keys);
  }

  /// From now on `keys`, and no others.
  void take(const SessionKeys& keys) { proof_macs = ProofMacs(ProofKeys::of(keys, hkdf)); }

  /// The session is over: no key is left.
  void forget_keys() {
    if (!handfast::detail::planted<"proof keys kept after the end">) proof_macs = {};
  }

  Time now;
  Link link;
  Config config;
  ChannelBinding binding;
  ProofMacs proof_macs;
  Challenges challenges;
  Random random;
  Hkdf hkdf;
  static constexpr auto fields = Fields{&Context::challenges};
};

}  // namespace handfast::rehandshake
