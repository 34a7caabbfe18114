#pragma once

// What the hardened roles say to each other, what the application can ask of them, and what they
// tell it.

#include "handfast/core/events.hpp"
#include "handfast/crypto/x25519.hpp"
#include "handfast/stdio/profiles.hpp"
#include "handfast/wire/layout.hpp"

namespace handfast::stdio {

// Names of keys, for layouts only: what an attacker would need.
struct ParentKey;
struct ChildKey;
struct ParentRekeyKey;
struct ChildRekeyKey;
struct ConfirmationKey;
struct MessageKey;

// The bootstrap: one line each way on the child's standard streams.

/// Parent to child: one line on standard input.
struct Offer {
  x25519::PublicKey key;
  using layout = wire::Layout<
      "offer", wire::Canonical, wire::Version<"version", std::uint8_t{2}>,
      wire::Field<"public_key", &Offer::key, wire::PublicKeyOf<ParentKey>, wire::Base64>>;
};

/// Child to parent: one line on standard output. `port` is where the channel is served, 0 where it
/// has no port. `confirmation` is a MAC over the transcript hash: the child has the keys.
struct Answer {
  x25519::PublicKey key;
  std::uint16_t port = 0;
  std::array<std::uint8_t, 32> confirmation{};
  using layout = wire::Layout<
      "answer", wire::Canonical, wire::Version<"version", std::uint8_t{2}>,
      wire::Field<"public_key", &Answer::key, wire::PublicKeyOf<ChildKey>, wire::Base64>,
      wire::Field<"port", &Answer::port, wire::Public>,
      wire::Field<"confirmation", &Answer::confirmation,
                  wire::Mac<ConfirmationKey, Offer, wire::All>, wire::Base64>>;
};

// Records on the channel: 25 bytes of header, then the sealed contents.

struct Request;
struct Response;
struct Keepalive;
struct KeepaliveAck;
struct RekeyRequest;
struct RekeyResponse;
struct ShutdownRequest;
struct ShutdownAck;
struct Notice;

/// A record: a version byte, epoch (4 bytes), sequence (8), nonce (12), ciphertext, tag (16). Epoch
/// and sequence are in the associated data (associated_data.hpp); the sequence begins at 1 in every
/// epoch. `ciphertext` includes the tag; sealed contents have at least 9 bytes.
struct Record {
  std::uint32_t epoch = 0;
  std::uint64_t sequence = 0;
  std::array<std::uint8_t, 12> nonce{};
  Bytes ciphertext;
  using Contents = List<Request, Response, Keepalive, KeepaliveAck, RekeyRequest, RekeyResponse,
                        ShutdownRequest, ShutdownAck, Notice>;
  using layout = wire::Layout<
      "record", wire::Version<"version", std::uint8_t{2}>,
      wire::Field<"epoch", &Record::epoch, wire::Counter>,
      wire::Field<"sequence", &Record::sequence, wire::Counter>,
      wire::Field<"nonce", &Record::nonce, wire::Fresh>,
      wire::Field<"ciphertext", &Record::ciphertext,
                  wire::Sealed<MessageKey, Contents, wire::Of<"version", "epoch", "sequence">>,
                  wire::Bounded<25, payload_size_max + 64>>>;
  static constexpr std::size_t header_size = 25;  // bytes
};

// Contents of records. Each begins with its type (1) and the highest sequence of this epoch
// accepted from the peer (8).

/// Parent to child: asks. `correlation` names the question in all its repetitions; `lowest_open` is
/// the lowest one that the parent still waits for. 25 bytes and the payload.
struct Request {
  std::uint64_t acknowledged = 0;
  std::uint64_t correlation = 0;
  std::uint64_t lowest_open = 0;
  Bytes payload;
  static constexpr bool application_data = true;
  using layout = wire::Layout<
      "request", wire::Type<"type", std::uint8_t{1}>,
      wire::Field<"acknowledged", &Request::acknowledged, wire::Counter>,
      wire::Field<"correlation", &Request::correlation, wire::Counter>,
      wire::Field<"lowest_open", &Request::lowest_open, wire::Counter>,
      wire::Field<"payload", &Request::payload, wire::Payload, wire::Bounded<0, payload_size_max>>>;
};

/// Child to parent: answers question `correlation`; `wants_rekey` where the child is near a limit.
/// 18 bytes and the payload.
struct Response {
  std::uint64_t acknowledged = 0;
  std::uint64_t correlation = 0;
  bool wants_rekey = false;
  Bytes payload;
  static constexpr bool application_data = true;
  using layout = wire::Layout<"response", wire::Type<"type", std::uint8_t{2}>,
                              wire::Field<"acknowledged", &Response::acknowledged, wire::Counter>,
                              wire::Field<"correlation", &Response::correlation, wire::Counter>,
                              wire::Field<"wants_rekey", &Response::wants_rekey>,
                              wire::Field<"payload", &Response::payload, wire::Payload,
                                          wire::Bounded<0, payload_size_max>>>;
};

/// Parent to child: I am here; also the first record where no request waits. 9 bytes.
struct Keepalive {
  std::uint64_t acknowledged = 0;
  using layout = wire::Layout<"keepalive", wire::Type<"type", std::uint8_t{3}>,
                              wire::Field<"acknowledged", &Keepalive::acknowledged, wire::Counter>>;
};

/// Child to parent: so am I. 10 bytes.
struct KeepaliveAck {
  std::uint64_t acknowledged = 0;
  bool wants_rekey = false;
  using layout =
      wire::Layout<"keepalive_ack", wire::Type<"type", std::uint8_t{4}>,
                   wire::Field<"acknowledged", &KeepaliveAck::acknowledged, wire::Counter>,
                   wire::Field<"wants_rekey", &KeepaliveAck::wants_rekey>>;
};

/// Parent to child: let `epoch` begin, with this new key. 45 bytes.
struct RekeyRequest {
  std::uint64_t acknowledged = 0;
  std::uint32_t epoch = 0;
  x25519::PublicKey key;
  using layout = wire::Layout<
      "rekey_request", wire::Type<"type", std::uint8_t{5}>,
      wire::Field<"acknowledged", &RekeyRequest::acknowledged, wire::Counter>,
      wire::Field<"epoch", &RekeyRequest::epoch, wire::Counter>,
      wire::Field<"public_key", &RekeyRequest::key, wire::PublicKeyOf<ParentRekeyKey>>>;
};

/// Child to parent: it may; this is mine. A repeated request gets the same key again. 45 bytes.
struct RekeyResponse {
  std::uint64_t acknowledged = 0;
  std::uint32_t epoch = 0;
  x25519::PublicKey key;
  using layout = wire::Layout<
      "rekey_response", wire::Type<"type", std::uint8_t{6}>,
      wire::Field<"acknowledged", &RekeyResponse::acknowledged, wire::Counter>,
      wire::Field<"epoch", &RekeyResponse::epoch, wire::Counter>,
      wire::Field<"public_key", &RekeyResponse::key, wire::PublicKeyOf<ChildRekeyKey>>>;
};

/// Parent to child: this is the end. 9 bytes.
struct ShutdownRequest {
  std::uint64_t acknowledged = 0;
  using layout =
      wire::Layout<"shutdown_request", wire::Type<"type", std::uint8_t{7}>,
                   wire::Field<"acknowledged", &ShutdownRequest::acknowledged, wire::Counter>>;
};

/// Child to parent: understood. 9 bytes.
struct ShutdownAck {
  std::uint64_t acknowledged = 0;
  using layout =
      wire::Layout<"shutdown_ack", wire::Type<"type", std::uint8_t{8}>,
                   wire::Field<"acknowledged", &ShutdownAck::acknowledged, wire::Counter>>;
};

/// Child to parent, only over a duplex pipe: something that nobody asked for; at most once, and not
/// repeated. 10 bytes and the payload.
struct Notice {
  std::uint64_t acknowledged = 0;
  bool wants_rekey = false;
  Bytes payload;
  static constexpr bool application_data = true;
  using layout = wire::Layout<
      "notice", wire::Type<"type", std::uint8_t{9}>,
      wire::Field<"acknowledged", &Notice::acknowledged, wire::Counter>,
      wire::Field<"wants_rekey", &Notice::wants_rekey>,
      wire::Field<"payload", &Notice::payload, wire::Payload, wire::Bounded<0, payload_size_max>>>;
};

// What the application can ask for. In any other state than those named: `not_allowed_now`. After a
// fault the state is as before.

/// Parent, in `Idle`: speak first; then `AwaitingAnswer`. `first_request`, at most
/// `payload_size_max` bytes, goes into the first record; none where it is empty. `too_large`,
/// `bad_argument` for an endpoint of more than 128 bytes, `random_source_failed`.
struct Start {
  Bytes first_request = {};
};
/// Parent, in `Open` or `Rekeying`: ask the child; `Sent` tells the correlation id. `payload` is at
/// most `payload_size_max` bytes and is copied. `too_large`; `back_pressure` while the lowest
/// unanswered id is 64 below the next; `rekey` where the keys are used up, until `Rekeyed`;
/// `random_source_failed`.
struct Send {
  Bytes payload;
};
/// Parent, in `Open`: bring the channel new keys now, before a limit does; then `Rekeying`.
/// `limit_reached`, `random_source_failed`.
struct Rekey {};
/// Parent, in `Open` or `Rekeying`: end the session in order; then `AwaitingShutdownAck`.
/// `limit_reached`, `random_source_failed`.
struct Shutdown {};
/// Parent, in `CleaningUp`: connections are closed and the child's process is gone; then `Ended`.
struct CleanedUp {};
/// Child, in `Offered`: the listener is bound to `port`, 0 where there is none; then
/// `AwaitingFirstRecord`. `low_order_key`, `bad_argument` for an endpoint of more than 128 bytes,
/// `random_source_failed`.
struct Listening {
  std::uint16_t port = 0;
};
/// Child, in `Open`: the answer to the delivered request `correlation`, at most `payload_size_max`
/// bytes, copied. `bad_argument` where no such request is being worked on, `too_large`, `rekey`,
/// `random_source_failed`.
struct Respond {
  std::uint64_t correlation = 0;
  Bytes payload;
};
/// Child, in `Open`, over a duplex pipe: tell the parent something unasked, at most
/// `payload_size_max` bytes, at most once. `not_allowed_now` where the transport is not duplex,
/// `too_large`, `rekey`, `random_source_failed`.
struct Notify {
  Bytes payload;
};

// What time can do.

struct AnswerOverdue {};       // the child never answered
struct FirstRecordOverdue {};  // the parent never confirmed
struct ResponseOverdue {};     // the oldest unanswered request is to be repeated, or given up
struct KeepaliveDue {};        // nothing was sent for a while
struct PeerSilent {};          // nothing authentic came for too long
struct RekeyTime {};           // a limit is near
struct RekeyOverdue {};        // the child has not answered a rekey request
struct ShutdownOverdue {};     // the end will not wait for the peer
struct ShutdownRepeat {};      // the shutdown request may have been lost

// What the application is told, besides the events of core/events.hpp. Views are valid until the
// next call.

/// Parent: the child serves the channel at this port of 127.0.0.1; 0 where the channel has no port.
struct Reachable {
  std::uint16_t port = 0;
};
/// Parent: the request was sent, for the first time, as `correlation`.
struct Sent {
  std::uint64_t correlation = 0;
};
/// Parent: the response to `correlation`; once for each request.
struct Answered {
  std::uint64_t correlation = 0;
  Bytes payload;
};
/// Parent: no response to `correlation` came, however often it was asked. It was executed at most
/// once; whether it was, or still will be by a copy on its way, is unknown.
struct RequestFailed {
  std::uint64_t correlation = 0;
};
/// Parent: the child told this unasked.
struct Noticed {
  Bytes payload;
};
/// Child: the parent's line is here; bind a listener, then say `Listening`.
struct Offered {};
/// Child: a new request; answer it with `Respond`.
struct Delivered {
  std::uint64_t correlation = 0;
  Bytes payload;
};
/// Child: a request came again; it is not to be executed again. If it was answered, and the keys
/// have room, the answer goes out again with this output.
struct Repeated {
  std::uint64_t correlation = 0;
};
/// Either: the channel has new keys, of this epoch.
struct Rekeyed {
  std::uint32_t epoch = 0;
};
/// Parent: the child has agreed to the end, or had its time: close the connections, then say
/// `LinkClosed`.
struct CloseConnections {};
/// Parent: reap the child's process, then say `CleanedUp`.
struct CleanUp {};

}  // namespace handfast::stdio
