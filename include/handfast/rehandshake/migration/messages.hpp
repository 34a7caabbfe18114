#pragma once

// What goes over two paths: sealed frames, beside the messages of the re-handshake.

#include "handfast/core/link.hpp"
#include "handfast/rehandshake/messages.hpp"

namespace handfast::rehandshake {

/// The two paths of a connection. The number of a link is its path's.
inline constexpr Link relay_link{0};
inline constexpr Link direct_link{1};
inline constexpr std::size_t path_count = 2;

inline constexpr std::size_t frame_payload_max = 65535;  // bytes behind the header
inline constexpr std::size_t path_frame_size_max = header_size + frame_payload_max;

struct DataKey;
struct SessionAndEpoch;

struct Data;
struct Switch;
struct Close;
struct Ack;
struct Heartbeat;

/// A sealed frame: counter (8 bytes, from 0 in each direction, whatever path it takes), ciphertext,
/// tag (16). Header and counter, then session id and epoch, are the associated data; epoch and
/// counter are the nonce.
struct SealedFrame {
  std::uint64_t counter = 0;
  Bytes ciphertext;  // the tag at its end
  using Contents = List<Data, Switch, Close, Ack, Heartbeat>;
  static constexpr std::size_t head_size = header_size + 8;  // bytes before `ciphertext`
  static constexpr std::size_t short_contents_size = 9;      // bytes: no contents have fewer
  static constexpr std::size_t contents_size_max = frame_payload_max - 8 - 16;
  using layout =
      Layout<"sealed_frame", 0x10, frame_payload_max,
             wire::Field<"counter", &SealedFrame::counter, wire::Counter>,
             wire::Field<"ciphertext", &SealedFrame::ciphertext,
                         wire::Sealed<DataKey, Contents, wire::All, SessionAndEpoch>,
                         wire::Bounded<short_contents_size + 16, contents_size_max + 16>>>;
};

// Contents of sealed frames. A number is a place in the stream of what its sender has to say, from
// 1: it is kept until the other side has acknowledged it, and delivered once, in order.

inline constexpr std::size_t payload_size_max =
    SealedFrame::contents_size_max - SealedFrame::short_contents_size;

/// Where a numbered frame stands to what was delivered before it. Not on the wire.
enum class Turn : std::uint8_t {
  next,   // it is delivered
  again,  // it was
  early,  // something before it is missing; its sender will say both again
};

/// What an application says.
struct Data {
  std::uint64_t number = 0;
  Bytes payload;
  Turn turn = Turn::next;
  static constexpr bool application_data = true;
  using layout = wire::Layout<
      "data", wire::Type<"kind", std::uint8_t{1}>,
      wire::Field<"number", &Data::number, wire::Counter, wire::Range<1, ~std::uint64_t{0}>>,
      wire::Field<"payload", &Data::payload, wire::Payload, wire::Bounded<0, payload_size_max>>>;
};

/// From now on the sender sends on the path that this comes by.
struct Switch {
  std::uint64_t number = 0;
  using layout = wire::Layout<
      "switch", wire::Type<"kind", std::uint8_t{2}>,
      wire::Field<"number", &Switch::number, wire::Counter, wire::Range<1, ~std::uint64_t{0}>>>;
};

/// The sender has no more to say than where it sends, and everything before this number was said.
struct Close {
  std::uint64_t number = 0;
  Turn turn = Turn::next;
  using layout = wire::Layout<
      "close", wire::Type<"kind", std::uint8_t{3}>,
      wire::Field<"number", &Close::number, wire::Counter, wire::Range<1, ~std::uint64_t{0}>>>;
};

/// All numbers up to this one were delivered.
struct Ack {
  std::uint64_t delivered = 0;
  using layout = wire::Layout<"ack", wire::Type<"kind", std::uint8_t{4}>,
                              wire::Field<"delivered", &Ack::delivered, wire::Counter>>;
};

/// The same, and the sender is there.
struct Heartbeat {
  std::uint64_t delivered = 0;
  using layout = wire::Layout<"heartbeat", wire::Type<"kind", std::uint8_t{5}>,
                              wire::Field<"delivered", &Heartbeat::delivered, wire::Counter>>;
};

static_assert(wire::encoded_size<Switch> == SealedFrame::short_contents_size);
static_assert(wire::encoded_size<Close> == SealedFrame::short_contents_size);
static_assert(wire::encoded_size<Ack> == SealedFrame::short_contents_size);
static_assert(wire::encoded_size<Heartbeat> == SealedFrame::short_contents_size);
static_assert(wire::frame_size<Data>.min == SealedFrame::short_contents_size);
static_assert(wire::frame_size<SealedFrame>.max == path_frame_size_max);

// What the application can ask for, besides `LinkOpened` and `LinkClosed` for each path. `Start`
// begins on the relay, whose handshake has given the keys.

/// Once started: say `payload`, at most `payload_size_max` bytes; it is delivered once, in order,
/// whichever path dies. `not_allowed_now` where either side has said that it is over; `too_large`;
/// `back_pressure` where too much is unacknowledged; `limit_reached` where there are no numbers left.
struct Send {
  Bytes payload;
};
/// Once started, with a path or without: say no more, and end when both sides have been heard to
/// the last word, or at `close_timeout`, or where no path is tried any more. Until `Closed` paths are wanted and proved as always.
/// `not_allowed_now` where either side has said it.
struct Disconnect {};

// What time can do.

struct SwitchOverdue {};  // the responder has not been heard on the new path
struct PathShown {};      // it has
struct FollowDue {};      // the other side has said that it has switched
struct BothSwitched {};   // and has acknowledged that we have
struct AckDue {};         // something was delivered
struct ResendDue {};      // nothing was acknowledged
struct HeartbeatDue {};   // nothing was said
struct PathSilent {};     // nothing was heard
struct MigrateDue {};     // a direct path is to be tried again
struct PathOverdue {};    // there is no path
struct EndDue {};         // both sides know of the end, or have not come to it

// What the application is told, besides the events of core/events.hpp and `AttemptEnded`. Views are
// valid until the next call.

/// The other side says this, for the first and only time.
struct Delivered {
  Bytes payload;
};
/// We send on this path now.
struct Switched {
  Link link;
};
/// Open this path, if you can: connect, set its channel binding, and say `LinkOpened`.
struct PathWanted {
  Link link;
};
/// This path is of no use any more: close it. It is as if it had been closed.
struct PathLost {
  Link link;
};
/// Both sides send on the direct path and know it: close the relay.
struct RelayDone {};

}  // namespace handfast::rehandshake
