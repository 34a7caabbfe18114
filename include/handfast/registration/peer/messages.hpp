#pragma once

// What two clients say to each other, what their applications can ask of a `Peer`, and what it
// tells them. Every frame is the payload of a message that a server carries.

#include "handfast/core/events.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/crypto/x25519.hpp"
#include "handfast/registration/profiles.hpp"
#include "handfast/wire/layout.hpp"

namespace handfast::registration::peer {

// Names of keys, for layouts only: what an attacker would need.
struct CallerEphemeral;
struct AnswererEphemeral;
struct HelloKey;
struct NewSessionKey;
struct ConfirmationKey;
struct MessageKey;

/// Random bytes of one side.
using SessionHalf = std::array<std::uint8_t, 16>;
/// A session's name: the caller's half, then the answerer's. Each side knows by its own half that
/// no other session of its own has this name.
using SessionId = std::array<std::uint8_t, 32>;

// Frames. Each begins with the version and a type that no other frame of registration has.

/// Caller to answerer: let us have new keys. `proof` is a MAC over all before it, and who says it
/// to whom, under a key of the two static keys: it keeps strangers out, and is no proof of
/// freshness. 82 bytes.
struct Hello {
  SessionHalf half{};
  x25519::PublicKey key;
  std::array<std::uint8_t, 32> proof{};
  static constexpr auto fields = Fields{&Hello::half, &Hello::key, &Hello::proof};
  using layout = wire::Layout<"hello", wire::Version<"version", std::uint8_t{2}>,
                              wire::Type<"type", std::uint8_t{17}>,
                              wire::Field<"half", &Hello::half, wire::Fresh>,
                              wire::Field<"key", &Hello::key, wire::PublicKeyOf<CallerEphemeral>>,
                              wire::Field<"proof", &Hello::proof, wire::Mac<HelloKey, wire::All>>>;
  static constexpr std::size_t size = 82;  // bytes
};

/// Answerer to caller: we have. `proof` is a MAC over the hash of both messages and both names,
/// under a key of all four agreements. The same HELLO gets the same answer. 98 bytes.
struct HelloAck {
  SessionId session{};
  x25519::PublicKey key;
  std::array<std::uint8_t, 32> proof{};
  static constexpr auto fields = Fields{&HelloAck::session, &HelloAck::key, &HelloAck::proof};
  using layout = wire::Layout<
      "hello_ack", wire::Version<"version", std::uint8_t{2}>, wire::Type<"type", std::uint8_t{18}>,
      wire::Field<"session", &HelloAck::session, wire::Fresh>,
      wire::Field<"key", &HelloAck::key, wire::PublicKeyOf<AnswererEphemeral>>,
      wire::Field<"proof", &HelloAck::proof, wire::Mac<ConfirmationKey, Hello, wire::All>>>;
  static constexpr std::size_t size = 98, proved_size = 66;  // bytes; the second without the proof
};

/// To who sent a frame of `session`: I have no session at all, say HELLO. `proof` as in HELLO,
/// under a key of its own. 66 bytes, fewer than any frame that it answers.
struct NewSession {
  SessionId session{};
  std::array<std::uint8_t, 32> proof{};
  using layout =
      wire::Layout<"new_session", wire::Version<"version", std::uint8_t{2}>,
                   wire::Type<"type", std::uint8_t{19}>,
                   wire::Field<"session", &NewSession::session>,
                   wire::Field<"proof", &NewSession::proof, wire::Mac<NewSessionKey, wire::All>>>;
  static constexpr std::size_t size = 66, proved_size = 34;  // bytes
};

struct Message;
struct Ack;

/// With the keys of which session a frame was opened: the present one, the one before it, or one
/// that begins with it.
enum class Whose : std::uint8_t { current, previous, next };

inline constexpr std::size_t contents_header_size = 41;  // bytes of a message before its payload

/// A frame of a session: version, type, direction (1 byte), session (32), counter (8), ciphertext,
/// tag (16). The direction is 1 from the smaller of the two keys, so that nobody takes his own
/// frame for the other's, not even without a session. The counter begins at 1 each way and names
/// the key. Version, type, direction, session, who sends to whom, and the counter are the
/// associated data. `ciphertext` includes the tag.
struct Frame {
  bool is_from_smaller = false;
  SessionId session{};
  std::uint64_t counter = 0;
  Bytes ciphertext;
  using Contents = List<Message, Ack>;
  static constexpr std::size_t header_size = 43;  // bytes
  using layout = wire::Layout<
      "frame", wire::Version<"version", std::uint8_t{2}>, wire::Type<"type", std::uint8_t{20}>,
      wire::Field<"from_smaller", &Frame::is_from_smaller>, wire::Field<"session", &Frame::session>,
      wire::Field<"counter", &Frame::counter, wire::Counter>,
      wire::Field<
          "ciphertext", &Frame::ciphertext,
          wire::Sealed<MessageKey, Contents,
                       wire::Of<"version", "type", "from_smaller", "session", "counter">>,
          wire::Bounded<contents_header_size + 16, registration::payload_size_max - header_size>>>;
};

inline constexpr std::size_t payload_size_max =  // bytes of one message to a contact
    registration::payload_size_max - Frame::header_size - contents_header_size - 16;

// Contents of frames. Each says what its sender has opened: of the session that the frame belongs
// to, and of the one before it. `acknowledged` is the highest counter, bit i of `opened` says
// whether counter `acknowledged` - i was opened too. `before` is the beginning of the earlier
// session's name.

/// Something that the application says. 41 bytes and the payload.
struct Message {
  std::uint64_t acknowledged = 0;
  std::uint64_t opened = 0;
  std::uint64_t before = 0;
  std::uint64_t before_acknowledged = 0;
  std::uint64_t before_opened = 0;
  Bytes payload;
  Whose whose = Whose::current;  // not on the wire
  static constexpr bool application_data = true;
  using layout = wire::Layout<
      "message", wire::Type<"type", std::uint8_t{21}>,
      wire::Field<"acknowledged", &Message::acknowledged, wire::Counter>,
      wire::Field<"opened", &Message::opened>, wire::Field<"before", &Message::before>,
      wire::Field<"before_acknowledged", &Message::before_acknowledged, wire::Counter>,
      wire::Field<"before_opened", &Message::before_opened>,
      wire::Field<"payload", &Message::payload, wire::Payload, wire::Bounded<0, payload_size_max>>>;
};

/// Nothing but what was opened: the first frame of a session, and what follows messages that nobody
/// answers. 41 bytes.
struct Ack {
  std::uint64_t acknowledged = 0;
  std::uint64_t opened = 0;
  std::uint64_t before = 0;
  std::uint64_t before_acknowledged = 0;
  std::uint64_t before_opened = 0;
  Whose whose = Whose::current;  // not on the wire
  using layout =
      wire::Layout<"ack", wire::Type<"type", std::uint8_t{22}>,
                   wire::Field<"acknowledged", &Ack::acknowledged, wire::Counter>,
                   wire::Field<"opened", &Ack::opened>, wire::Field<"before", &Ack::before>,
                   wire::Field<"before_acknowledged", &Ack::before_acknowledged, wire::Counter>,
                   wire::Field<"before_opened", &Ack::before_opened>>;
};

/// A frame that came where there is no session: whatever is in it.
struct Unreadable {
  SessionId session{};
};

// What the application can ask for. In any other state than those named: `not_allowed_now`. After a
// fault the state is as before.

/// In `Idle`: this machine is for `contact`; then `Met`. `bad_argument` without a key of one's own,
/// and where the contact's key is the same; `low_order_key`.
struct Meet {
  x25519::PublicKey contact;
};
/// In `Met`: let there be a session, then `AwaitingAck`. In `Established`: let there be a new one,
/// then `RenewingAwaitingAck`. While the contact's own call is being answered: if nothing comes of
/// that, call. `random_source_failed`.
struct Call {};
/// Wherever there is a session: say `payload`, at most `payload_size_max` bytes; `Sent` tells which
/// message it is. `too_large`; `rekey` where the session's keys are used up, until `Renewed`.
struct Send {
  Bytes payload;
};

// What time can do.

struct AckOverdue {};    // nobody has answered HELLO
struct FrameOverdue {};  // who said HELLO has not shown that it has the keys
struct FrameDue {};      // something is to be acknowledged, or the other side was not heard yet
struct RenewDue {};      // a limit of the session is near
struct TooOld {};        // the session has reached its age

// What the application is told, besides the events of core/events.hpp. Views are valid until the
// next call.

/// Which message: the machine's how many-th session, from 1, and the counter in it.
struct MessageId {
  std::uint64_t session = 0;
  std::uint64_t number = 0;
  auto operator<=>(const MessageId&) const = default;
};
/// The message was sent as `id`.
struct Sent {
  MessageId id;
};
/// The contact says this.
struct Delivered {
  Bytes payload;
};
/// What the contact says that it has opened of one session: message `up_to`, and `up_to` - i where
/// bit i of `opened` is set. All zero where it says nothing.
struct Seen {
  std::uint64_t session = 0;
  std::uint64_t up_to = 0;
  std::uint64_t opened = 0;

  [[nodiscard]] constexpr bool has(const MessageId& id) const noexcept {
    return id.session == session && id.number > 0 && id.number <= up_to && up_to - id.number < 64 &&
           (opened >> (up_to - id.number) & 1) != 0;
  }
};
/// Told with every frame that opens: what the contact has opened of ours when it sent it. Messages
/// that are not named may be on their way or lost; what was named once stays so.
struct Acknowledged {
  Seen session;
  Seen before;  // of the session before that one

  [[nodiscard]] constexpr bool has(const MessageId& id) const noexcept {
    return session.has(id) || before.has(id);
  }
};
/// There are new keys; messages go on.
struct Renewed {};
/// Nobody answered, however often it was asked. The session, where there is one, goes on, and asks
/// again by itself; where there is none, say `Call`.
struct Unreachable {};
/// The session has reached its age, and its keys are gone; there is no new one yet. Where none is
/// being agreed on, say `Call`.
struct SessionOver {};

}  // namespace handfast::registration::peer
