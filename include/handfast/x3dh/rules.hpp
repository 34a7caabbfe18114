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
/// The issuer is who the application expects, where it said so, and not ourselves.
struct PeerIsExpected {
  static constexpr Fault fault = Fault::unexpected_key;
};
/// The bundle was signed with the identity key that is in it (X3DH, section 3.3).
struct SignatureIsValid {
  static constexpr Fault fault = Fault::not_authentic;
};
/// The bundle has a one-time pre-key, where the application wants one: without, whoever has
/// recorded the first message and gets the signed pre-key can read it.
struct OneTimeKeyIsThere {
  static constexpr Fault fault = Fault::limit_reached;
};
/// No agreement gave zeros.
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
/// The issuer has not answered yet, and could still follow if all that was said were lost.
struct FewEnoughUnanswered {
  static constexpr Fault fault = Fault::back_pressure;
};
/// The chain has another number.
struct ChainHasNumbers {
  static constexpr Fault fault = Fault::limit_reached;
};
/// The application wants its user to have compared fingerprints, and he has.
struct PeerIsVerified {
  static constexpr Fault fault = Fault::unexpected_key;
};
/// The fingerprint is that of both identity keys.
struct FingerprintIsRight {
  static constexpr Fault fault = Fault::unexpected_key;
};

}  // namespace handfast::x3dh
