#pragma once

// The other side: it proves its keys on whatever path it is asked, sends there as soon as the
// initiator has proved its own, and follows it.

#include "handfast/rehandshake/migration/initiator.hpp"

namespace handfast::rehandshake {

template <>
struct Migration<Part::responder, Hardened>
    : migration::Common<Migration<Part::responder>>,
      migration::Traffic<Migration<Part::responder>, migration::Steady>,
      migration::Traffic<Migration<Part::responder>, migration::Answering>,
      migration::Traffic<Migration<Part::responder>, migration::Stranded>,
      migration::LosingOne<Migration<Part::responder>, migration::Answering> {
  using Context = MigrationContext;
  using Links = PathLinks;
  using Receives = List<Request, Complete, Data, Switch, Ack, Heartbeat, Close>;
  using Commands = List<Start, Send, Disconnect, LinkOpened, LinkClosed>;
  using Timers = List<CompleteOverdue, FollowDue, BothSwitched, AckDue, ResendDue, HeartbeatDue,
                      PathSilent, PathOverdue, EndDue>;

  using Idle = migration::Idle;
  using Steady = migration::Steady;
  using Answering = migration::Answering;
  using Stranded = migration::Stranded;
  using Ended = migration::Ended;
  using Ends = List<Idle, Steady, Ended>;

  using ByTheseRules = Requires<LinkIsOpen, SessionIsOurs, TimestampIsNotOld, TimestampIsNotAhead,
                                PeerProves, ChallengeIsNew, ChallengesHaveRoom, RandomSourceWorks>;
  // clang-format off
  using Moving = Transitions<
    //  from       on               to         sends and tells
    Row<Steady,    Request,         Answering, Response, Tells<Running>, ByTheseRules>,
    Row<Stranded,  Request,         Answering, Response, Tells<Running>, ByTheseRules>,
    Row<Answering, Request,         Answering, Response>,                                           // the same again
    Row<Answering, Request,         Answering, Response, Tells<AttemptEnded, Running>, ByTheseRules>,
    Row<Answering, Complete,        Steady,    Switch, Tells<Commit, Switched, AttemptEnded>,
                                               Requires<LinkIsTheOne, SessionIsOurs, TimestampIsNotOld, TimestampIsNotAhead, PeerProves>, StoresFirst>,
    Row<Answering, CompleteOverdue, Steady,    Tells<AttemptEnded>>,
    Row<Answering, CompleteOverdue, Stranded,  Tells<AttemptEnded, PathWanted>>,
    Row<Answering, LinkClosed,      Steady,    Tells<AttemptEnded>>,
    Row<Answering, LinkClosed,      Stranded,  Tells<AttemptEnded, PathWanted>>,
    Row<Answering, LinkClosed,      Stranded,  Tells<AttemptEnded>>,                                  // not at once again
    Row<Steady,    LinkOpened,      Steady,    Requires<LinkIsNew, LinkIsBound>>,
    Row<Stranded,  LinkOpened,      Stranded,  Requires<LinkIsNew, LinkIsBound>>,
    Row<Stranded,  PathOverdue,     Stranded,  Tells<PathWanted>>,
    Row<Stranded,  PathOverdue,     Ended,     Tells<Closed>>,
    Ignore<Idle, Request, Complete>,
    Ignore<Steady, Complete>,
    Ignore<Stranded, Complete>,
    Ignore<Ended, Request, Complete>>;
  // clang-format on
  using Common = migration::Common<Migration>;
  using Table =
      Join<typename Common::Beginning, Moving, typename migration::Traffic<Migration, Steady>::Rows,
           typename migration::Traffic<Migration, Answering>::Rows,
           typename migration::Traffic<Migration, Stranded>::Rows,
           typename migration::LosingOne<Migration, Answering>::Rows, typename Common::Meaningless>;

  using Wire = std::variant<Request, Complete, SealedFrame>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode_any<Request, Complete, SealedFrame>(frame);
  }
  using Common::commit;
  using Common::open;
  using Common::write;
  static void write(Answering& s, const Response& m, Context&, Frames& frames) {
    frames.append(s.candidate, text_of(frame_of(m)));
  }

  using Common::react;
  using migration::Traffic<Migration, Steady>::react;
  using migration::Traffic<Migration, Answering>::react;
  using migration::Traffic<Migration, Stranded>::react;
  using migration::LosingOne<Migration, Answering>::react;

  static Next<Migration, Steady, Request> react(const Steady& s, const Request& m, Context& c) {
    return answer(s, m, c);
  }
  static Next<Migration, Stranded, Request> react(const Stranded& s, const Request& m, Context& c) {
    return answer(s, m, c);
  }
  static Next<Migration, Answering, Request> react(const Answering& s, const Request& m,
                                                   Context& c) {
    if (frame_of(m) == s.answered.request && c.link == s.candidate)
      return stay(*wire::binary::decode<Response>(s.answered.response));
    return answer(s, m, c, s.answered.ended(Fault::superseded, c.now));
  }
  static Next<Migration, Answering, Complete> react(const Answering& s, const Complete& m,
                                                    Context& c) {
    if (auto broken = require<LinkIsTheOne>(c.link == s.candidate)) return broken;
    if (auto broken = require<SessionIsOurs>(is_ours(m.session, c))) return broken;
    if (auto broken = require<TimestampIsNotOld>(!is_too_old(m.timestamp, c.now))) return broken;
    if (auto broken = require<TimestampIsNotAhead>(!is_too_new(m.timestamp, c.now))) return broken;
    c.bind_to(s.candidate);
    if (auto broken = require<PeerProves>(proves_complete(m, s.answered, c))) return broken;
    return go(Steady{{}, s.paths.switched(s.candidate), {}}, Switch{},
              Commit{claim_of(s.answered.response, c)}, Switched{s.candidate},
              s.answered.ended({}, c.now));
  }
  static Next<Migration, Answering, CompleteOverdue> react(const Answering& s,
                                                           const CompleteOverdue&, Context& c) {
    const AttemptEnded ended = s.answered.ended(Fault::timed_out, c.now);
    if (s.paths.is_stranded())
      return go(Stranded{{}, s.paths.failed(), {}}, ended, PathWanted{relay_link});
    return go(Steady{{}, s.paths, {}}, ended);
  }
  static Next<Migration, Answering, LinkClosed> react(const Answering& s, const LinkClosed& m,
                                                      Context& c) {
    const Paths rest = s.paths.closed(m.link);
    if (m.link != s.candidate)
      return migration::LosingOne<Migration, Answering>::lost_one(
          {{}, rest, s.answered, s.candidate, s.overdue}, s.paths.current);
    const AttemptEnded ended = s.answered.ended(Fault::link_closed, c.now);
    // There was no path before either: the pause until another is wanted counts.
    if (s.paths.is_stranded() && !handfast::detail::planted<"relay dialled without a pause">)
      return go(Stranded{{}, rest, {}}, ended);
    if (rest.is_stranded()) return go(Stranded{{}, rest, {}}, ended, PathWanted{relay_link});
    return go(Steady{{}, rest, {}}, ended);
  }
  static Next<Migration, Steady, LinkOpened> react(Steady& s, const LinkOpened& m, Context& c) {
    const bool is_new = Paths::exists(m.link) && !s.paths.has(m.link);
    if (auto broken = require<LinkIsNew>(is_new)) return broken;
    if (auto broken = require<LinkIsBound>(c.has_binding(m.link))) return broken;
    c.use_binding(m.link);
    s.paths = s.paths.opened(m.link);
    return stay();
  }
  static Next<Migration, Stranded, LinkOpened> react(Stranded& s, const LinkOpened& m, Context& c) {
    const bool is_new = Paths::exists(m.link) && !s.paths.has(m.link);
    if (auto broken = require<LinkIsNew>(is_new)) return broken;
    if (auto broken = require<LinkIsBound>(c.has_binding(m.link))) return broken;
    c.use_binding(m.link);
    s.paths = s.paths.opened(m.link);
    return stay();
  }
  static Next<Migration, Stranded, PathOverdue> react(const Stranded& s, const PathOverdue&,
                                                      Context& c) {
    if (s.paths.reconnects >= c.migration.reconnects_max)
      return go(Ended{}, s.stream.closed(Fault::link_closed));
    return go(Stranded{{}, s.paths.failed(), {}}, PathWanted{relay_link});
  }

 private:
  template <class From, class... Told>
  static Next<Migration, From, Request> answer(const From& s, const Request& m, Context& c,
                                               Told... told) {
    if (auto broken = require<LinkIsOpen>(s.paths.has(c.link))) return broken;
    if (auto broken = require<SessionIsOurs>(is_ours(m.session, c))) return broken;
    if (auto broken = require<TimestampIsNotOld>(!is_too_old(m.timestamp, c.now))) return broken;
    if (auto broken = require<TimestampIsNotAhead>(!is_too_new(m.timestamp, c.now))) return broken;
    c.bind_to(c.link);
    const RequestBytes frame = frame_of(m);
    if (auto broken = require<PeerProves>(proves_request(m, frame, c))) return broken;
    if (auto broken = require<ChallengeIsNew>(!c.challenges.has(m.challenge, c.now))) return broken;
    const bool has_room = c.challenges.has_room(c.config.challenges_max, c.now);
    if (auto broken = require<ChallengesHaveRoom>(has_room)) return broken;
    const auto response = make_response(frame, c);
    if (auto broken = require<RandomSourceWorks>(response.has_value())) return broken;
    c.challenges.add(m.challenge, m.timestamp, c.now);
    const ResponseBytes bytes = frame_of(*response);
    return go(migration::Answering{{}, s.paths, {frame, bytes, c.now.steady}, c.link, {}},
              *response, told..., Running{claim_of(bytes, c)});
  }
};

}  // namespace handfast::rehandshake
