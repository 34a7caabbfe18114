#pragma once

// What client and server say to each other, what their applications can ask of them, and what they
// tell it.

#include <string>

#include "handfast/core/events.hpp"
#include "handfast/crypto/x25519.hpp"
#include "handfast/registration/profiles.hpp"
#include "handfast/wire/layout.hpp"

namespace handfast::registration {

// Names of keys, for layouts only: what an attacker would need.
struct ClientIdentity;
struct ServerIdentity;
struct ClientEphemeral;
struct ServerEphemeral;
struct ClientProofKey;
struct ServerProofKey;
struct FrameKey;  // one each way

// Registration: one JSON object each, in the names of the document.

/// Server to client: prove that the key is yours. `nonce` is a new X25519 key of the server's.
struct Challenge {
  x25519::PublicKey from;
  x25519::PublicKey nonce;
  std::string text;
  using layout = wire::Layout<
      "challenge", wire::Canonical, wire::Version<"version", std::uint8_t{2}>,
      wire::Type<"type", "CHALLENGE">,
      wire::Field<"from", &Challenge::from, wire::PublicKeyOf<ServerIdentity>, wire::Base64Url>,
      wire::Field<"nonce", &Challenge::nonce, wire::PublicKeyOf<ServerEphemeral>, wire::Base64Url>,
      wire::Field<"challengeText", &Challenge::text, wire::Public,
                  wire::Bounded<0, text_size_max>>>;
};

/// Client to server: it is, and this is whom I believe to talk to. `nonce` is a new X25519 key of the
/// client's; `audience` the host and port that it has dialled; `proof` a MAC over the transcript hash.
struct ChallengeResponse {
  x25519::PublicKey from;
  x25519::PublicKey to;
  x25519::PublicKey nonce;
  std::string audience;
  std::array<std::uint8_t, 32> proof{};
  using layout = wire::Layout<
      "challenge_response", wire::Canonical, wire::Version<"version", std::uint8_t{2}>,
      wire::Type<"type", "CHALLENGE_RESPONSE">,
      wire::Field<"from", &ChallengeResponse::from, wire::PublicKeyOf<ClientIdentity>,
                  wire::Base64Url>,
      wire::Field<"to", &ChallengeResponse::to, wire::PublicKeyOf<ServerIdentity>, wire::Base64Url>,
      wire::Field<"nonce", &ChallengeResponse::nonce, wire::PublicKeyOf<ClientEphemeral>,
                  wire::Base64Url>,
      wire::Field<"audience", &ChallengeResponse::audience, wire::Public,
                  wire::Bounded<1, audience_size_max>>,
      wire::Field<"proof", &ChallengeResponse::proof,
                  wire::Mac<ClientProofKey, Challenge, wire::All>, wire::Base64Url>>;
};

/// Server to client: you are registered; `replaced` where another connection with the same key had to
/// go. `proof` is a MAC over the transcript hash and that: the server has the keys too.
struct RegisterSuccess {
  bool replaced = false;
  std::array<std::uint8_t, 32> proof{};
  using layout =
      wire::Layout<"register_success", wire::Canonical, wire::Version<"version", std::uint8_t{2}>,
                   wire::Type<"type", "REGISTER_SUCCESS">,
                   wire::Field<"replaced", &RegisterSuccess::replaced>,
                   wire::Field<"proof", &RegisterSuccess::proof,
                               wire::Mac<ServerProofKey, Challenge, ChallengeResponse, wire::All>,
                               wire::Base64Url>>;
};

/// Server to client, whose key it knows now: you are not, for another connection has registered with
/// it and stays. Whatever else is wrong the server closes the connection, and does not say why.
struct RegisterFailure {
  std::array<std::uint8_t, 32> proof{};
  using layout =
      wire::Layout<"register_failure", wire::Canonical, wire::Version<"version", std::uint8_t{2}>,
                   wire::Type<"type", "REGISTER_FAILURE">,
                   wire::Field<"proof", &RegisterFailure::proof,
                               wire::Mac<ServerProofKey, Challenge, ChallengeResponse, wire::All>,
                               wire::Base64Url>>;
};

// Frames of the registered: 9 bytes of header, then the sealed contents.

struct Route;
struct Routed;
struct Receipt;
struct Ping;
struct Pong;
struct Superseded;

/// A frame of the registered: a version byte, counter (8 bytes), ciphertext, tag (16). The counter
/// begins at 1 each way, only rises, and is the nonce; with the version byte it is the associated
/// data. `ciphertext` includes the tag.
struct Record {
  std::uint64_t counter = 0;
  Bytes ciphertext;
  using Contents = List<Route, Routed, Receipt, Ping, Pong, Superseded>;
  using layout =
      wire::Layout<"record", wire::Version<"version", std::uint8_t{2}>,
                   wire::Field<"counter", &Record::counter, wire::Counter>,
                   wire::Field<"ciphertext", &Record::ciphertext,
                               wire::Sealed<FrameKey, Contents, wire::Of<"version", "counter">>,
                               wire::Bounded<17, frame_size_max - 9>>>;
  static constexpr std::size_t header_size = 9;  // bytes
};

/// Client to server: for `recipient`. `id` names the message in its receipt. 41 bytes and the payload.
struct Route {
  std::uint64_t id = 0;
  x25519::PublicKey recipient;
  Bytes payload;
  static constexpr bool application_data = true;
  using layout = wire::Layout<
      "route", wire::Type<"type", std::uint8_t{1}>, wire::Field<"id", &Route::id, wire::Counter>,
      wire::Field<"recipient", &Route::recipient, wire::PublicKeyOf<ClientIdentity>>,
      wire::Field<"payload", &Route::payload, wire::Payload, wire::Bounded<0, payload_size_max>>>;
};

/// Server to client: from `sender`. 33 bytes and the payload.
struct Routed {
  x25519::PublicKey sender;
  Bytes payload;
  static constexpr bool application_data = true;
  using layout = wire::Layout<
      "routed", wire::Type<"type", std::uint8_t{2}>,
      wire::Field<"sender", &Routed::sender, wire::PublicKeyOf<ClientIdentity>>,
      wire::Field<"payload", &Routed::payload, wire::Payload, wire::Bounded<0, payload_size_max>>>;
};

/// What became of a message: it is on the recipient's connection; there is none with that key; the
/// recipient takes no more for now.
enum class Fate : std::uint8_t { forwarded = 1, not_available, busy };

/// Server to client: what became of message `id`. 10 bytes.
struct Receipt {
  std::uint64_t id = 0;
  Fate fate = Fate::forwarded;
  using layout =
      wire::Layout<"receipt", wire::Type<"type", std::uint8_t{3}>,
                   wire::Field<"id", &Receipt::id, wire::Counter>,
                   wire::Field<"fate", &Receipt::fate,
                               wire::OneOf<Fate::forwarded, Fate::not_available, Fate::busy>>>;
};

/// Client to server: I am here. 1 byte.
struct Ping {
  using layout = wire::Layout<"ping", wire::Type<"type", std::uint8_t{4}>>;
};
/// Server to client: so am I. 1 byte.
struct Pong {
  using layout = wire::Layout<"pong", wire::Type<"type", std::uint8_t{5}>>;
};
/// Server to client: the same key has registered on another connection. 1 byte.
struct Superseded {
  using layout = wire::Layout<"superseded", wire::Type<"type", std::uint8_t{6}>>;
};

// What the application can ask for. In any other state than those named: `not_allowed_now`. After a
// fault the state is as before.

/// Client, in `Idle`: a transport to a server is open; then `AwaitingChallenge`. `bad_argument`
/// without a key, and where `Config::audience` is none.
struct Connect {};
/// Client, in `Registered`: hand `payload`, at most `payload_size_max` bytes, to the client with this
/// key; `Sent` tells the id. `too_large`.
struct Send {
  x25519::PublicKey recipient;
  Bytes payload;
};
/// Server, in `Idle`: a client has connected; then `AwaitingResponse`. `random_source_failed`,
/// `bad_argument` without a key, without names, or for a challenge text that is too long.
struct Accept {};
/// Server, in `Admitting`: take the client in, in the place of another connection or not; then
/// `Registered`.
struct Admit {
  bool replaced = false;
};
/// Server, in `Admitting`: do not, the other connection with its key stays; then `Ended`.
struct Decline {};
/// Server, in `Registered`: the same key has registered elsewhere; then `Leaving`. `limit_reached`.
struct Supersede {};
/// Server, in `Registered`: a message for this client. `back_pressure` where more than
/// `Config::queue_max` bytes would wait for its transport; `too_large`; `limit_reached`.
struct Deliver {
  x25519::PublicKey sender;
  Bytes payload;
};
/// Server, in `Registered`: what became of message `id` of this client's. Who reads nothing of what
/// it is sent is not told.
struct Report {
  std::uint64_t id = 0;
  Fate fate = Fate::forwarded;
};
/// Server, in `Registered`: the transport has taken `size` more bytes of what was sent to this client.
struct Drained {
  std::size_t size = 0;
};

// What time can do.

struct ChallengeOverdue {};  // the server says nothing
struct ResultOverdue {};     // the server does not say whether the client is registered
struct ResponseOverdue {};   // the client does not answer the challenge
struct AdmissionOverdue {};  // nobody has said whether to take the client in
struct LeaveOverdue {};      // the connection of a client that was superseded is still there
struct KeepaliveDue {};      // nothing was sent for a while
struct PeerSilent {};        // nothing authentic came for too long

// What the application is told, besides the events of core/events.hpp. Views are valid until the
// next call.

/// Server: whoever is on this connection has `key`; say `Admit` or `Decline`.
struct Proven {
  x25519::PublicKey key;
};
/// Server: the client wants this handed to `recipient`; say what became of it with `Report`.
struct Forward {
  std::uint64_t id = 0;
  x25519::PublicKey recipient;
  Bytes payload;
};
/// Client: it is registered; `replaced` where another connection with its key had to go.
struct Admitted {
  bool replaced = false;
};
/// Client: the message was sent as `id`.
struct Sent {
  std::uint64_t id = 0;
};
/// Client: what became of message `id`, by the server's word.
struct Receipted {
  std::uint64_t id = 0;
  Fate fate = Fate::forwarded;
};
/// Client: a message, by the server's word from `sender`.
struct Delivered {
  x25519::PublicKey sender;
  Bytes payload;
};

}  // namespace handfast::registration
