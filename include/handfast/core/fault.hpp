#pragma once

// Everything that can go wrong, as values, grouped by whose fault it is. A peer is never told which
// one it was.

#include <cstdint>
#include <string_view>

namespace handfast {

enum class Fault : std::uint8_t {
  // The caller's: a command that this state does not take, or an argument out of its bounds.
  not_allowed_now = 1,
  bad_argument,
  too_large,
  rekey,          // no more application records until the channel has new keys
  limit_reached,  // a counter is at its end; only a new session helps
  back_pressure,  // too much is unanswered or unacknowledged; try again after the next answer
  bad_snapshot,   // stored bytes that are not a state of this role

  // The peer's: bytes that are no message.
  malformed,
  truncated,
  oversized,
  not_json,
  duplicate_name,
  bad_encoding,
  wrong_length,
  wrong_version,
  unknown_type,
  non_canonical_key,
  low_order_key,

  // The peer's: a message that may not come now.
  unexpected_message,

  // The peer's: a message that it did not make, or not for this session.
  not_authentic,
  wrong_session,
  wrong_audience,  // it was meant for somebody of another name
  unexpected_key,  // the peer has another key than the application said

  // The peer's: a message that came already, or is too old or too new to be checked.
  replayed,
  stale,
  too_far_ahead,

  // The environment's.
  timed_out,
  link_closed,
  peer_lost,
  already_registered,  // the same key is on another connection, which stays
  superseded,          // the same key has come on another connection
  random_source_failed,
  crypto_failed,
  storage_failed,  // what was to be stored may not be there after a restart
};

/// Whose fault it is, and of what kind.
enum class FaultGroup : std::uint8_t {
  caller,
  malformed,
  not_allowed_now,
  not_authentic,
  replayed,
  stale,
  environment
};

[[nodiscard]] constexpr FaultGroup group_of(Fault fault) noexcept {
  if (fault <= Fault::bad_snapshot) return FaultGroup::caller;
  if (fault <= Fault::low_order_key) return FaultGroup::malformed;
  if (fault == Fault::unexpected_message) return FaultGroup::not_allowed_now;
  if (fault <= Fault::unexpected_key) return FaultGroup::not_authentic;
  if (fault == Fault::replayed) return FaultGroup::replayed;
  if (fault <= Fault::too_far_ahead) return FaultGroup::stale;
  return FaultGroup::environment;
}

/// The fault's name as written in `Fault`, for logs and tests; never for the peer.
[[nodiscard]] constexpr std::string_view to_string(Fault fault) noexcept {
  switch (fault) {
    case Fault::not_allowed_now: return "not_allowed_now";
    case Fault::bad_argument: return "bad_argument";
    case Fault::too_large: return "too_large";
    case Fault::rekey: return "rekey";
    case Fault::limit_reached: return "limit_reached";
    case Fault::back_pressure: return "back_pressure";
    case Fault::bad_snapshot: return "bad_snapshot";
    case Fault::malformed: return "malformed";
    case Fault::truncated: return "truncated";
    case Fault::oversized: return "oversized";
    case Fault::not_json: return "not_json";
    case Fault::duplicate_name: return "duplicate_name";
    case Fault::bad_encoding: return "bad_encoding";
    case Fault::wrong_length: return "wrong_length";
    case Fault::wrong_version: return "wrong_version";
    case Fault::unknown_type: return "unknown_type";
    case Fault::non_canonical_key: return "non_canonical_key";
    case Fault::low_order_key: return "low_order_key";
    case Fault::unexpected_message: return "unexpected_message";
    case Fault::not_authentic: return "not_authentic";
    case Fault::wrong_session: return "wrong_session";
    case Fault::wrong_audience: return "wrong_audience";
    case Fault::unexpected_key: return "unexpected_key";
    case Fault::replayed: return "replayed";
    case Fault::stale: return "stale";
    case Fault::too_far_ahead: return "too_far_ahead";
    case Fault::timed_out: return "timed_out";
    case Fault::link_closed: return "link_closed";
    case Fault::peer_lost: return "peer_lost";
    case Fault::already_registered: return "already_registered";
    case Fault::superseded: return "superseded";
    case Fault::random_source_failed: return "random_source_failed";
    case Fault::crypto_failed: return "crypto_failed";
    case Fault::storage_failed: return "storage_failed";
  }
  return "unknown";
}

}  // namespace handfast
