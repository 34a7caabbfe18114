#pragma once

// The rules by which a handler may refuse an input, and the fault that each of them names.

#include "handfast/core/fault.hpp"

namespace handfast::udp {

/// The configuration can work: no time is zero or without end, no count is zero.
struct ConfigIsSound {
  static constexpr Fault fault = Fault::bad_argument;
};
/// The server's key is known, where the configuration says that it must be.
struct PinIsThere {
  static constexpr Fault fault = Fault::bad_argument;
};
/// Application data has at most `payload_size_max` bytes.
struct PayloadFits {
  static constexpr Fault fault = Fault::too_large;
};
/// The random source gave what was asked for.
struct RandomSourceWorks {
  static constexpr Fault fault = Fault::random_source_failed;
};
/// No agreement is all zero (RFC 7748, section 6.1).
struct KeysAgree {
  static constexpr Fault fault = Fault::low_order_key;
};
/// A cookie comes from the server's address, with the nonce of the Connect that waits: nobody else
/// can know it who does not see what we send.
struct CookieIsOurs {
  static constexpr Fault fault = Fault::not_authentic;
};
/// Few cookies for each time that Connect is said: a forged one that comes first does not keep out
/// the server's, and who forges them makes us say no more than five times as much.
struct CookiesAreFew {
  static constexpr Fault fault = Fault::stale;
};
/// An answer is to the Connect that waits for one, in the mode that it asked for: a client that
/// knows the server's key takes no other.
struct AnswerIsOurs {
  static constexpr Fault fault = Fault::wrong_session;
};
/// The proof is a MAC by whoever has the keys.
struct PeerProves {
  static constexpr Fault fault = Fault::not_authentic;
};
/// What a Connect does not use is zero.
struct ConnectIsSound {
  static constexpr Fault fault = Fault::malformed;
};
/// The server has a key, where the client wants to see that it does.
struct ServerHasKey {
  static constexpr Fault fault = Fault::unexpected_key;
};
/// The session to go on from is kept here, and was not gone on from.
struct ResumptionIsKnown {
  static constexpr Fault fault = Fault::stale;
};
/// Nobody else is about to connect, or has been for too long.
struct PlaceIsFree {
  static constexpr Fault fault = Fault::back_pressure;
};
/// What names this session opens with its keys. Always broken, by an input that does not.
struct PacketIsAuthentic {
  static constexpr Fault fault = Fault::not_authentic;
};
/// The session has numbers and epochs left for data.
struct KeysHaveRoom {
  static constexpr Fault fault = Fault::limit_reached;
};
/// The other side has opened what it must have before more comes under newer keys.
struct PeerFollows {
  static constexpr Fault fault = Fault::back_pressure;
};
/// The address is proven, or what goes there is paid for.
struct PathHasCredit {
  static constexpr Fault fault = Fault::back_pressure;
};
/// The address is proven.
struct PathIsProven {
  static constexpr Fault fault = Fault::back_pressure;
};
/// What another session can go on from has not been given away.
struct ResumptionIsLeft {
  static constexpr Fault fault = Fault::limit_reached;
};

}  // namespace handfast::udp
