#pragma once

// The rules by which a handler of `Peer` may refuse an input, and the fault that each of them
// names.

#include "handfast/core/fault.hpp"

namespace handfast::registration::peer {

/// There is a private key to be known by.
struct HasIdentity {
  static constexpr Fault fault = Fault::bad_argument;
};
/// Nobody is his own contact: what he says would come back as said by the other.
struct ContactIsAnother {
  static constexpr Fault fault = Fault::bad_argument;
};
/// The random source gave a half and a key.
struct RandomSourceWorks {
  static constexpr Fault fault = Fault::random_source_failed;
};
/// No agreement is all zero (RFC 7748, section 6.1).
struct KeysAgree {
  static constexpr Fault fault = Fault::low_order_key;
};
/// The proof is a MAC by whoever has the keys.
struct PeerProves {
  static constexpr Fault fault = Fault::not_authentic;
};
/// A HELLO that was answered is answered no more, except while its answer is awaited: repeated at
/// any time it resets nothing. Who says it repeats it too, so that it is `stale` and no sign of an
/// attack.
struct HelloIsNew {
  static constexpr Fault fault = Fault::stale;
};
/// So many HELLOs of one contact are answered a second: each costs agreements and a message of ours.
struct HelloIsInPace {
  static constexpr Fault fault = Fault::back_pressure;
};
/// Of two HELLOs that cross, the one from the smaller key counts (profile, "Client and client").
struct HelloCounts {
  static constexpr Fault fault = Fault::stale;
};
/// The answer is to the HELLO that waits for one.
struct AckIsOurs {
  static constexpr Fault fault = Fault::stale;
};
/// What the contact does not know is the session that is used now, and it says so for the first
/// time.
struct NewsIsNew {
  static constexpr Fault fault = Fault::stale;
};
/// Application data has at most `payload_size_max` bytes.
struct PayloadFits {
  static constexpr Fault fault = Fault::too_large;
};
/// The session's keys may seal one more message.
struct KeysHaveRoom {
  static constexpr Fault fault = Fault::rekey;
};

}  // namespace handfast::registration::peer
