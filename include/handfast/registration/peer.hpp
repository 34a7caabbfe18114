#pragma once

// Peer: two clients, each other's contacts, agree on keys through a server that neither trusts, and
// send messages under them. The same role on both sides, one machine a contact. Source: the
// profile's "Client and client" (protocols page "registration").
//
//   Peer (Alice)                                                              Peer (Bob)
//   Meet{Bob's key}                                                           Meet{Alice's key}
//   Call             -> HELLO      {half, ephemeral key, proof}      82 B     Running
//   Running, Commit, <- HELLO_ACK  {session, ephemeral key, proof}   98 B
//   Established      -> Ack        {what was opened}                100 B     Commit, Established
//                    <- Ack                                         100 B
//   Send: Sent       -> Message    {what was opened, payload}   100 B + n     Delivered
//   Acknowledged     <- Ack, or a Message                                     later, or Send
//
// Every frame goes as the payload of a message of `Client`: `Send{contact, frame}` there, and what
// `Delivered` gives there is `receive`d here by the machine of its sender. A frame from anybody
// else opens nowhere, whatever the server says about who sent it. The server can lose, delay,
// repeat, reorder, replay and invent; it can neither read nor make a frame. It sees who talks to
// whom, when, and how much.
//
// Both may call. Of two HELLOs that cross, the one from the smaller key counts, by its 32 bytes in
// order: who has that key refuses the other's as `stale`, who has not gives its own up. A HELLO is
// repeated to the letter until its answer comes, and gets the same answer to the letter; the last
// 32 that were answered are known, and answered no more. One that is older than that gets an
// answer, which nobody can use. So nothing that is answered disturbs a session: it goes on until a
// frame of the new one has opened, which only who made that HELLO can seal. Answers to one contact
// come at most once a second on the average. The caller sends one as
// soon as the answer proves right, again until it hears something, and still opens what comes in
// the session before until then.
//
// After a restart one side has no session. A frame that it cannot read is answered with
// NEW_SESSION, proved under a key of the two static keys, so that a server cannot tell a client to
// say HELLO; repeated, it does nothing either. It is said by who has no session at all, once in ten
// seconds, and is smaller than what it answers. Who has one refuses a frame of another as `stale`,
// and one too far ahead as `too_far_ahead`, and says nothing: what nobody has proved changes
// nothing. Both mend themselves, for no honest sender goes further ahead of what was acknowledged
// than its receiver can follow, and a caller who is not heard in the new session calls again.
//
// A session is renewed by itself before a limit is reached: 10000 messages one way, 984 that the
// contact has not acknowledged, or 15/16 of its age; a little before, so that messages go on
// meanwhile. At its age it is over, whoever answers. `Call` renews it too.
//
// `Send` needs a session. A machine that kept what is said before would hold plaintext for as long
// as nobody answers, with no better idea than the application of what has become of it.
//
// What was opened is told to the sender with every frame, or a second later by itself:
// `Acknowledged`. That is the contact's word, under the session's keys; whoever carries messages
// cannot say it.
//
// Left out: that a message arrives (`Acknowledged` says so; to repeat it is the application's); who
// has which key (the application says so, in `Meet`); hiding who talks to whom, when, how much;
// forward secrecy within one session's chain beyond a message's own key, and healing within it:
// whoever steals a session's state reads what comes until it is renewed. The last key that was used
// stays in the context's objects until the next frame of any contact, or until a session ends.
//
// The caller supplies time with every call and a random source if the system's is not wanted. The
// private key is in the context, which a pool of contacts shares; the contact's is in the state.
//
// The table is here; what its rows do is in peer/beginning.hpp, peer/traffic.hpp and
// peer/renewal.hpp, and how two contacts agree in peer/agreement.hpp.

#include "handfast/core/compose.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/registration/peer/beginning.hpp"
#include "handfast/registration/peer/renewal.hpp"
#include "handfast/registration/peer/traffic.hpp"

namespace handfast::registration {

/// One contact's side, the same role on both; a machine a contact, which a pool holds.
struct Peer : peer::role::BeginningHandlers<Peer>,
              peer::role::TrafficHandlers<Peer>,
              peer::role::RenewalHandlers<Peer> {
  using Context = peer::Context;
  using Links = peer::Links;

  using Hello = peer::Hello;
  using HelloAck = peer::HelloAck;
  using NewSession = peer::NewSession;
  using Message = peer::Message;
  using Ack = peer::Ack;
  using Unreadable = peer::Unreadable;
  using Receives = List<Hello, HelloAck, NewSession, Message, Ack, Unreadable>;
  using Unopened = Unreadable;

  using Meet = peer::Meet;
  using Call = peer::Call;
  using Send = peer::Send;
  using Commands = List<Meet, Call, Send>;

  using AckOverdue = peer::AckOverdue;
  using FrameOverdue = peer::FrameOverdue;
  using FrameDue = peer::FrameDue;
  using RenewDue = peer::RenewDue;
  using TooOld = peer::TooOld;
  using Timers = List<AckOverdue, FrameOverdue, FrameDue, RenewDue, TooOld>;

  using Sent = peer::Sent;
  using Delivered = peer::Delivered;
  using Acknowledged = peer::Acknowledged;
  using Renewed = peer::Renewed;
  using Unreachable = peer::Unreachable;
  using SessionOver = peer::SessionOver;

  using Idle = peer::role::Idle;
  using Met = peer::role::Met;
  using AwaitingAck = peer::role::AwaitingAck;
  using AwaitingFrame = peer::role::AwaitingFrame;
  using Established = peer::role::Established;
  using RenewingAwaitingAck = peer::role::RenewingAwaitingAck;
  using RenewingAwaitingFrame = peer::role::RenewingAwaitingFrame;
  using Ends = List<Idle, Met, Established>;

  // clang-format off
  using Beginning = Transitions<
    //  from                   on            to                     sends and tells
    Row<Idle,                  Meet,         Met,                   Requires<peer::HasIdentity, peer::ContactIsAnother, peer::KeysAgree>>,
    Row<Met,                   Call,         AwaitingAck,           Hello, Requires<peer::RandomSourceWorks>>,
    Row<Met,                   Hello,        AwaitingFrame,         HelloAck, Tells<Running>,
                                                                    Requires<peer::PeerProves, peer::HelloIsNew, peer::HelloIsInPace, peer::RandomSourceWorks, peer::KeysAgree>>,
    Row<Met,                   Unreadable,   Met,                   NewSession>,
    Authenticates<
    Row<AwaitingAck,           HelloAck,     Established,           Ack, Tells<Running, Commit, handfast::Established>,
                                                                    Requires<peer::AckIsOurs, peer::KeysAgree, peer::PeerProves>>>,
    Row<AwaitingAck,           Hello,        AwaitingFrame,         HelloAck, Tells<Running>,
                                                                    Requires<peer::PeerProves, peer::HelloIsNew, peer::HelloIsInPace, peer::HelloCounts, peer::RandomSourceWorks, peer::KeysAgree>>,
    Row<AwaitingAck,           AckOverdue,   AwaitingAck,           Hello>,
    Row<AwaitingAck,           AckOverdue,   Met,                   Tells<Unreachable>>,
    Authenticates<
    Row<AwaitingFrame,         Message,      Established,           Ack, Tells<Commit, handfast::Established, Delivered>>>,
    Authenticates<
    Row<AwaitingFrame,         Ack,          Established,           Ack, Tells<Commit, handfast::Established>>>,
    Row<AwaitingFrame,         Hello,        AwaitingFrame,         HelloAck>,                  // the same again
    Row<AwaitingFrame,         Hello,        AwaitingFrame,         HelloAck, Tells<Running>,   // another
                                                                    Requires<peer::PeerProves, peer::HelloIsNew, peer::HelloIsInPace, peer::RandomSourceWorks, peer::KeysAgree>>,
    Row<AwaitingFrame,         Call,         AwaitingFrame>,        // if nothing comes of this
    Row<AwaitingFrame,         FrameOverdue, AwaitingAck,           Hello, Requires<peer::RandomSourceWorks>>,
    Row<AwaitingFrame,         FrameOverdue, Met,                   Tells<Unreachable>>,
    Row<AwaitingFrame,         FrameOverdue, Met>,
    Ignore<Idle, Hello, HelloAck, NewSession, Message, Ack, Unreadable>,
    Ignore<Met, HelloAck, NewSession, Message, Ack>,
    Ignore<AwaitingAck, NewSession, Message, Ack, Unreadable>,
    Ignore<AwaitingFrame, HelloAck, NewSession, Unreadable>>;

  using Traffic = Transitions<
    Row<Established,           Send,         Established,           Message, Tells<Sent>, Requires<peer::PayloadFits, peer::KeysHaveRoom>>,
    Row<Established,           Message,      Established,           Tells<Delivered, Acknowledged>>,
    Row<Established,           Ack,          Established,           Tells<Acknowledged>>,
    Row<Established,           FrameDue,     Established,           Ack>,
    Row<Established,           FrameDue,     Established>,          // the keys have no room
    Row<Established,           FrameDue,     RenewingAwaitingAck,   Hello, Requires<peer::RandomSourceWorks>>,  // we are not heard
    Row<Established,           Call,         RenewingAwaitingAck,   Hello, Requires<peer::RandomSourceWorks>>,
    Row<Established,           RenewDue,     RenewingAwaitingAck,   Hello, Requires<peer::RandomSourceWorks>>,
    Row<Established,           NewSession,   RenewingAwaitingAck,   Hello, Requires<peer::PeerProves, peer::NewsIsNew, peer::RandomSourceWorks>>,
    Row<Established,           Hello,        RenewingAwaitingFrame, HelloAck, Tells<Running>,
                                                                    Requires<peer::PeerProves, peer::HelloIsNew, peer::HelloIsInPace, peer::RandomSourceWorks, peer::KeysAgree>>,
    Row<Established,           TooOld,       Met,                   Tells<SessionOver>>,
    Ignore<Established, HelloAck, Unreadable>>;

  using Renewal = Transitions<
    Row<RenewingAwaitingAck,   Send,         RenewingAwaitingAck,   Message, Tells<Sent>, Requires<peer::PayloadFits, peer::KeysHaveRoom>>,
    Row<RenewingAwaitingAck,   Message,      RenewingAwaitingAck,   Tells<Delivered, Acknowledged>>,
    Row<RenewingAwaitingAck,   Ack,          RenewingAwaitingAck,   Tells<Acknowledged>>,
    Row<RenewingAwaitingAck,   FrameDue,     RenewingAwaitingAck,   Ack>,
    Row<RenewingAwaitingAck,   FrameDue,     RenewingAwaitingAck>,
    Row<RenewingAwaitingAck,   HelloAck,     Established,           Ack, Tells<Running, Commit, Renewed>,
                                                                    Requires<peer::AckIsOurs, peer::KeysAgree, peer::PeerProves>>,
    Row<RenewingAwaitingAck,   Hello,        RenewingAwaitingFrame, HelloAck, Tells<Running>,
                                                                    Requires<peer::PeerProves, peer::HelloIsNew, peer::HelloIsInPace, peer::HelloCounts, peer::RandomSourceWorks, peer::KeysAgree>>,
    Row<RenewingAwaitingAck,   AckOverdue,   RenewingAwaitingAck,   Hello>,
    Row<RenewingAwaitingAck,   AckOverdue,   Established,           Tells<Unreachable>>,
    Row<RenewingAwaitingAck,   TooOld,       AwaitingAck,           Tells<SessionOver>>,
    Row<RenewingAwaitingFrame, Send,         RenewingAwaitingFrame, Message, Tells<Sent>, Requires<peer::PayloadFits, peer::KeysHaveRoom>>,
    Row<RenewingAwaitingFrame, Message,      RenewingAwaitingFrame, Tells<Delivered, Acknowledged>>,
    Row<RenewingAwaitingFrame, Message,      Established,           Ack, Tells<Commit, Renewed, Delivered, Acknowledged>>,
    Row<RenewingAwaitingFrame, Ack,          RenewingAwaitingFrame, Tells<Acknowledged>>,
    Row<RenewingAwaitingFrame, Ack,          Established,           Ack, Tells<Commit, Renewed, Acknowledged>>,
    Row<RenewingAwaitingFrame, FrameDue,     RenewingAwaitingFrame, Ack>,
    Row<RenewingAwaitingFrame, FrameDue,     RenewingAwaitingFrame>,
    Row<RenewingAwaitingFrame, Hello,        RenewingAwaitingFrame, HelloAck>,
    Row<RenewingAwaitingFrame, Hello,        RenewingAwaitingFrame, HelloAck, Tells<Running>,
                                                                    Requires<peer::PeerProves, peer::HelloIsNew, peer::HelloIsInPace, peer::RandomSourceWorks, peer::KeysAgree>>,
    Row<RenewingAwaitingFrame, Call,         RenewingAwaitingFrame>,
    Row<RenewingAwaitingFrame, FrameOverdue, RenewingAwaitingAck,   Hello, Requires<peer::RandomSourceWorks>>,
    Row<RenewingAwaitingFrame, FrameOverdue, Established,           Tells<Unreachable>>,
    Row<RenewingAwaitingFrame, FrameOverdue, Established>,
    Row<RenewingAwaitingFrame, TooOld,       AwaitingFrame,         Tells<SessionOver>>,
    Ignore<RenewingAwaitingAck, NewSession, Unreadable>,
    Ignore<RenewingAwaitingFrame, HelloAck, NewSession, Unreadable>>;

  using Table = Join<Beginning, Traffic, Renewal>;
  // clang-format on

  // Input.

  using Frame = peer::Frame;
  using Wire = std::variant<Hello, HelloAck, NewSession, Frame>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode_any<Hello, HelloAck, NewSession, Frame>(frame);
  }

  struct Said {};  // that a frame cannot be read
  static std::expected<handfast::Opened<Said, Unreadable>, Fault> open(const Met& s,
                                                                       const Frame& frame,
                                                                       Context& c, Buffer&) {
    const bool is_his = frame.is_from_smaller == (s.contact.key < c.identity.public_key());
    if (!is_his && !handfast::detail::planted<"own frame answered">)
      return std::unexpected(Fault::not_authentic);
    if (c.now.steady < s.contact.news_at &&
        !handfast::detail::planted<"NEW_SESSION without a pause">)
      return std::unexpected(Fault::stale);
    return handfast::Opened<Said, Unreadable>{Unreadable{frame.session}, {}};
  }
  static void commit(Met& s, Said&&, Context& c) {
    s.contact.news_at = Deadline<void>::in(c.config.new_session_pause, c.now).at;
  }

  using OpenedFrame = std::expected<handfast::Opened<peer::Pending, Message, Ack>, Fault>;
  static OpenedFrame open(const AwaitingFrame& s, const Frame& frame, Context& c,
                          Buffer& plaintext) {
    if (frame.session != s.answer.session.id) return std::unexpected(Fault::stale);
    return open_next(s, frame, {}, c, plaintext);
  }
  static OpenedFrame open(const Established& s, const Frame& frame, Context& c, Buffer& plaintext) {
    return s.sessions.open(frame, s.contact, c, plaintext);
  }
  static OpenedFrame open(const RenewingAwaitingAck& s, const Frame& frame, Context& c,
                          Buffer& plaintext) {
    return s.sessions.open(frame, s.contact, c, plaintext);
  }
  static OpenedFrame open(const RenewingAwaitingFrame& s, const Frame& frame, Context& c,
                          Buffer& plaintext) {
    if (frame.session == s.answer.session.id)
      return open_next(s, frame, s.sessions.summary(), c, plaintext);
    return s.sessions.open(frame, s.contact, c, plaintext);
  }

  template <class S>
  requires(!std::same_as<S, Met>) static void commit(S& s, peer::Pending&& pending, Context& c) {
    if constexpr (requires { s.answer; }) {
      if (pending.whose == peer::Whose::next)
        return s.answer.session.receive.commit(std::move(pending.receive));
    }
    if constexpr (requires { s.sessions; }) s.sessions.commit(std::move(pending), c);
  }

  // Output.

  template <class S>
  requires requires(S& s) { s.call; }
  static void write(S& s, const Hello& message, Context& c, Frames& frames) {
    append(message, c, frames);
    ++s.call.attempts;
    s.call.overdue = Deadline<AckOverdue>::in(c.config.hello_repeat, c.now);
  }
  static void write(const HelloAck& message, Context& c, Frames& frames) {
    append(message, c, frames);
  }
  static void write(const NewSession& message, Context& c, Frames& frames) {
    append(message, c, frames);
  }
  template <class S, class M>
  requires requires(S& s, const M& m) { s.sessions, m.acknowledged; }
  static void write(S& s, const M& message, Context& c, Frames& frames) {
    s.sessions.send(message, s.contact, c, frames);
    if constexpr (std::same_as<S, Established>) s.renew_in_time(c);
  }

  // What the rows do.

  using BeginningHandlers::react;
  using RenewalHandlers::react;
  using TrafficHandlers::react;

 private:
  template <class M>
  static void append(const M& message, Context& c, Frames& frames) {
    if (const auto bytes = wire::binary::encode(message)) frames.append(c.link, text_of(*bytes));
  }

  template <class S>
  static OpenedFrame open_next(const S& s, const Frame& frame, const peer::Before& before,
                               Context& c, Buffer& plaintext) {
    return peer::open_in(s.answer.session, peer::Whose::next, before, frame, s.contact, c,
                         plaintext);
  }
};

}  // namespace handfast::registration
