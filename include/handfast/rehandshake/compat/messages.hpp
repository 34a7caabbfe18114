#pragma once

// What the deployed programs say to each other: one message a WebSocket frame, a header of eight
// bytes before it. Their decoder takes any flags, and whatever follows the last field.

#include "handfast/rehandshake/events.hpp"
#include "handfast/wire/shape.hpp"

namespace handfast::rehandshake::compat {

inline constexpr std::size_t payload_size_max = 65535;  // bytes
inline constexpr std::size_t frame_size_max = header_size + payload_size_max;

// A key, for layouts only: the sender's, in whichever role.
struct SenderTx;

/// The header, as the first fields of a layout, and any fields after it.
template <FixedString Name, std::uint8_t type, auto flags, class... Fields>
using Layout =
    wire::Layout<Name, wire::Lenient, wire::Version<"version", std::uint8_t{1}>,
                 wire::Type<"type", type>, wire::Field<"flags", flags, wire::Public>,
                 wire::LengthOfRest<"length", std::uint32_t, payload_size_max>, Fields...>;

/// Initiator to responder: prove that you have the keys. 64 bytes.
struct Request {
  std::uint16_t flags = 0;
  SessionId session{};
  Challenge challenge{};
  std::uint64_t timestamp = 0;  // milliseconds since the Unix epoch
  using layout =
      Layout<"request", 0x30, &Request::flags, wire::Field<"session_id", &Request::session>,
             wire::Field<"challenge", &Request::challenge, wire::Fresh>,
             wire::Field<"timestamp", &Request::timestamp, wire::Clock>>;
  static constexpr std::size_t size = 64;  // bytes
};

/// Responder to initiator: a MAC over the challenge and nothing else; now you. 96 bytes.
struct Response {
  std::uint16_t flags = 0;
  SessionId session{};
  Proof proof{};
  Challenge challenge{};
  std::uint64_t timestamp = 0;
  using layout = Layout<
      "response", 0x31, &Response::flags, wire::Field<"session_id", &Response::session>,
      wire::Field<"proof", &Response::proof, wire::Mac<SenderTx, wire::In<Request, "challenge">>>,
      wire::Field<"challenge", &Response::challenge, wire::Fresh>,
      wire::Field<"timestamp", &Response::timestamp, wire::Clock>>;
  static constexpr std::size_t size = 96;  // bytes
};

/// Initiator to responder: a MAC over the counter-challenge and nothing else. 64 bytes.
struct Complete {
  std::uint16_t flags = 0;
  SessionId session{};
  Proof proof{};
  std::uint64_t timestamp = 0;
  using layout = Layout<
      "complete", 0x32, &Complete::flags, wire::Field<"session_id", &Complete::session>,
      wire::Field<"proof", &Complete::proof, wire::Mac<SenderTx, wire::In<Response, "challenge">>>,
      wire::Field<"timestamp", &Complete::timestamp, wire::Clock>>;
  static constexpr std::size_t size = 64;  // bytes
};

static_assert(wire::encoded_size<Request> == Request::size);
static_assert(wire::encoded_size<Response> == Response::size);
static_assert(wire::encoded_size<Complete> == Complete::size);

// The neighbours on the same connection. The roles here neither send nor take them.

/// The sender is there. 8 bytes.
struct Heartbeat {
  std::uint16_t flags = 0;
  using layout = Layout<"heartbeat", 0x05, &Heartbeat::flags>;
};
/// So is the other one. 8 bytes.
struct HeartbeatAck {
  std::uint16_t flags = 0;
  using layout = Layout<"heartbeat_ack", 0x06, &HeartbeatAck::flags>;
};

/// Something went wrong, in the open.
struct Error {
  std::uint16_t flags = 0;
  std::uint16_t code = 0;
  std::string_view text;
  using layout = Layout<"error", 0x0E, &Error::flags, wire::Field<"code", &Error::code>,
                        wire::Field<"text", &Error::text, wire::Bounded<0, payload_size_max - 2>>>;
};
/// The connection is over: anybody between the two can say so.
struct Close {
  std::uint16_t flags = 0;
  std::uint16_t code = 0;
  std::string_view text;
  using layout = Layout<"close", 0x0F, &Close::flags, wire::Field<"code", &Close::code>,
                        wire::Field<"text", &Close::text, wire::Bounded<0, payload_size_max - 2>>>;
};

/// Application data: a counter from 1, in the open; then nonce (12 bytes), ciphertext, tag (16).
struct DataFrame {
  std::uint16_t flags = 0;
  std::uint64_t counter = 0;
  Bytes sealed;
  static constexpr std::size_t overhead = 8 + 12 + 16;  // bytes of the payload
  using layout =
      Layout<"data_frame", 0x10, &DataFrame::flags,
             wire::Field<"counter", &DataFrame::counter, wire::Counter>,
             wire::Field<"sealed", &DataFrame::sealed, wire::Sealed<SenderTx, wire::Payload>,
                         wire::Bounded<0, payload_size_max - 8>>>;
};

// Commands.

/// Initiator: have the other side prove its keys. From any state but the one that waits for it.
struct Start {
  Cause cause = Cause::connected;
};
/// Either: forget the keys.
struct Stop {};

}  // namespace handfast::rehandshake::compat
