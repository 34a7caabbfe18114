#pragma once

// The parent: spawns the child, speaks first, asks, keeps the channel alive, brings it new keys,
// and ends it.

#include "handfast/core/engine.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/stdio/requests.hpp"
#include "handfast/stdio/rules.hpp"
#include "handfast/stdio/session.hpp"
#include "handfast/wire/json.hpp"

namespace handfast::stdio {

template <HardenedProfile Profile>
struct Parent<Profile> {
  using Context = stdio::Context;
  using Links = stdio::Links;
  using Receives = List<Answer, Response, Notice, KeepaliveAck, RekeyResponse, ShutdownAck>;
  using Commands = List<Start, Send, Rekey, Shutdown, CleanedUp, LinkClosed>;
  using Timers = List<AnswerOverdue, ResponseOverdue, KeepaliveDue, PeerSilent, RekeyTime,
                      RekeyOverdue, ShutdownRepeat, ShutdownOverdue>;

  /// The channel as the states after the bootstrap share it.
  struct Channel {
    Session<Profile> session;
    Requests<Profile::requests_max> requests;
    bool rekey_wanted = false;  // the child has said so
    Deadline<ResponseOverdue> response_overdue;
    Deadline<KeepaliveDue> keepalive_due;
    Deadline<PeerSilent> peer_silent;
    Deadline<RekeyTime> rekey_time;
    static constexpr auto fields =
        Fields{&Channel::session,          &Channel::requests,      &Channel::rekey_wanted,
               &Channel::response_overdue, &Channel::keepalive_due, &Channel::peer_silent,
               &Channel::rekey_time};

    /// After every record that was sent.
    void sent(const Context& c) {
      // The first record may be lost, and the child waits for it only so long.
      const bool is_heard = session.current.number > 0 || session.current.receive.highest() > 0 ||
                            detail::planted<"first record repeated too late">;
      const Duration interval = c.config.keepalive_interval;
      keepalive_due = Deadline<KeepaliveDue>::in(
          is_heard ? interval : std::min(interval, c.config.answer_timeout / 4), c.now);
      await_responses(c);
      const bool is_time = rekey_wanted || session.sending().wants_rekey(c.config, c.now);
      rekey_time = is_time ? Deadline<RekeyTime>{c.now.steady}
                           : Deadline<RekeyTime>::in(Epoch<Profile>::rekey_age(c.config),
                                                     {session.current.began, {}});
    }
    /// Of several requests that are due at one moment each is repeated: the next one a moment
    /// later.
    void await_responses(const Context& c) {
      response_overdue.at = std::max(requests.first_due_at(), c.now.steady + Duration{1});
    }
    /// After every record that was authentic.
    void heard(const Context& c) {
      peer_silent = Deadline<PeerSilent>::in(c.config.dead_peer_timeout, c.now);
    }

    void begin(Epoch<Profile> next) {
      session.begin(std::move(next));
      if (!detail::planted<"granted wish kept">) rekey_wanted = false;
    }
    void note_wish(bool wants_rekey, const Context& c) {
      if (!wants_rekey || detail::planted<"child's wish not heard">) return;
      rekey_wanted = true;
      rekey_time.at = c.now.steady;
    }
  };

  // States.

  struct Idle {};
  struct AwaitingAnswer {
    x25519::PrivateKey key;
    WipingBuffer first_request;
    Deadline<AnswerOverdue> overdue;
    static constexpr auto fields =
        Fields{&AwaitingAnswer::key, &AwaitingAnswer::first_request, &AwaitingAnswer::overdue};
  };
  struct Rekeying;
  /// Requests go out, responses come in.
  struct Open {
    Channel channel;
    std::optional<Epoch<Profile>> next;  // set only on the way in
    static constexpr auto fields = Fields{&Open::channel, &Open::next};
    void adopt(Rekeying&& left) {
      channel = std::move(left.channel);
      channel.begin(std::move(*next));
      next.reset();
    }
  };
  /// As `Open`, while a rekey request is on its way.
  struct Rekeying {
    x25519::PrivateKey key;
    Deadline<RekeyOverdue> overdue;
    Channel channel;
    static constexpr auto fields = Fields{&Rekeying::key, &Rekeying::overdue, &Rekeying::channel};
    void adopt(Open&& left) { channel = std::move(left.channel); }
  };
  /// The end in the document's four steps. The shutdown request is sent (1), its acknowledgement is
  /// awaited (2).
  struct AwaitingShutdownAck {
    Deadline<ShutdownRepeat> repeat;
    Deadline<ShutdownOverdue> overdue;
    Channel channel;
    static constexpr auto fields = Fields{
        &AwaitingShutdownAck::repeat, &AwaitingShutdownAck::overdue, &AwaitingShutdownAck::channel};
    void adopt(Open&& left) { channel = std::move(left.channel); }
    void adopt(Rekeying&& left) { channel = std::move(left.channel); }
  };
  /// The application closes connections (3); there are no keys any more.
  struct ClosingConnections {
    Deadline<ShutdownOverdue> overdue;
    static constexpr auto fields = Fields{&ClosingConnections::overdue};
    void entered(Context& c) { c.forget_keys(); }
  };
  /// The application reaps the process (4).
  struct CleaningUp {
    void entered(Context& c) { c.forget_keys(); }
  };
  struct Ended {
    void entered(Context& c) { c.forget_keys(); }
  };
  using Ends = List<Open, Ended>;

  // clang-format off
  using Bootstrap = Transitions<
    //  from                 on                to                   sends and tells
    Row<Idle,                Start,            AwaitingAnswer,      Offer, Requires<EndpointFits, PayloadFits, RandomSourceWorks>>,
    Authenticates<
    Row<AwaitingAnswer,      Answer,           Open,                Keepalive, Tells<Running, Commit, Established, Reachable>,
                                                                    Requires<KeysAgree, ChildConfirms, RandomSourceWorks>>>,
    Authenticates<
    Row<AwaitingAnswer,      Answer,           Open,                Request, Tells<Running, Commit, Established, Reachable, Sent>,
                                                                    Requires<KeysAgree, ChildConfirms, RandomSourceWorks>>>,
    Row<AwaitingAnswer,      AnswerOverdue,    Ended,               Tells<Closed>>,
    Row<AwaitingAnswer,      LinkClosed,       Ended,               Tells<Closed>>,
    Refuse<Idle, Answer, Response, Notice, KeepaliveAck, RekeyResponse, ShutdownAck>,
    Refuse<AwaitingAnswer, Response, Notice, KeepaliveAck, RekeyResponse, ShutdownAck>>;

  /// What goes on in `S`, with new keys on their way or not.
  template <class S>
  using Traffic = Transitions<
    Row<S,                   Send,             S,                   Request, Tells<Sent>,
                                                                    Requires<PayloadFits, FewEnoughUnanswered, KeysHaveRoom, RandomSourceWorks>>,
    Row<S,                   Response,         S,                   Tells<Answered>>,
    Row<S,                   Response,         S>,                  // a second answer to the same request
    Row<S,                   Notice,           S,                   Tells<Noticed>, Requires<NoticesMayCome>>,
    Row<S,                   ResponseOverdue,  S,                   Request, Requires<RandomSourceWorks>>,
    Row<S,                   ResponseOverdue,  S,                   Tells<RequestFailed>>,
    Row<S,                   ResponseOverdue,  S>,                  // later: the keys have no room for it now
    Row<S,                   KeepaliveDue,     S,                   Keepalive, Requires<RandomSourceWorks>>,
    Row<S,                   KeepaliveDue,     S>,                  // the reserve is used up: the peer is lost
    Row<S,                   KeepaliveAck,     S>,
    Row<S,                   PeerSilent,       Ended,               Tells<Closed>>,
    Row<S,                   LinkClosed,       Ended,               Tells<Closed>>,
    Row<S,                   Shutdown,         AwaitingShutdownAck, ShutdownRequest, Requires<ReserveHasRoom, RandomSourceWorks>>>;

  using Rekeys = Transitions<
    Row<Open,                Rekey,            Rekeying,            RekeyRequest, Requires<ReserveHasRoom, RandomSourceWorks>>,
    Row<Open,                RekeyTime,        Rekeying,            RekeyRequest, Requires<ReserveHasRoom, RandomSourceWorks>>,
    Row<Rekeying,            RekeyOverdue,     Rekeying,            RekeyRequest, Requires<RandomSourceWorks>>,
    Row<Rekeying,            RekeyOverdue,     Rekeying>,           // the reserve is used up
    Row<Rekeying,            RekeyResponse,    Open,                Keepalive, Tells<Rekeyed>,
                                                                    Requires<RekeyIsNext, KeysAgree, RandomSourceWorks>>,
    Ignore<Open, Answer, RekeyResponse>,
    Ignore<Rekeying, Answer>,
    Refuse<Open, ShutdownAck>,
    Refuse<Rekeying, ShutdownAck>>;

  using Shutdowns = Transitions<
    Row<AwaitingShutdownAck, ShutdownRepeat,   AwaitingShutdownAck, ShutdownRequest, Requires<RandomSourceWorks>>,
    Row<AwaitingShutdownAck, ShutdownRepeat,   AwaitingShutdownAck>,
    Row<AwaitingShutdownAck, Response,         AwaitingShutdownAck, Tells<Answered>>,
    Row<AwaitingShutdownAck, Response,         AwaitingShutdownAck>,
    Row<AwaitingShutdownAck, ShutdownAck,      ClosingConnections,  Tells<CloseConnections>>,
    Row<AwaitingShutdownAck, ShutdownOverdue,  ClosingConnections,  Tells<CloseConnections>>,
    Row<AwaitingShutdownAck, LinkClosed,       CleaningUp,          Tells<CleanUp>>,
    Row<ClosingConnections,  LinkClosed,       CleaningUp,          Tells<CleanUp>>,
    Row<ClosingConnections,  ShutdownOverdue,  CleaningUp,          Tells<CleanUp>>,
    Row<CleaningUp,          CleanedUp,        Ended,               Tells<Closed>>,
    Ignore<AwaitingShutdownAck, Answer, Notice, KeepaliveAck, RekeyResponse>,
    Ignore<ClosingConnections, Answer, Response, Notice, KeepaliveAck, RekeyResponse, ShutdownAck>,
    Ignore<CleaningUp, Answer, Response, Notice, KeepaliveAck, RekeyResponse, ShutdownAck>,
    Ignore<Ended, Answer, Response, Notice, KeepaliveAck, RekeyResponse, ShutdownAck>>;

  using Table = Join<Bootstrap, Traffic<Open>, Traffic<Rekeying>, Rekeys, Shutdowns>;
  // clang-format on

  // Input: a line on the standard streams, records on the channel.

  using Wire = std::variant<Answer, Record>;
  static std::expected<Wire, Fault> decode(Link link, Bytes frame, const Context&) {
    if (link == standard_streams) return wire::json::decode<Answer>(frame, bootstrap_line_size_max);
    return wire::binary::decode<Record>(frame);
  }

  template <class S>
  requires requires(S& s) { s.channel; }
  static auto open(const S& s, const Record& record, Context& c, Buffer& plaintext) {
    return s.channel.session
        .template open_any<Response, Notice, KeepaliveAck, RekeyResponse, ShutdownAck>(record, c,
                                                                                       plaintext);
  }
  template <class S>
  static void commit(S& s, typename Session<Profile>::Pending&& pending, Context& c) {
    s.channel.session.commit(std::move(pending));
    s.channel.heard(c);
  }

  // Output.

  static void write(const Offer& offer, Context&, Frames& frames) {
    frames.append(standard_streams, *wire::json::encode(offer));
  }
  template <class S, class Message>
  requires requires(S& s, const Message& m) { s.channel, m.acknowledged; }
  static void write(S& s, const Message& message, Context& c, Frames& frames) {
    s.channel.session.seal(message, c, frames);
    s.channel.sent(c);
  }

  // The bootstrap.

  static Next<Parent, Idle, Start> react(const Idle&, const Start& m, Context& c) {
    if (auto broken = require<EndpointFits>(c.config.endpoint.size() <= endpoint_size_max))
      return broken;
    if (auto broken = require<PayloadFits>(m.first_request.size() <= payload_size_max))
      return broken;
    auto key = x25519::PrivateKey::generate(c.random);
    if (auto broken = require<RandomSourceWorks>(key.has_value())) return broken;
    const Offer offer{key->public_key()};
    AwaitingAnswer next{
        std::move(*key), {}, Deadline<AnswerOverdue>::in(c.config.answer_timeout, c.now)};
    next.first_request.append(m.first_request);
    return go(std::move(next), offer);
  }

  static Next<Parent, AwaitingAnswer, Answer> react(const AwaitingAnswer& s, const Answer& m,
                                                    Context& c) {
    const auto shared = x25519::agree(s.key, m.key);  // ee
    if (auto broken = require<KeysAgree>(shared.has_value())) return broken;
    const auto transcript = transcript_of(c.sha256, s.key.public_key(), m.key, m.port);
    const BootstrapKeys keys(c.hkdf, *shared, transcript);
    // The confirmation decides whether these keys are the child's: nothing is told before.
    const bool confirms = c.hmac.verify(keys.confirmation.bytes(), transcript, m.confirmation);
    c.hmac.forget();  // it would hold this key as long as the session lasts
    if (auto broken = require<ChildConfirms>(confirms)) return broken;
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;

    Claim claim{{}, transcript, keys.key_id, "parent"};
    std::ranges::copy(m.key.bytes(), claim.peer.begin());
    std::ranges::copy(s.key.public_key().bytes(), claim.own.begin());
    Open next;
    next.channel.session.id = keys.session_id;
    next.channel.session.direction = Direction::alice_to_bob;
    next.channel.session.current =
        Epoch<Profile>::from(EpochKeys(c.hkdf, keys.root), 0, Direction::alice_to_bob, c.now);
    next.channel.heard(c);
    if (s.first_request.empty())
      return go(std::move(next), Keepalive{}, Running{claim}, Commit{claim}, Established{},
                Reachable{m.port});
    const Request first = ask(next.channel, s.first_request.bytes(), c);
    return go(std::move(next), first, Running{claim}, Commit{claim}, Established{},
              Reachable{m.port}, Sent{first.correlation});
  }

  static Next<Parent, AwaitingAnswer, AnswerOverdue> react(const AwaitingAnswer&,
                                                           const AnswerOverdue&, Context&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
  static Next<Parent, AwaitingAnswer, LinkClosed> react(const AwaitingAnswer&, const LinkClosed&,
                                                        Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }

  // Traffic, the same in both states.

  static Next<Parent, Open, Send> react(Open& s, const Send& m, Context& c) {
    return send(s, m, c);
  }
  static Next<Parent, Rekeying, Send> react(Rekeying& s, const Send& m, Context& c) {
    return send(s, m, c);
  }
  static Next<Parent, Open, Response> react(Open& s, const Response& m, Context& c) {
    return answer(s, m, c);
  }
  static Next<Parent, Rekeying, Response> react(Rekeying& s, const Response& m, Context& c) {
    return answer(s, m, c);
  }
  static Next<Parent, Open, Notice> react(Open& s, const Notice& m, Context& c) {
    return notice(s, m, c);
  }
  static Next<Parent, Rekeying, Notice> react(Rekeying& s, const Notice& m, Context& c) {
    return notice(s, m, c);
  }
  static Next<Parent, Open, ResponseOverdue> react(Open& s, const ResponseOverdue&, Context& c) {
    return repeat(s, c);
  }
  static Next<Parent, Rekeying, ResponseOverdue> react(Rekeying& s, const ResponseOverdue&,
                                                       Context& c) {
    return repeat(s, c);
  }
  static Next<Parent, Open, KeepaliveDue> react(Open& s, const KeepaliveDue&, Context& c) {
    return keep_alive<Open>(s, c);
  }
  static Next<Parent, Rekeying, KeepaliveDue> react(Rekeying& s, const KeepaliveDue&, Context& c) {
    return keep_alive<Rekeying>(s, c);
  }
  static Next<Parent, Open, KeepaliveAck> react(Open& s, const KeepaliveAck& m, Context& c) {
    s.channel.note_wish(m.wants_rekey, c);
    return stay();
  }
  static Next<Parent, Rekeying, KeepaliveAck> react(Rekeying&, const KeepaliveAck&, Context&) {
    return stay();
  }
  static Next<Parent, Open, PeerSilent> react(const Open&, const PeerSilent&, Context&) {
    return go(Ended{}, Closed{Fault::peer_lost});
  }
  static Next<Parent, Rekeying, PeerSilent> react(const Rekeying&, const PeerSilent&, Context&) {
    return go(Ended{}, Closed{Fault::peer_lost});
  }
  static Next<Parent, Open, LinkClosed> react(const Open&, const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }
  static Next<Parent, Rekeying, LinkClosed> react(const Rekeying&, const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }
  static Next<Parent, Open, Shutdown> react(const Open& s, const Shutdown&, Context& c) {
    return shut_down(s, c);
  }
  static Next<Parent, Rekeying, Shutdown> react(const Rekeying& s, const Shutdown&, Context& c) {
    return shut_down(s, c);
  }

  // New keys.

  static Next<Parent, Open, Rekey> react(const Open& s, const Rekey&, Context& c) {
    return ask_rekey<Rekey>(s, c);
  }
  static Next<Parent, Open, RekeyTime> react(const Open& s, const RekeyTime&, Context& c) {
    return ask_rekey<RekeyTime>(s, c);
  }
  static Next<Parent, Rekeying, RekeyOverdue> react(Rekeying& s, const RekeyOverdue&, Context& c) {
    const auto again = Deadline<RekeyOverdue>::in(c.config.rekey_repeat, c.now);
    if (s.channel.session.sending().records_left(c.config) == 0) {
      s.overdue = again;  // an acknowledgement may come and make room
      return stay();
    }
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    s.overdue = again;
    return stay(RekeyRequest{0, s.channel.session.current.number + 1, s.key.public_key()});
  }
  static Next<Parent, Rekeying, RekeyResponse> react(const Rekeying& s, const RekeyResponse& m,
                                                     Context& c) {
    const auto& session = s.channel.session;
    if (auto broken = require<RekeyIsNext>(m.epoch == session.current.number + 1)) return broken;
    const auto shared = x25519::agree(s.key, m.key);  // ee
    if (auto broken = require<KeysAgree>(shared.has_value())) return broken;
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    const auto root = next_root_of(c.hkdf, *shared, session.current.next_root, m.epoch,
                                   s.key.public_key(), m.key, session.id);
    Open next;
    next.next =
        Epoch<Profile>::from(EpochKeys(c.hkdf, root), m.epoch, Direction::alice_to_bob, c.now);
    return go(std::move(next), Keepalive{}, Rekeyed{m.epoch});
  }

  // The end.

  static Next<Parent, AwaitingShutdownAck, ShutdownRepeat> react(AwaitingShutdownAck& s,
                                                                 const ShutdownRepeat&,
                                                                 Context& c) {
    if (s.channel.session.sending().records_left(c.config) == 0) return stay();
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    if (!detail::planted<"shutdown repeated once">)
      s.repeat = Deadline<ShutdownRepeat>::in(c.config.shutdown_repeat, c.now);
    return stay(ShutdownRequest{});
  }
  static Next<Parent, AwaitingShutdownAck, Response> react(AwaitingShutdownAck& s,
                                                           const Response& m, Context& c) {
    return answer(s, m, c);
  }
  static Next<Parent, AwaitingShutdownAck, ShutdownAck> react(const AwaitingShutdownAck&,
                                                              const ShutdownAck&, Context& c) {
    return go(closing(c), CloseConnections{});
  }
  static Next<Parent, AwaitingShutdownAck, ShutdownOverdue> react(const AwaitingShutdownAck&,
                                                                  const ShutdownOverdue&,
                                                                  Context& c) {
    return go(closing(c), CloseConnections{});
  }
  static Next<Parent, AwaitingShutdownAck, LinkClosed> react(const AwaitingShutdownAck&,
                                                             const LinkClosed&, Context&) {
    return go(CleaningUp{}, CleanUp{});
  }
  static Next<Parent, ClosingConnections, LinkClosed> react(const ClosingConnections&,
                                                            const LinkClosed&, Context&) {
    return go(CleaningUp{}, CleanUp{});
  }
  static Next<Parent, ClosingConnections, ShutdownOverdue> react(const ClosingConnections&,
                                                                 const ShutdownOverdue&, Context&) {
    return go(CleaningUp{}, CleanUp{});
  }
  static Next<Parent, CleaningUp, CleanedUp> react(const CleaningUp&, const CleanedUp&, Context&) {
    return go(Ended{}, Closed{});
  }

 private:
  /// Opens the next correlation id for `payload`; the request refers to the copy that is kept.
  static Request ask(Channel& channel, Bytes payload, const Context& c) {
    const std::uint64_t id = channel.requests.open(payload, repeat_time(c));
    return {0, id, channel.requests.lowest_open(), channel.requests.at(id).payload.bytes()};
  }

  static SteadyTime repeat_time(const Context& c) {
    return Deadline<ResponseOverdue>::in(c.config.response_timeout, c.now).at;
  }

  template <class S>
  static Next<Parent, S, Send> send(S& s, const Send& m, Context& c) {
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    if (auto broken = require<FewEnoughUnanswered>(s.channel.requests.has_room())) return broken;
    if (auto broken = require<KeysHaveRoom>(
            s.channel.session.sending().application_left(c.config, c.now) > 0))
      return broken;
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    const Request request = ask(s.channel, m.payload, c);
    return stay(request, Sent{request.correlation});
  }

  template <class S>
  static Next<Parent, S, Response> answer(S& s, const Response& m, Context& c) {
    s.channel.note_wish(m.wants_rekey, c);
    if (!s.channel.requests.is_open(m.correlation)) return stay();
    if (!detail::planted<"answered request stays open">) s.channel.requests.close(m.correlation);
    s.channel.await_responses(c);
    return stay(Answered{m.correlation, m.payload});
  }

  template <class S>
  static Next<Parent, S, Notice> notice(S& s, const Notice& m, Context& c) {
    if (auto broken = require<NoticesMayCome>(c.config.duplex)) return broken;
    s.channel.note_wish(m.wants_rekey, c);
    return stay(Noticed{m.payload});
  }

  /// The request that waits longest: again under the same correlation id in a new record, or given
  /// up.
  template <class S>
  static Next<Parent, S, ResponseOverdue> repeat(S& s, Context& c) {
    auto& requests = s.channel.requests;
    const std::uint64_t id = requests.first_due();
    auto& slot = requests.at(id);
    if (slot.attempts >= c.config.response_attempts ||
        detail::planted<"request given up at once">) {
      requests.close(id);
      s.channel.await_responses(c);
      return stay(RequestFailed{id});
    }
    const bool has_room = s.channel.session.sending().application_left(c.config, c.now) > 0;
    if (has_room)
      if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    if (has_room) ++slot.attempts;
    slot.repeat_at = repeat_time(c);
    s.channel.await_responses(c);
    if (!has_room) return stay();
    return stay(Request{0, id, requests.lowest_open(), slot.payload.bytes()});
  }

  template <class S>
  static Next<Parent, S, KeepaliveDue> keep_alive(S& s, Context& c) {
    if (s.channel.session.sending().records_left(c.config) == 0) {
      s.channel.peer_silent.at = c.now.steady;
      return stay();
    }
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    return stay(Keepalive{});
  }

  template <class On>
  static Next<Parent, Open, On> ask_rekey(const Open& s, Context& c) {
    const auto& session = s.channel.session;
    if (auto broken = require<ReserveHasRoom>(session.sending().records_left(c.config) > 0 &&
                                              session.has_next_epoch()))
      return broken;
    auto key = x25519::PrivateKey::generate(c.random);
    if (auto broken = require<RandomSourceWorks>(key.has_value() && c.draw_nonce())) return broken;
    const RekeyRequest request{0, session.current.number + 1, key->public_key()};
    return go(
        Rekeying{std::move(*key), Deadline<RekeyOverdue>::in(c.config.rekey_repeat, c.now), {}},
        request);
  }

  template <class S>
  static Next<Parent, S, Shutdown> shut_down(const S& s, Context& c) {
    if (auto broken =
            require<ReserveHasRoom>(s.channel.session.sending().records_left(c.config) > 0))
      return broken;
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    return go(AwaitingShutdownAck{Deadline<ShutdownRepeat>::in(c.config.shutdown_repeat, c.now),
                                  Deadline<ShutdownOverdue>::in(c.config.shutdown_timeout, c.now),
                                  {}},
              ShutdownRequest{});
  }

  static ClosingConnections closing(const Context& c) {
    return {Deadline<ShutdownOverdue>::in(c.config.shutdown_timeout, c.now)};
  }
};

}  // namespace handfast::stdio
