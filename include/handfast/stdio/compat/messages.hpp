#pragma once

// What the deployed programs say to each other.

#include <vector>

#include "handfast/stdio/messages.hpp"

namespace handfast::stdio::compat {

struct DirectionKey;

/// Parent to child: one line on standard input. Unknown names are ignored, of a repeated one the
/// last counts.
struct Offer {
  x25519::PublicKey key;
  using layout = wire::Layout<"offer", wire::Lenient, wire::LastWins,
                              wire::Field<"public_key", &Offer::key, wire::PublicKeyOf<ParentKey>,
                                          wire::Base64, wire::AsDeployed>>;
};

/// Child to parent: one line on standard output, as lenient.
struct Answer {
  x25519::PublicKey key;
  std::uint16_t port = 0;
  using layout = wire::Layout<"answer", wire::Lenient, wire::LastWins,
                              wire::Field<"public_key", &Answer::key, wire::PublicKeyOf<ChildKey>,
                                          wire::Base64, wire::AsDeployed>,
                              wire::Field<"port", &Answer::port, wire::Public>>;
};

struct Request;
struct Response;

/// A record, the body of a request: sequence 8, nonce 12, ciphertext, tag 16. Nothing covers the
/// sequence.
struct Record {
  std::uint64_t sequence = 0;
  std::array<std::uint8_t, 12> nonce{};
  Bytes ciphertext;
  using Contents = List<Request>;
  using layout = wire::Layout<
      "record", wire::Field<"sequence", &Record::sequence, wire::Counter>,
      wire::Field<"nonce", &Record::nonce, wire::Fresh>,
      wire::Field<"ciphertext", &Record::ciphertext, wire::Sealed<DirectionKey, wire::Payload>,
                  wire::Bounded<16, payload_size_max + 16>>>;
  static constexpr std::size_t header_size = 20;  // bytes
};

/// The body of a response: a record, and two values that nothing covers.
struct Envelope {
  bool ack = false;
  std::uint64_t ratchet_seq = 0;
  std::vector<std::uint8_t> encrypted_data;
  using Contents = List<Response>;
  using layout =
      wire::Layout<"envelope", wire::Lenient, wire::LastWins, wire::Field<"ack", &Envelope::ack>,
                   wire::Field<"ratchet_seq", &Envelope::ratchet_seq, wire::Counter>,
                   wire::Field<"encrypted_data", &Envelope::encrypted_data,
                               wire::Sealed<DirectionKey, wire::Payload>, wire::ByteArrayOrBase64,
                               wire::Bounded<0, payload_size_max + 36>>>;
};

/// Parent to child, opened.
struct Request {
  Bytes text;
  static constexpr bool application_data = true;
};
/// Child to parent, opened; `ack` says that the child has moved its keys.
struct Response {
  bool ack = true;
  Bytes text;
  static constexpr bool application_data = true;
};

}  // namespace handfast::stdio::compat
