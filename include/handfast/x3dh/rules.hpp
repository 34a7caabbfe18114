#pragma once

// The rules by which a handler may refuse an input, and the fault that each of them names.

#include "handfast/core/fault.hpp"

namespace handfast::x3dh {

/// There is an identity, a connection, for the issuer a signed pre-key, and a configuration that
/// can work.
struct ConfigIsSound {
  static constexpr Fault fault = Fault::bad_argument;
};
/// The random source gave a key or a salt.
struct RandomSourceWorks {
  static constexpr Fault fault = Fault::random_source_failed;
};
/// The bundle is for this connection.
struct ConnectionIsOurs {
  static constexpr Fault fault = Fault::wrong_session;
};
/// The issuer is who the application expects, where it said so (X3DH, section 4.1), and not
/// ourselves.
struct PeerIsExpected {
  static constexpr Fault fault = Fault::unexpected_key;
};
/// The bundle was signed with the identity key that is in it (X3DH, section 3.3; without, who
/// carries it could put in pre-keys of his own: section 4.5).
struct SignatureIsValid {
  static constexpr Fault fault = Fault::not_authentic;
};
/// The bundle has a one-time pre-key, where the application wants one: without, the issuer's identity
/// key and signed pre-key open a first message that was recorded (X3DH, sections 4.6 and 4.7).
struct OneTimeKeyIsThere {
  static constexpr Fault fault = Fault::limit_reached;
};
/// No agreement gave zeros (RFC 7748, section 6.1).
struct KeysAgree {
  static constexpr Fault fault = Fault::low_order_key;
};
/// There is something to say.
struct PayloadIsThere {
  static constexpr Fault fault = Fault::bad_argument;
};
/// It fits a message.
struct PayloadFits {
  static constexpr Fault fault = Fault::too_large;
};
/// The issuer has not answered yet, and could still follow if all that was said were lost: fewer
/// than the receiver skips (Double Ratchet, section 3.1, MAX_SKIP).
struct FewEnoughUnanswered {
  static constexpr Fault fault = Fault::back_pressure;
};
/// The chain has another number: those of the Double Ratchet's header are 32 bits here, and none is
/// used twice (section 3.4).
struct ChainHasNumbers {
  static constexpr Fault fault = Fault::limit_reached;
};
/// The application wants its user to have compared fingerprints, and he has (X3DH, section 4.1).
struct PeerIsVerified {
  static constexpr Fault fault = Fault::unexpected_key;
};
/// The fingerprint is that of both identity keys.
struct FingerprintIsRight {
  static constexpr Fault fault = Fault::unexpected_key;
};

}  // namespace handfast::x3dh
