#pragma once

// What the deployed programs say to each other: compact JSON, one object a frame. Read as they
// read: unknown names are passed over, of a repeated one the last counts, base64url may be padded
// or in the other alphabet, of a key nothing is looked at but its length.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "handfast/crypto/box.hpp"
#include "handfast/registration/messages.hpp"

namespace handfast::registration::compat {

inline constexpr std::size_t text_size_max = 1024;  // bytes of a challenge's text
inline constexpr std::size_t box_size_max = payload_size_max + SecretBox::tag_size;  // bytes
/// Bytes of a frame: a box in base64, and what stands around it.
inline constexpr std::size_t frame_size_max = box_size_max / 3 * 4 + 512;
inline constexpr std::size_t error_size_max = 200;  // bytes of what an answer says is wrong
inline constexpr std::size_t type_size_max = 64;    // bytes of a type that is none of these

using Nonce = std::array<std::uint8_t, SecretBox::nonce_size>;
using Box = std::vector<std::uint8_t>;

/// What REGISTER_FAILURE says. A fourth text of the deployed server, "Connection closed during
/// registration", has nobody left to go to.
namespace texts {
inline constexpr std::string_view invalid_ciphertext = "Registration failed: Invalid ciphertext";
inline constexpr std::string_view unexpected_type =
    "Registration failed: Unexpected message type: ";  // then the type
inline constexpr std::string_view timed_out = "Registration timed out";
}  // namespace texts

/// What the router's answers say, in the order of its checks.
namespace errors {
inline constexpr std::string_view not_registered = "SOCKET_NOT_REGISTERED";
inline constexpr std::string_view mismatched_key = "MISMATCHED_SOCKET_PUBLIC_KEY";
inline constexpr std::string_view missing_content = "MISSING_CONTENT_FIELD";
inline constexpr std::string_view missing_type = "MISSING_TYPE_MESSAGE";
inline constexpr std::string_view not_available = "RECIPIENT_NOT_AVAILABLE";
}  // namespace errors

// Keys for layouts only: what box keys of static keys are, the same both ways.
struct ClientServerKey;
struct ClientClientKey;

// Registration.

/// Server to client: seal this text for me, under this nonce. Nothing says whose the text is.
struct Challenge {
  x25519::PublicKey from;
  Nonce nonce{};
  std::string text;
  using layout =
      wire::Layout<"challenge", wire::Lenient, wire::LastWins, wire::Type<"type", "CHALLENGE">,
                   wire::Field<"from", &Challenge::from, wire::PublicKeyOf<ServerIdentity>,
                               wire::Base64UrlLenient, wire::AsDeployed>,
                   wire::Field<"nonce", &Challenge::nonce, wire::Fresh, wire::Base64UrlLenient>,
                   wire::Field<"challengeText", &Challenge::text, wire::Bounded<0, text_size_max>>>;
};

/// Client to server: the box of the challenge's text, under its nonce.
struct ChallengeResponse {
  x25519::PublicKey from;
  x25519::PublicKey to;
  Nonce nonce{};
  Box message;
  using layout = wire::Layout<
      "challenge_response", wire::Lenient, wire::LastWins, wire::Type<"type", "CHALLENGE_RESPONSE">,
      wire::Field<"from", &ChallengeResponse::from, wire::PublicKeyOf<ClientIdentity>,
                  wire::Base64UrlLenient, wire::AsDeployed>,
      wire::Field<"to", &ChallengeResponse::to, wire::PublicKeyOf<ServerIdentity>,
                  wire::Base64UrlLenient, wire::AsDeployed>,
      wire::Field<"nonce", &ChallengeResponse::nonce, wire::Base64UrlLenient>,
      wire::Field<"message", &ChallengeResponse::message, wire::Mac<ClientServerKey, Challenge>,
                  wire::Base64UrlLenient, wire::Bounded<0, box_size_max>>>;
};

/// Server to client: you are registered.
struct RegisterSuccess {
  using layout = wire::Layout<"register_success", wire::Lenient, wire::LastWins,
                              wire::Type<"type", "REGISTER_SUCCESS">>;
};

/// Server to client: you are not. The document says `reason`, or nothing at all.
struct RegisterFailure {
  std::optional<std::string> error;
  using layout = wire::Layout<"register_failure", wire::Lenient, wire::LastWins,
                              wire::Type<"type", "REGISTER_FAILURE">,
                              wire::Field<"error", &RegisterFailure::error, wire::Public,
                                          wire::Alias<"reason">, wire::Bounded<0, error_size_max>>>;
};

// Messages.

struct Message;
struct Routed;
struct Stray;

/// What clients say to each other through the server: a box of the UTF-8 of a JSON value. Nothing
/// in the box says who has sealed it, for whom, or when; nothing outside of it is covered.
struct Envelope {
  x25519::PublicKey from;
  x25519::PublicKey to;
  Nonce nonce{};
  Box message;
  Bytes whole{};  // as received, valid as long as the input is; not on the wire
  using Contents = List<Message, Routed, Stray>;
  using layout = wire::Layout<
      "envelope", wire::Lenient, wire::LastWins, wire::Type<"type", "MESSAGE">,
      wire::Field<"from", &Envelope::from, wire::PublicKeyOf<ClientIdentity>,
                  wire::Base64UrlLenient, wire::AsDeployed>,
      wire::Field<"to", &Envelope::to, wire::PublicKeyOf<ClientIdentity>, wire::Base64UrlLenient,
                  wire::AsDeployed>,
      wire::Field<"nonce", &Envelope::nonce, wire::Fresh, wire::Base64UrlLenient>,
      wire::Field<"message", &Envelope::message, wire::Sealed<ClientClientKey, wire::Payload>,
                  wire::Base64UrlLenient, wire::Bounded<0, box_size_max>>>;
};

/// Client to server: an envelope of a client that is registered. In any other state it is a
/// `Stray`.
struct Message {
  Envelope envelope;
  static constexpr bool application_data = true;
};

/// Server to client: `payload` is a whole envelope as its sender wrote it where the server says
/// this, and what was sealed in it where the client hears it.
struct Routed {
  x25519::PublicKey sender;
  Bytes payload;
  static constexpr bool application_data = true;
};

/// Client to server: anything else, or at any other time. Of an envelope that lacks something, what
/// there is.
struct Stray {
  std::optional<std::string> type, from, to, nonce, message;
  Bytes whole{};  // as received, valid as long as the input is; not on the wire
  using layout =
      wire::Layout<"stray", wire::Lenient, wire::LastWins,
                   wire::Field<"type", &Stray::type, wire::Public, wire::Bounded<0, type_size_max>>,
                   wire::Field<"from", &Stray::from>, wire::Field<"to", &Stray::to>,
                   wire::Field<"nonce", &Stray::nonce>, wire::Field<"message", &Stray::message>>;
};

/// Server to client: what you have sent, and why it goes nowhere.
struct Returned {
  std::optional<std::string> type, from, to, nonce, message;
  std::string error;
  using layout = wire::Layout<
      "returned", wire::Lenient, wire::LastWins,
      wire::Field<"type", &Returned::type, wire::Public, wire::Bounded<0, type_size_max>>,
      wire::Field<"from", &Returned::from>, wire::Field<"to", &Returned::to>,
      wire::Field<"nonce", &Returned::nonce>, wire::Field<"message", &Returned::message>,
      wire::Field<"error", &Returned::error, wire::Public, wire::Bounded<0, error_size_max>>>;
};

/// Server to client: what you have sent, and that it was handed on.
struct MessageDelivered {
  x25519::PublicKey from;
  x25519::PublicKey to;
  Nonce nonce{};
  Box message;
  using layout =
      wire::Layout<"message_delivered", wire::Lenient, wire::LastWins,
                   wire::Type<"type", "MESSAGE_DELIVERED">,
                   wire::Field<"from", &MessageDelivered::from, wire::PublicKeyOf<ClientIdentity>,
                               wire::Base64UrlLenient, wire::AsDeployed>,
                   wire::Field<"to", &MessageDelivered::to, wire::PublicKeyOf<ClientIdentity>,
                               wire::Base64UrlLenient, wire::AsDeployed>,
                   wire::Field<"nonce", &MessageDelivered::nonce, wire::Base64UrlLenient>,
                   wire::Field<"message", &MessageDelivered::message, wire::Base64UrlLenient,
                               wire::Bounded<0, box_size_max>>>;
};

/// Server to client: another connection has this key, this one is closed.
struct AlreadyRegistered {
  using layout = wire::Layout<"already_registered", wire::Lenient, wire::LastWins,
                              wire::Constant<"error", "SOCKET_ALREADY_REGISTERED">>;
};

// Events, where they are not those of messages.hpp.

/// Client: the server has said that the registration failed, and this about why.
struct Refused {
  std::string reason;
};
/// Client: the message was sent under this nonce, which names it in its answer.
struct Sent {
  Nonce nonce{};
};
/// Client: what became of the message with this nonce, by the server's word: handed on where
/// `error` is empty. Zeros where the server does not say which.
struct Receipted {
  Nonce nonce{};
  std::string error;
};

}  // namespace handfast::registration::compat
