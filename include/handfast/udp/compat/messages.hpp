#pragma once

// What the deployed programs say to each other: in the handshake one Fernet token a datagram around
// a JSON object, under a key that everybody knows; afterwards one sealed packet a datagram.

#include <array>
#include <string>

#include "handfast/crypto/x25519.hpp"
#include "handfast/wire/layout.hpp"

namespace handfast::udp::compat {

inline constexpr std::size_t datagram_size_max = 65507;  // bytes: what IPv4 and UDP leave
inline constexpr std::size_t error_size_max = 512;       // bytes of what an error says
inline constexpr std::size_t nonce_size = 12;            // bytes
inline constexpr std::size_t tag_size = 16;              // bytes
inline constexpr std::size_t header_size = 20;           // bytes, v0_8: sealed, before the payload
inline constexpr std::size_t heartbeat_hops = 4;         // v0_8: sequences 3, 2, 1, 0
/// The most bytes of application data in one packet, in either revision.
inline constexpr std::size_t payload_size_max =
    datagram_size_max - nonce_size - header_size - tag_size;

// Keys, for layouts only.
struct ClientEphemeral;
struct ServerEphemeral;
struct ObfuscationKey;  // public
struct SessionKey;      // one, both ways

// The handshake.

/// Client to server: make a key with this one.
struct Connect {
  x25519::PublicKey key;
  using layout =
      wire::Layout<"connect", wire::Lenient, wire::LastWins, wire::Spaced,
                   wire::Type<"cmd", "connect">,
                   wire::Field<"pubkey", &Connect::key, wire::PublicKeyOf<ClientEphemeral>,
                               wire::Base64UrlPadded, wire::AsDeployed>>;
};

/// Server to client: with mine it is made.
struct Connected {
  x25519::PublicKey key;
  using layout =
      wire::Layout<"connected", wire::Lenient, wire::LastWins, wire::Spaced,
                   wire::Type<"cmd", "connected">,
                   wire::Field<"pubkey", &Connected::key, wire::PublicKeyOf<ServerEphemeral>,
                               wire::Base64UrlPadded, wire::AsDeployed>>;
};

/// Server to client, v0_8: it has no ports left, or says something else.
struct Error {
  std::string message;
  using layout = wire::Layout<
      "error", wire::Lenient, wire::LastWins, wire::Spaced, wire::Type<"cmd", "error">,
      wire::Field<"message", &Error::message, wire::Public, wire::Bounded<0, error_size_max>>>;
};

/// One of these in a datagram. In v0_8 eight bytes go before the JSON, a counter that nobody reads.
struct Token {
  Bytes text;  // base64url, with padding
  using Contents = List<Connect, Connected, Error>;
  using layout =
      wire::Layout<"token",
                   wire::Field<"token", &Token::text, wire::Sealed<ObfuscationKey, wire::Payload>>>;
};

// Packets.

struct Data;
struct Ports;
struct Heartbeat;
struct Ack;

/// A sealed datagram. Nothing in it says who sent it, or when.
struct Packet {
  std::array<std::uint8_t, nonce_size> nonce{};
  Bytes ciphertext;  // with its tag
  using Contents = List<Data, Ports, Heartbeat, Ack>;
  using layout = wire::Layout<
      "packet", wire::Field<"nonce", &Packet::nonce, wire::Fresh>,
      wire::Field<"ciphertext", &Packet::ciphertext, wire::Sealed<SessionKey, wire::Payload>,
                  wire::Bounded<tag_size, datagram_size_max - nonce_size>>>;
};

/// What goes before a payload in v0_8, where it means something to the applications.
struct Header {
  std::uint8_t flags = 0;
  std::uint32_t channel = 0;  // 0 to 2^24 - 1; 0 is for the programs themselves
  std::uint64_t sequence = 0;
  std::uint64_t offset = 0;
  static constexpr std::uint32_t channel_max = 0xFFFFFF;
  bool operator==(const Header&) const = default;
};

/// Application data, opened; the header stays zero in `documented`.
struct Data {
  std::uint8_t flags = 0;
  std::uint32_t channel = 0;
  std::uint64_t sequence = 0;
  std::uint64_t offset = 0;
  Bytes payload;
  static constexpr bool application_data = true;
  using layout = wire::Layout<
      "data", wire::Field<"flags", &Data::flags, wire::Public>,
      wire::Field<"channel", &Data::channel, wire::Public, wire::InBytes<3>>,
      wire::Field<"sequence", &Data::sequence, wire::Counter>,
      wire::Field<"offset", &Data::offset, wire::Counter>,
      wire::Field<"payload", &Data::payload, wire::Payload, wire::Bounded<0, payload_size_max>>>;
};

/// Server to client, v0_8: the ports for what follows.
struct Ports {
  std::uint16_t control = 0;
  std::uint16_t up = 0;
  std::uint16_t down = 0;
  bool operator==(const Ports&) const = default;
  using layout =
      wire::Layout<"ports", wire::Lenient, wire::LastWins, wire::Spaced, wire::Type<"cmd", "ports">,
                   wire::Field<"ctrl_port", &Ports::control, wire::Public>,
                   wire::Field<"up_port", &Ports::up, wire::Public>,
                   wire::Field<"dn_port", &Ports::down, wire::Public>>;
};

/// Either way, v0_8: goes back and forth until its sequence is 0, and takes the time with it at
/// each hop.
struct Heartbeat {
  std::uint64_t sequence = 0;  // 3 to 0
  Bytes times{};               // u64 each, milliseconds since the Unix epoch
  using layout = wire::Layout<
      "heartbeat", wire::Type<"flags", std::uint8_t{0x13}>,
      wire::Constant<"channel", std::uint16_t{0}>, wire::Constant<"channel_low", std::uint8_t{0}>,
      wire::Field<"sequence", &Heartbeat::sequence, wire::Counter,
                  wire::Range<0, heartbeat_hops - 1>>,
      wire::Constant<"offset", std::uint64_t{0}>,
      wire::Field<"times", &Heartbeat::times, wire::Clock, wire::Bounded<8, 8 * heartbeat_hops>>>;
};

/// Either way, v0_8: the packet of this channel and sequence has come.
struct Ack {
  std::uint32_t channel = 0;
  std::uint64_t sequence = 0;
  using layout =
      wire::Layout<"ack", wire::Type<"flags", std::uint8_t{0x40}>,
                   wire::Field<"channel", &Ack::channel, wire::Public, wire::InBytes<3>>,
                   wire::Field<"sequence", &Ack::sequence, wire::Counter>,
                   wire::Constant<"offset", std::uint64_t{0}>, wire::Constant<"payload", "ACK">>;
};

// Commands.

/// Client: connect.
struct Start {};
/// Either: send this, at most `payload_size_max` bytes; `documented` has no place for a header.
struct Send {
  Bytes payload;
  Header header{};
};
/// Either, v0_8: acknowledge a packet that was delivered.
struct Acknowledge {
  std::uint32_t channel = 0;
  std::uint64_t sequence = 0;
};
/// Either, v0_8: begin a heartbeat.
struct Beat {};
/// Either: forget the session. The peer is not told: the wire has nothing for it.
struct Leave {};

// Events, besides those that all protocols have.

/// The peer's, or anybody's who has repeated it.
struct Delivered {
  Header header;
  Bytes payload;
};
/// Client, v0_8: the server has refused, and says this.
struct Refused {
  std::string message;
};
/// Client, v0_8.
struct PortsTold {
  Ports ports;
};
/// v0_8: by the peer's word.
struct Acknowledged {
  std::uint32_t channel = 0;
  std::uint64_t sequence = 0;
};
/// v0_8: the heartbeat has come to its end: the times at which it was passed on, in milliseconds
/// since the Unix epoch, by the clocks of both in turn.
struct HeartbeatEnded {
  std::array<std::uint64_t, heartbeat_hops> times{};
};

// Timers.

/// Client: no answer yet.
struct RetryDue {};
/// Server, v0_8: the client has been connected for a while.
struct PortsDue {};

}  // namespace handfast::udp::compat
