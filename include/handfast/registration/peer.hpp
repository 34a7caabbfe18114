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
// This header is long because a role is one class: seven states, of which three are others beside
// a session, and a handler for each pair of state and event.

#include "handfast/core/compose.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/registration/peer/calls.hpp"
#include "handfast/registration/peer/rules.hpp"

namespace handfast::registration {

/// One contact's side, the same role on both; a machine a contact, which a pool holds.
struct Peer {
  using Context = peer::Context;
  using Links = peer::Links;
  using Contact = peer::Contact;
  using Sessions = peer::Sessions;
  using Session = peer::Session;
  using OwnCall = peer::OwnCall;
  using Answer = peer::Answer;

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

  // States. Three without a session, and the same three beside one.

  /// For nobody yet.
  struct Idle {};
  /// For one contact, without a session.
  struct Met {
    Contact contact;
    static constexpr auto fields = Fields{&Met::contact};

    template <peer::HasContact Left>
    void adopt(Left&& left) {
      peer::carry(*this, left);
    }
    void entered(Context& c) { c.forget_keys(); }
  };
  /// We have said HELLO.
  struct AwaitingAck {
    Contact contact;
    OwnCall call;
    static constexpr auto fields = Fields{&AwaitingAck::contact, &AwaitingAck::call};

    template <peer::HasContact Left>
    void adopt(Left&& left) {
      peer::carry(*this, left);
    }
  };
  /// We have answered HELLO; whether it was said just now will show.
  struct AwaitingFrame {
    Contact contact;
    Answer answer;
    static constexpr auto fields = Fields{&AwaitingFrame::contact, &AwaitingFrame::answer};

    template <peer::HasContact Left>
    void adopt(Left&& left) {
      peer::carry(*this, left);
    }
  };
  /// There is a session.
  struct Established {
    enum class Begins : std::uint8_t { nothing, called, answered };

    Contact contact;
    Sessions sessions;
    Deadline<RenewDue> renew_due;
    bool is_put_off = false;  // nobody has answered; it is tried again later
    Begins begins{};          // these are set only on the way in
    Session made;
    static constexpr auto fields =
        Fields{&Established::contact,    &Established::sessions, &Established::renew_due,
               &Established::is_put_off, &Established::begins,   &Established::made};

    template <peer::HasContact Left>
    void adopt(Left&& left) {
      peer::carry(*this, left);
      if constexpr (requires { left.answer; })
        if (begins == Begins::answered) made = std::move(left.answer.session);
    }
    void entered(Context& c) {
      if (const Begins how = std::exchange(begins, Begins::nothing); how != Begins::nothing)
        sessions.begin(std::exchange(made, {}), ++contact.session_count, how == Begins::called);
      sessions.set_age(c);
      renew_due = is_put_off ? Deadline<RenewDue>::in(c.config.renew_again, c.now)
                             : Deadline<RenewDue>{sessions.current.renewal_time(c.config)};
      renew_in_time(c);
    }
    /// A limit is near: not later than now, unless that was tried already.
    void renew_in_time(const Context& c) {
      if (!is_put_off && sessions.current.wants_renewal(c.config))
        renew_due.at = std::min(renew_due.at, c.now.steady);
    }
  };
  /// We have said HELLO; the session goes on.
  struct RenewingAwaitingAck {
    Contact contact;
    Sessions sessions;
    OwnCall call;
    bool disowns = false;  // set only on the way in
    static constexpr auto fields =
        Fields{&RenewingAwaitingAck::contact, &RenewingAwaitingAck::sessions,
               &RenewingAwaitingAck::call, &RenewingAwaitingAck::disowns};

    template <peer::HasContact Left>
    void adopt(Left&& left) {
      peer::carry(*this, left);
      if (std::exchange(disowns, false)) sessions.current.is_disowned = true;
    }
  };
  /// We have answered HELLO; the session goes on.
  struct RenewingAwaitingFrame {
    Contact contact;
    Sessions sessions;
    Answer answer;
    static constexpr auto fields =
        Fields{&RenewingAwaitingFrame::contact, &RenewingAwaitingFrame::sessions,
               &RenewingAwaitingFrame::answer};

    template <peer::HasContact Left>
    void adopt(Left&& left) {
      peer::carry(*this, left);
    }
  };
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

  // Beginning.

  static Next<Peer, Idle, Meet> react(const Idle&, const Meet& m, Context& c) {
    if (auto broken = require<peer::HasIdentity>(c.identity.has_key())) return broken;
    if (auto broken = require<peer::ContactIsAnother>(m.contact != c.identity.public_key()))
      return broken;
    const auto ss = x25519::agree(c.identity, m.contact);
    if (auto broken = require<peer::KeysAgree>(ss.has_value())) return broken;
    Met next;
    next.contact.key = m.contact;
    next.contact.keys = peer::StaticKeys(c.hkdf, *ss);
    return go(std::move(next));
  }
  static Next<Peer, Met, Call> react(const Met& s, const Call&, Context& c) {
    return call<AwaitingAck, Met, Call>(s, 0, c);
  }
  static Next<Peer, Met, Hello> react(const Met& s, const Hello& m, Context& c) {
    return answer<AwaitingFrame>(s, m, c);
  }
  static Next<Peer, Met, Unreadable> react(Met& s, const Unreadable& m, Context& c) {
    NewSession news{m.session, {}};
    news.proof = peer::proof_of(c.hmac, s.contact.keys.new_session, news, c.identity.public_key(),
                                s.contact.key);
    return stay(news);
  }

  static Next<Peer, AwaitingAck, HelloAck> react(const AwaitingAck& s, const HelloAck& m,
                                                 Context& c) {
    return begin<handfast::Established>(s, m, c);
  }
  static Next<Peer, AwaitingAck, Hello> react(const AwaitingAck& s, const Hello& m, Context& c) {
    return answer<AwaitingFrame>(s, m, c);
  }
  static Next<Peer, AwaitingAck, AckOverdue> react(const AwaitingAck& s, const AckOverdue&,
                                                   Context& c) {
    if (s.call.attempts >= c.config.hello_attempts) return go(Met{}, Unreachable{});
    return stay(s.call.hello);
  }

  static Next<Peer, AwaitingFrame, Message> react(const AwaitingFrame& s, const Message& m,
                                                  Context& c) {
    return go(answered(), Ack{}, Commit{claim(s, c)}, handfast::Established{},
              Delivered{m.payload});
  }
  static Next<Peer, AwaitingFrame, Ack> react(const AwaitingFrame& s, const Ack&, Context& c) {
    return go(answered(), Ack{}, Commit{claim(s, c)}, handfast::Established{});
  }
  static Next<Peer, AwaitingFrame, Hello> react(AwaitingFrame& s, const Hello& m, Context& c) {
    if (is_same(s.answer.hello, m)) return stay(s.answer.ack);
    return answer<AwaitingFrame>(s, m, c);
  }
  static Next<Peer, AwaitingFrame, Call> react(AwaitingFrame& s, const Call&, Context&) {
    s.answer.is_wished = true;
    return stay();
  }
  static Next<Peer, AwaitingFrame, FrameOverdue> react(const AwaitingFrame& s, const FrameOverdue&,
                                                       Context& c) {
    if (!s.answer.is_wished) return go(Met{});
    if (s.answer.attempts >= c.config.hello_attempts) return go(Met{}, Unreachable{});
    return call<AwaitingAck, AwaitingFrame, FrameOverdue>(s, s.answer.attempts, c);
  }

  // Traffic.

  static Next<Peer, Established, Send> react(const Established& s, const Send& m, Context& c) {
    return send(s, m, c);
  }
  static Next<Peer, Established, Message> react(const Established& s, const Message& m, Context&) {
    return stay(Delivered{m.payload}, s.sessions.acknowledged(m));
  }
  static Next<Peer, Established, Ack> react(const Established& s, const Ack& m, Context&) {
    return stay(s.sessions.acknowledged(m));
  }
  static Next<Peer, Established, FrameDue> react(const Established& s, const FrameDue&,
                                                 Context& c) {
    if (s.sessions.current.unheard > c.config.hello_attempts)
      return call<RenewingAwaitingAck, Established, FrameDue>(s, 0, c);
    if (s.sessions.current.frames_left(c.config) == 0) return stay();
    return stay(Ack{});
  }
  static Next<Peer, Established, Call> react(const Established& s, const Call&, Context& c) {
    return call<RenewingAwaitingAck, Established, Call>(s, 0, c);
  }
  static Next<Peer, Established, RenewDue> react(const Established& s, const RenewDue&,
                                                 Context& c) {
    return call<RenewingAwaitingAck, Established, RenewDue>(s, 0, c);
  }
  static Next<Peer, Established, NewSession> react(const Established& s, const NewSession& m,
                                                   Context& c) {
    const bool is_his =
        peer::proves(c.hmac, s.contact.keys.new_session, m, s.contact.key, c.identity.public_key());
    if (auto broken = require<peer::PeerProves>(
            is_his || handfast::detail::planted<"NEW_SESSION's proof not checked">))
      return broken;
    const auto& current = s.sessions.current;
    if (auto broken = require<peer::NewsIsNew>(
            m.session == current.id &&
            (!current.is_disowned || handfast::detail::planted<"NEW_SESSION heard again">)))
      return broken;
    auto made = make_call(s.contact, 0, c);
    if (auto broken = require<peer::RandomSourceWorks>(made.has_value())) return broken;
    const Hello hello = made->hello;
    return go(RenewingAwaitingAck{{}, {}, std::move(*made), true}, hello);
  }
  static Next<Peer, Established, Hello> react(const Established& s, const Hello& m, Context& c) {
    return answer<RenewingAwaitingFrame>(s, m, c);
  }
  static Next<Peer, Established, TooOld> react(const Established&, const TooOld&, Context&) {
    return go(Met{}, SessionOver{});
  }

  // Renewal.

  static Next<Peer, RenewingAwaitingAck, Send> react(const RenewingAwaitingAck& s, const Send& m,
                                                     Context& c) {
    return send(s, m, c);
  }
  static Next<Peer, RenewingAwaitingAck, Message> react(const RenewingAwaitingAck& s,
                                                        const Message& m, Context&) {
    return stay(Delivered{m.payload}, s.sessions.acknowledged(m));
  }
  static Next<Peer, RenewingAwaitingAck, Ack> react(const RenewingAwaitingAck& s, const Ack& m,
                                                    Context&) {
    return stay(s.sessions.acknowledged(m));
  }
  static Next<Peer, RenewingAwaitingAck, FrameDue> react(const RenewingAwaitingAck& s,
                                                         const FrameDue&, Context& c) {
    if (!may_acknowledge(s, c)) return stay();
    return stay(Ack{});
  }
  static Next<Peer, RenewingAwaitingAck, HelloAck> react(const RenewingAwaitingAck& s,
                                                         const HelloAck& m, Context& c) {
    return begin<Renewed>(s, m, c);
  }
  static Next<Peer, RenewingAwaitingAck, Hello> react(const RenewingAwaitingAck& s, const Hello& m,
                                                      Context& c) {
    return answer<RenewingAwaitingFrame>(s, m, c);
  }
  static Next<Peer, RenewingAwaitingAck, AckOverdue> react(const RenewingAwaitingAck& s,
                                                           const AckOverdue&, Context& c) {
    if (s.call.attempts >= c.config.hello_attempts) return go(put_off(), Unreachable{});
    return stay(s.call.hello);
  }
  static Next<Peer, RenewingAwaitingAck, TooOld> react(const RenewingAwaitingAck&, const TooOld&,
                                                       Context&) {
    return go(AwaitingAck{}, SessionOver{});
  }

  static Next<Peer, RenewingAwaitingFrame, Send> react(const RenewingAwaitingFrame& s,
                                                       const Send& m, Context& c) {
    return send(s, m, c);
  }
  static Next<Peer, RenewingAwaitingFrame, Message> react(const RenewingAwaitingFrame& s,
                                                          const Message& m, Context& c) {
    if (m.whose != peer::Whose::next) return stay(Delivered{m.payload}, s.sessions.acknowledged(m));
    return go(answered(), Ack{}, Commit{claim(s, c)}, Renewed{}, Delivered{m.payload},
              acknowledged_first(s, m));
  }
  static Next<Peer, RenewingAwaitingFrame, Ack> react(const RenewingAwaitingFrame& s, const Ack& m,
                                                      Context& c) {
    if (m.whose != peer::Whose::next) return stay(s.sessions.acknowledged(m));
    return go(answered(), Ack{}, Commit{claim(s, c)}, Renewed{}, acknowledged_first(s, m));
  }
  static Next<Peer, RenewingAwaitingFrame, FrameDue> react(const RenewingAwaitingFrame& s,
                                                           const FrameDue&, Context& c) {
    if (!may_acknowledge(s, c)) return stay();
    return stay(Ack{});
  }
  static Next<Peer, RenewingAwaitingFrame, Hello> react(RenewingAwaitingFrame& s, const Hello& m,
                                                        Context& c) {
    if (is_same(s.answer.hello, m)) return stay(s.answer.ack);
    return answer<RenewingAwaitingFrame>(s, m, c);
  }
  static Next<Peer, RenewingAwaitingFrame, Call> react(RenewingAwaitingFrame& s, const Call&,
                                                       Context&) {
    s.answer.is_wished = true;
    return stay();
  }
  static Next<Peer, RenewingAwaitingFrame, FrameOverdue> react(const RenewingAwaitingFrame& s,
                                                               const FrameOverdue&, Context& c) {
    if (!s.answer.is_wished) return go(Established{});
    if (s.answer.attempts >= c.config.hello_attempts) return go(put_off(), Unreachable{});
    return call<RenewingAwaitingAck, RenewingAwaitingFrame, FrameOverdue>(s, s.answer.attempts, c);
  }
  static Next<Peer, RenewingAwaitingFrame, TooOld> react(const RenewingAwaitingFrame&,
                                                         const TooOld&, Context&) {
    return go(AwaitingFrame{}, SessionOver{});
  }

 private:
  template <class M>
  static void append(const M& message, Context& c, Frames& frames) {
    if (const auto bytes = wire::binary::encode(message)) frames.append(c.link, text_of(*bytes));
  }

  // The caller's side.

  static std::expected<OwnCall, Fault> make_call(const Contact& contact, std::uint32_t attempts,
                                                 Context& c) {
    const auto half = c.random.bytes<16>();
    if (!half) return std::unexpected(half.error());
    auto ephemeral = x25519::PrivateKey::generate(c.random);
    if (!ephemeral) return std::unexpected(ephemeral.error());
    OwnCall made{{*half, ephemeral->public_key(), {}}, std::move(*ephemeral), attempts, {}};
    made.hello.proof = peer::proof_of(c.hmac, contact.keys.hello, made.hello,
                                      c.identity.public_key(), contact.key);
    return made;
  }
  template <class To, class S, class On>
  static Next<Peer, S, On> call(const S& s, std::uint32_t attempts, Context& c) {
    auto made = make_call(s.contact, attempts, c);
    if (auto broken = require<peer::RandomSourceWorks>(made.has_value())) return broken;
    const Hello hello = made->hello;
    To next;
    next.call = std::move(*made);
    return go(std::move(next), hello);
  }
  /// The answer to our call has come.
  template <class Event, class S>
  static Next<Peer, S, HelloAck> begin(const S& s, const HelloAck& m, Context& c) {
    const Hello& hello = s.call.hello;
    const bool is_ours = std::equal(hello.half.begin(), hello.half.end(), m.session.begin());
    if (auto broken = require<peer::AckIsOurs>(
            is_ours || handfast::detail::planted<"answer to another HELLO">))
      return broken;
    const auto& ours = c.identity.public_key();
    const auto agreed = Agreements::of_client(c.identity, s.call.ephemeral, s.contact.key, m.key);
    if (auto broken = require<peer::KeysAgree>(agreed.has_value())) return broken;
    peer::SessionKeys keys(c.hkdf, peer::transcript_of(c.sha256, ours, s.contact.key, hello, m),
                           *agreed);
    const bool proves = c.hmac.verify(keys.confirmation.bytes(), keys.transcript, m.proof);
    c.hmac.forget();  // it would hold this key until the next proof
    if (auto broken = require<peer::PeerProves>(
            proves || handfast::detail::planted<"HELLO_ACK's proof not checked">))
      return broken;
    const Claim claim = claim_of(s.contact, keys.transcript, keys.id, "caller", c);
    Established next;
    next.begins = Established::Begins::called;
    next.made = Session::of(keys, m.session, true, c.now);
    return go(std::move(next), Ack{}, Running{claim}, Commit{claim}, Event{});
  }
  static Established put_off() {
    Established next;
    next.is_put_off = true;
    return next;
  }

  // The answerer's side.

  static bool is_same(const Hello& a, const Hello& b) {
    return a.half == b.half && a.key == b.key && a.proof == b.proof &&
           !handfast::detail::planted<"repeated HELLO not answered again">;
  }
  /// Whether a HELLO of the contact's is to be answered while ours waits for its answer.
  static bool gives_way(const Contact& contact, const Context& c) {
    return contact.key < c.identity.public_key();
  }
  template <class To, class S>
  static Next<Peer, S, Hello> answer(const S& s, const Hello& m, Context& c) {
    const auto& ours = c.identity.public_key();
    const Contact& contact = s.contact;
    const bool is_his = peer::proves(c.hmac, contact.keys.hello, m, contact.key, ours);
    if (auto broken = require<peer::PeerProves>(
            is_his || handfast::detail::planted<"HELLO's proof not checked">))
      return broken;
    if (auto broken = require<peer::HelloIsNew>(
            !contact.has_answered(m) || handfast::detail::planted<"old HELLO makes a new session">))
      return broken;
    if (auto broken =
            require<peer::HelloIsInPace>(contact.may_answer(c.config, c.now) ||
                                         handfast::detail::planted<"HELLOs answered at any pace">))
      return broken;
    if constexpr (requires { s.call; })
      if (auto broken = require<peer::HelloCounts>(
              gives_way(contact, c) || handfast::detail::planted<"HELLOs that cross both count">))
        return broken;
    const auto half = c.random.bytes<16>();
    const auto ephemeral = x25519::PrivateKey::generate(c.random);
    if (auto broken = require<peer::RandomSourceWorks>(half && ephemeral)) return broken;
    const auto agreed = Agreements::of_server(c.identity, *ephemeral, contact.key, m.key);
    if (auto broken = require<peer::KeysAgree>(agreed.has_value())) return broken;

    Answer made;
    made.hello = m;
    std::ranges::copy(m.half, made.ack.session.begin());
    std::ranges::copy(*half, made.ack.session.begin() + m.half.size());
    made.ack.key = ephemeral->public_key();
    peer::SessionKeys keys(c.hkdf, peer::transcript_of(c.sha256, contact.key, ours, m, made.ack),
                           *agreed);
    made.ack.proof = c.hmac.mac(keys.confirmation.bytes(), keys.transcript);
    c.hmac.forget();
    made.transcript = keys.transcript;
    made.key_id = keys.id;
    made.session = Session::of(keys, made.ack.session, false, c.now);
    made.overdue = Deadline<FrameOverdue>::in(c.config.frame_timeout, c.now);
    made.pace = contact.answers;
    made.pace.take(c.config.answers_a_second, c.now);
    if constexpr (requires { s.call; }) {
      made.is_wished = true;
      made.attempts = s.call.attempts;
    } else if constexpr (requires { s.answer; }) {
      // Who wants to call does not wait for ever, however many old HELLOs somebody repeats.
      made.is_wished = s.answer.is_wished;
      made.attempts = s.answer.attempts + (s.answer.is_wished ? 1 : 0);
      if (made.attempts >= c.config.hello_attempts) made.overdue = s.answer.overdue;
    }
    const Running running{claim_of(contact, keys.transcript, keys.id, "answerer", c)};
    const HelloAck ack = made.ack;
    To next;
    next.answer = std::move(made);
    return go(std::move(next), ack, running);
  }
  template <class S>
  static OpenedFrame open_next(const S& s, const Frame& frame, const peer::Before& before,
                               Context& c, Buffer& plaintext) {
    return peer::open_in(s.answer.session, peer::Whose::next, before, frame, s.contact, c,
                         plaintext);
  }
  static Established answered() {
    Established next;
    next.begins = Established::Begins::answered;
    return next;
  }
  template <class M>
  static Acknowledged acknowledged_first(const RenewingAwaitingFrame& s, const M& message) {
    auto told = peer::acknowledged_by(message, s.answer.session, s.sessions.summary());
    told.session.session = s.contact.session_count + 1;
    return told;
  }

  // Both.

  static Claim claim_of(const Contact& contact, const Sha256::Digest& transcript, const KeyId& id,
                        std::string_view role, const Context& c) {
    Claim made{{}, transcript, id, role};
    std::ranges::copy(contact.key.bytes(), made.peer.begin());
    std::ranges::copy(c.identity.public_key().bytes(), made.own.begin());
    return made;
  }
  template <class S>
  static Claim claim(const S& s, const Context& c) {
    return claim_of(s.contact, s.answer.transcript, s.answer.key_id, "answerer", c);
  }
  template <class S>
  static Next<Peer, S, Send> send(const S& s, const Send& m, Context& c) {
    if (auto broken = require<peer::PayloadFits>(m.payload.size() <= peer::payload_size_max))
      return broken;
    const Session& current = s.sessions.current;
    if (auto broken = require<peer::KeysHaveRoom>(current.messages_left(c.config) > 0))
      return broken;
    Message message;
    message.payload = m.payload;
    return stay(message, Sent{{current.number, current.send.next()}});
  }
  template <class S>
  static bool may_acknowledge(const S& s, const Context& c) {
    const Session& current = s.sessions.current;
    return current.frames_left(c.config) > 0 && current.unheard <= c.config.hello_attempts;
  }
};

}  // namespace handfast::registration
