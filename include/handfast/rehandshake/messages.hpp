#pragma once

// What the two sides say, in the hardened profile: one message a frame of the transport, such as a
// WebSocket's, eight bytes of header before it. Every bit of every message is covered by a proof.

#include "handfast/core/events.hpp"
#include "handfast/rehandshake/events.hpp"
#include "handfast/wire/shape.hpp"

namespace handfast::rehandshake {

// Names of keys, for layouts only: what an attacker would need; and of what both know beside them.
struct InitiatorProofKey;
struct ResponderProofKey;
struct ChannelBindingBytes;

/// The header, as the first fields of a layout, and the fields after it. There are no flags, and
/// the length is that of the rest, exactly.
template <FixedString Name, std::uint8_t type, std::size_t payload_size_max, class... Fields>
using Layout =
    wire::Layout<Name, wire::Version<"version", std::uint8_t{2}>, wire::Type<"type", type>,
                 wire::Constant<"flags", std::uint16_t{0}>,
                 wire::LengthOfRest<"length", std::uint32_t, payload_size_max>, Fields...>;

/// Initiator to responder: we have the keys; have you? 96 bytes.
struct Request {
  SessionId session{};
  Challenge challenge{};
  std::uint64_t timestamp = 0;  // milliseconds since the Unix epoch
  Proof proof{};
  using layout = Layout<"request", 0x30, 88, wire::Field<"session_id", &Request::session>,
                        wire::Field<"challenge", &Request::challenge, wire::Fresh>,
                        wire::Field<"timestamp", &Request::timestamp, wire::Clock>,
                        wire::Field<"proof", &Request::proof,
                                    wire::Mac<InitiatorProofKey, ChannelBindingBytes, wire::All>>>;
  static constexpr std::size_t size = 96;  // bytes
};

/// Responder to initiator: yes, and here is another challenge. 96 bytes. The same REQUEST gets the
/// same answer as long as it is the one that is answered.
struct Response {
  SessionId session{};
  Challenge challenge{};
  std::uint64_t timestamp = 0;
  Proof proof{};
  using layout =
      Layout<"response", 0x31, 88, wire::Field<"session_id", &Response::session>,
             wire::Field<"challenge", &Response::challenge, wire::Fresh>,
             wire::Field<"timestamp", &Response::timestamp, wire::Clock>,
             wire::Field<"proof", &Response::proof,
                         wire::Mac<ResponderProofKey, ChannelBindingBytes, Request, wire::All>>>;
  static constexpr std::size_t size = 96;  // bytes
};

/// Initiator to responder: it is us now, not somebody who has kept an old REQUEST. 64 bytes.
struct Complete {
  SessionId session{};
  std::uint64_t timestamp = 0;
  Proof proof{};
  using layout = Layout<
      "complete", 0x32, 56, wire::Field<"session_id", &Complete::session>,
      wire::Field<"timestamp", &Complete::timestamp, wire::Clock>,
      wire::Field<"proof", &Complete::proof,
                  wire::Mac<InitiatorProofKey, ChannelBindingBytes, Request, Response, wire::All>>>;
  static constexpr std::size_t size = 64;  // bytes
};

static_assert(wire::encoded_size<Request> == Request::size);
static_assert(wire::encoded_size<Response> == Response::size);
static_assert(wire::encoded_size<Complete> == Complete::size);
static_assert(Response::size <= Request::size,
              "what is answered is not larger than what was asked");

/// Messages as they went or came: what a later proof is over.
using RequestBytes = std::array<std::uint8_t, Request::size>;
using ResponseBytes = std::array<std::uint8_t, Response::size>;

// What the application can ask for. In any other state than those named: `not_allowed_now`. After
// a fault the state is as before.

/// Initiator and peer, wherever no exchange is under way: begin one, then `AwaitingResponse`.
/// `bad_argument` for a configuration that cannot work; `random_source_failed`.
struct Start {
  Cause cause = Cause::connected;
};
/// Any role, as long as it is not over: from now on these keys of the same session, then `Idle`.
/// Read during the call only. `bad_argument` for no keys, another session's, or an epoch that is
/// not later. Both sides must have them: until then nothing that the other says is authentic.
struct Rotate {
  const SessionKeys* keys = nullptr;
};
/// Any role: forget the keys, then `Ended`.
struct Stop {};

// What time can do, besides what events.hpp has.

struct RetryDue {};    // the pause after an attempt is over
struct PeriodOver {};  // the last time was long enough ago

// What the application is told, besides the events of core/events.hpp and `AttemptEnded`.

/// No further attempt is made: what there was before is what there is.
struct FellBack {};

}  // namespace handfast::rehandshake
