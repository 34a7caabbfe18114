#pragma once

// The rules by which a handler of these roles may refuse an input, and the fault that each of them
// names.

#include "handfast/core/fault.hpp"

namespace handfast::stdio {

/// The random source gave a key or a nonce.
struct RandomSourceWorks {
  static constexpr Fault fault = Fault::random_source_failed;
};
/// The endpoint fits the associated data whole.
struct EndpointFits {
  static constexpr Fault fault = Fault::bad_argument;
};
/// The deployed wire has no place for a request in the parent's first message.
struct NothingToAskYet {
  static constexpr Fault fault = Fault::bad_argument;
};
/// Application data has at most `payload_size_max` bytes.
struct PayloadFits {
  static constexpr Fault fault = Fault::too_large;
};
/// The lowest open correlation id is less than 64 below the next (profile, "Correlation ids").
struct FewEnoughUnanswered {
  static constexpr Fault fault = Fault::back_pressure;
};
/// The present keys may seal one more application record (profile, "The limits are enforced").
struct KeysHaveRoom {
  static constexpr Fault fault = Fault::rekey;
};
/// The present keys may seal one more record of any kind, the reserve included; and if it asks for
/// new keys, there is a number for their epoch.
struct ReserveHasRoom {
  static constexpr Fault fault = Fault::limit_reached;
};
/// The peer's key gives no all-zero agreement (RFC 7748, section 6.1).
struct KeysAgree {
  static constexpr Fault fault = Fault::low_order_key;
};
/// The child's line was made by who has the keys, over what we sent and received (profile,
/// "Bootstrap").
struct ChildConfirms {
  static constexpr Fault fault = Fault::not_authentic;
};
/// The child may be told to speak unasked only where the transport lets it.
struct TransportIsDuplex {
  static constexpr Fault fault = Fault::not_allowed_now;
};
/// The child speaks unasked only where the transport lets it.
struct NoticesMayCome {
  static constexpr Fault fault = Fault::unexpected_message;
};
/// A rekey is about the epoch after the present one, or repeats the last one to the letter.
struct RekeyIsNext {
  static constexpr Fault fault = Fault::unexpected_message;
};
/// A request is not below the lowest one that the parent still waits for.
struct RequestIsOpen {
  static constexpr Fault fault = Fault::stale;
};
/// A request is less than 64 above the lowest one that the parent still waits for.
struct RequestIsNear {
  static constexpr Fault fault = Fault::too_far_ahead;
};
/// An answer is to a request that was delivered and has none yet.
struct RequestIsRunning {
  static constexpr Fault fault = Fault::bad_argument;
};

}  // namespace handfast::stdio
