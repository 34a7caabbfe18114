#pragma once

// The rules by which a handler of these roles may refuse an input, and the fault that each of them
// names.

#include "handfast/core/fault.hpp"

namespace handfast::registration {

/// The random source gave a key.
struct RandomSourceWorks {
  static constexpr Fault fault = Fault::random_source_failed;
};
/// The application's own values fit the message that they go into.
struct FitsItsMessage {
  static constexpr Fault fault = Fault::bad_argument;
};
/// There is a private key to register with.
struct HasIdentity {
  static constexpr Fault fault = Fault::bad_argument;
};
/// The server's key is the one that the client expects, where it expects one.
struct ServerIsPinned {
  static constexpr Fault fault = Fault::unexpected_key;
};
/// None of the four agreements is all zero (RFC 7748, section 6.1).
struct KeysAgree {
  static constexpr Fault fault = Fault::low_order_key;
};
/// The response is to this challenge, of this server (profile, "Client and server").
struct ResponseIsForUs {
  static constexpr Fault fault = Fault::wrong_session;
};
/// The client has dialled one of the server's own names (profile, "Client and server").
struct AudienceIsOurs {
  static constexpr Fault fault = Fault::wrong_audience;
};
/// The proof is a MAC of the transcript by whoever has the keys.
struct PeerProves {
  static constexpr Fault fault = Fault::not_authentic;
};
/// A receipt is for a message that was sent.
struct ReceiptIsOurs {
  static constexpr Fault fault = Fault::malformed;
};
/// Application data has at most `payload_size_max` bytes.
struct PayloadFits {
  static constexpr Fault fault = Fault::too_large;
};
/// The client's transport has taken enough of what was sent before (profile, "Router").
struct QueueHasRoom {
  static constexpr Fault fault = Fault::back_pressure;
};
/// The client has not sent more frames than are answered (profile, "Router").
struct PaceIsKept {
  static constexpr Fault fault = Fault::limit_reached;
};
/// One key and nonce seal one frame: there is a counter left.
struct CounterIsLeft {
  static constexpr Fault fault = Fault::limit_reached;
};

}  // namespace handfast::registration
