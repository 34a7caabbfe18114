#pragma once

// The side that moves a connection: it proves a new path, waits until the other side is heard
// there, and switches.

#include "handfast/rehandshake/migration/traffic.hpp"

namespace handfast::rehandshake {

/// Which side of the re-handshakes a migration is.
enum class Part : std::uint8_t { initiator, responder };

/// One connection over two paths.
template <Part part, class Profile = Hardened>
struct Migration;

template <>
struct Migration<Part::initiator, Hardened>
    : migration::Common<Migration<Part::initiator>>,
      migration::Traffic<Migration<Part::initiator>, migration::Steady>,
      migration::Traffic<Migration<Part::initiator>, migration::Proving>,
      migration::Traffic<Migration<Part::initiator>, migration::Switching>,
      migration::Traffic<Migration<Part::initiator>, migration::Stranded>,
      migration::LosingOne<Migration<Part::initiator>, migration::Proving>,
      migration::LosingOne<Migration<Part::initiator>, migration::Switching> {
  using Context = MigrationContext;
  using Links = PathLinks;
  using Receives = List<Response, Data, Switch, Ack, Heartbeat, Close>;
  using Commands = List<Start, Send, Disconnect, LinkOpened, LinkClosed>;
  using Timers = List<ResponseOverdue, SwitchOverdue, PathShown, FollowDue, BothSwitched, AckDue,
                      ResendDue, HeartbeatDue, PathSilent, MigrateDue, PathOverdue, EndDue>;

  using Idle = migration::Idle;
  using Steady = migration::Steady;
  using Proving = migration::Proving;
  using Switching = migration::Switching;
  using Stranded = migration::Stranded;
  using Ended = migration::Ended;
  using Ends = List<Idle, Steady, Ended>;

  // clang-format off
  using Moving = Transitions<
    //  from       on               to         sends and tells
    Row<Steady,    LinkOpened,      Proving,   Request, Requires<LinkIsNew, LinkIsBound, RandomSourceWorks>>,
    Row<Steady,    LinkOpened,      Steady,    Requires<LinkIsNew, LinkIsBound>>,                              // a relay, for later
    Row<Steady,    MigrateDue,      Steady,    Tells<PathWanted>>,
    Row<Steady,    MigrateDue,      Proving,   Request, Requires<RandomSourceWorks>>,             // it has been there since another attempt
    Row<Proving,   Response,        Switching, Complete, Tells<Running, Commit>,
                                               Requires<LinkIsTheOne, SessionIsOurs, TimestampIsNotOld, TimestampIsNotAhead, PeerProves>>,
    Row<Proving,   ResponseOverdue, Steady,    Tells<AttemptEnded, PathLost>>,
    Row<Proving,   ResponseOverdue, Stranded,  Tells<AttemptEnded, PathLost, PathWanted>>,
    Row<Proving,   LinkClosed,      Steady,    Tells<AttemptEnded>>,
    Row<Proving,   LinkClosed,      Stranded,  Tells<AttemptEnded, PathWanted>>,
    Row<Proving,   LinkClosed,      Stranded,  Tells<AttemptEnded>>,                                   // not at once again
    Row<Switching, PathShown,       Steady,    Switch, Tells<Switched, AttemptEnded>, StoresFirst>,
    Row<Switching, SwitchOverdue,   Steady,    Switch, Tells<AttemptEnded, PathLost>, StoresFirst>,  // we are still here
    Row<Switching, SwitchOverdue,   Stranded,  Tells<AttemptEnded, PathLost, PathWanted>>,
    Row<Switching, LinkClosed,      Steady,    Switch, Tells<AttemptEnded>, StoresFirst>,
    Row<Switching, LinkClosed,      Stranded,  Tells<AttemptEnded, PathWanted>>,
    Row<Switching, LinkClosed,      Stranded,  Tells<AttemptEnded>>,                                   // the same
    Row<Stranded,  LinkOpened,      Proving,   Request, Requires<LinkIsNew, LinkIsBound, RandomSourceWorks>>,
    Row<Stranded,  PathOverdue,     Proving,   Request, Requires<RandomSourceWorks>>,             // there is one that is not proven
    Row<Stranded,  PathOverdue,     Stranded,  Tells<PathWanted>>,
    Row<Stranded,  PathOverdue,     Ended,     Tells<Closed>>,
    Ignore<Idle, Response>,
    Ignore<Steady, Response>,
    Ignore<Switching, Response>,
    Ignore<Stranded, Response>,
    Ignore<Ended, Response>>;
  // clang-format on
  using Common = migration::Common<Migration>;
  using Table =
      Join<typename Common::Beginning, Moving, typename migration::Traffic<Migration, Steady>::Rows,
           typename migration::Traffic<Migration, Proving>::Rows,
           typename migration::Traffic<Migration, Switching>::Rows,
           typename migration::Traffic<Migration, Stranded>::Rows,
           typename migration::LosingOne<Migration, Proving>::Rows,
           typename migration::LosingOne<Migration, Switching>::Rows, typename Common::Meaningless>;

  using Wire = std::variant<Response, SealedFrame>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode_any<Response, SealedFrame>(frame);
  }
  using Common::commit;
  using Common::open;
  using Common::write;
  static void write(Proving& s, const Request& m, Context&, Frames& frames) {
    frames.append(s.candidate, text_of(frame_of(m)));
  }
  static void write(Switching& s, const Complete& m, Context&, Frames& frames) {
    frames.append(s.candidate, text_of(frame_of(m)));
  }

  using Common::react;
  using migration::Traffic<Migration, Steady>::react;
  using migration::Traffic<Migration, Proving>::react;
  using migration::Traffic<Migration, Switching>::react;
  using migration::Traffic<Migration, Stranded>::react;
  using migration::LosingOne<Migration, Proving>::react;
  using migration::LosingOne<Migration, Switching>::react;

  static Next<Migration, Steady, LinkOpened> react(const Steady& s, const LinkOpened& m,
                                                   Context& c) {
    const bool is_new = Paths::exists(m.link) && !s.paths.has(m.link);
    if (auto broken = require<LinkIsNew>(is_new)) return broken;
    if (auto broken = require<LinkIsBound>(c.has_binding(m.link))) return broken;
    const Paths paths = s.paths.opened(m.link);
    if (s.paths.current != direct_link)
      return prove_opened<Steady>(paths, m.link, Cause::migrated, c);
    c.use_binding(m.link);
    return go(Steady{{}, paths, {}});
  }
  static Next<Migration, Steady, MigrateDue> react(const Steady& s, const MigrateDue&, Context& c) {
    if (s.paths.has(direct_link) && !handfast::detail::planted<"open path never proved">)
      return prove<Steady, MigrateDue>(s.paths, direct_link, Cause::migrated, c);
    return go(Steady{{}, s.paths, {}}, PathWanted{direct_link});
  }
  static Next<Migration, Proving, Response> react(const Proving& s, const Response& m, Context& c) {
    if (auto broken = require<LinkIsTheOne>(c.link == s.candidate)) return broken;
    if (auto broken = require<SessionIsOurs>(is_ours(m.session, c))) return broken;
    if (auto broken = require<TimestampIsNotOld>(!is_too_old(m.timestamp, c.now))) return broken;
    if (auto broken = require<TimestampIsNotAhead>(!is_too_new(m.timestamp, c.now))) return broken;
    c.bind_to(s.candidate);
    if (auto broken = require<PeerProves>(proves_response(m, s.attempt.request, c))) return broken;
    const Claim claim = claim_of(m, c);
    return go(Switching{{}, s.paths, s.attempt, s.candidate, {}, {}},
              make_complete(s.attempt.request, frame_of(m), c), Running{claim}, Commit{claim});
  }
  static Next<Migration, Proving, ResponseOverdue> react(const Proving& s, const ResponseOverdue&,
                                                         Context& c) {
    const Paths rest = s.paths.closed(s.candidate);
    const AttemptEnded ended = s.attempt.ended(Fault::timed_out, c.now);
    const PathLost lost{s.candidate};
    if (rest.is_stranded())
      return go(Stranded{{}, rest.failed(), {}}, ended, lost, PathWanted{relay_link});
    return go(Steady{{}, rest, {}}, ended, lost);
  }
  static Next<Migration, Proving, LinkClosed> react(const Proving& s, const LinkClosed& m,
                                                    Context& c) {
    const Paths rest = s.paths.closed(m.link);
    if (m.link != s.candidate)
      return migration::LosingOne<Migration, Proving>::lost_one(
          {{}, rest, s.attempt, s.candidate, s.overdue}, s.paths.current);
    const AttemptEnded ended = s.attempt.ended(Fault::link_closed, c.now);
    if (rest.is_stranded() && s.attempt.cause == Cause::resumed)
      return go(Stranded{{}, rest, {}}, ended);
    if (rest.is_stranded()) return go(Stranded{{}, rest, {}}, ended, PathWanted{relay_link});
    return go(Steady{{}, rest, {}}, ended);
  }
  static Next<Migration, Switching, PathShown> react(const Switching& s, const PathShown&,
                                                     Context& c) {
    return go(Steady{{}, s.paths.switched(s.candidate), {}}, Switch{}, Switched{s.candidate},
              s.attempt.ended({}, c.now));
  }
  static Next<Migration, Switching, SwitchOverdue> react(const Switching& s, const SwitchOverdue&,
                                                         Context& c) {
    const Paths rest = s.paths.closed(s.candidate);
    const AttemptEnded ended = s.attempt.ended(Fault::timed_out, c.now);
    const PathLost lost{s.candidate};
    if (rest.is_stranded())
      return go(Stranded{{}, rest.failed(), {}}, ended, lost, PathWanted{relay_link});
    return go(Steady{{}, rest, {}}, Switch{}, ended, lost);
  }
  static Next<Migration, Switching, LinkClosed> react(const Switching& s, const LinkClosed& m,
                                                      Context& c) {
    const Paths rest = s.paths.closed(m.link);
    if (m.link != s.candidate)
      return migration::LosingOne<Migration, Switching>::lost_one(
          {{}, rest, s.attempt, s.candidate, s.overdue, s.shown}, s.paths.current);
    const AttemptEnded ended = s.attempt.ended(Fault::link_closed, c.now);
    if (rest.is_stranded() && s.attempt.cause == Cause::resumed)
      return go(Stranded{{}, rest, {}}, ended);
    if (rest.is_stranded()) return go(Stranded{{}, rest, {}}, ended, PathWanted{relay_link});
    return go(Steady{{}, rest, {}}, Switch{}, ended);
  }
  static Next<Migration, Stranded, LinkOpened> react(const Stranded& s, const LinkOpened& m,
                                                     Context& c) {
    const bool is_new = Paths::exists(m.link) && !s.paths.has(m.link);
    if (auto broken = require<LinkIsNew>(is_new)) return broken;
    if (auto broken = require<LinkIsBound>(c.has_binding(m.link))) return broken;
    return prove_opened<Stranded>(s.paths.opened(m.link), m.link, Cause::resumed, c);
  }
  static Next<Migration, Stranded, PathOverdue> react(const Stranded& s, const PathOverdue&,
                                                      Context& c) {
    if (s.paths.reconnects >= c.migration.reconnects_max)
      return go(Ended{}, s.stream.closed(Fault::link_closed));
    for (const Link link : {direct_link, relay_link})
      if (s.paths.has(link)) return prove<Stranded, PathOverdue>(s.paths, link, Cause::resumed, c);
    return go(Stranded{{}, s.paths.failed(), {}}, PathWanted{relay_link});
  }

 private:
  /// Where the random source fails, the binding is still to be used.
  template <class From>
  static Next<Migration, From, LinkOpened> prove_opened(const Paths& paths, Link link, Cause cause,
                                                        Context& c) {
    const auto unused = c.next_bindings[link.number];
    c.use_binding(link);
    auto next = prove<From, LinkOpened>(paths, link, cause, c);
    if (next.refused()) c.next_bindings[link.number] = unused;
    return next;
  }
  template <class From, class On>
  static Next<Migration, From, On> prove(const Paths& paths, Link link, Cause cause, Context& c) {
    c.bind_to(link);
    const auto request = make_request(c);
    if (auto broken = require<RandomSourceWorks>(request.has_value())) return broken;
    return go(Proving{{}, paths, {frame_of(*request), 1, cause, c.now.steady}, link, {}}, *request);
  }
};

}  // namespace handfast::rehandshake
