#pragma once

// The part of the initiator: rows, and what they do. `Initiator` has it, and so has `Peer`.

#include "handfast/core/next.hpp"
#include "handfast/rehandshake/ending.hpp"
#include "handfast/rehandshake/proofs.hpp"

namespace handfast::rehandshake {

template <class Role>
struct Initiating {
  using Idle = states::Idle;
  using AwaitingResponse = states::AwaitingResponse;
  using BackingOff = states::BackingOff;
  using Confirmed = states::Confirmed;
  using Failed = states::Failed;
  using Ended = states::Ended;

  // clang-format off
  using Rows = Transitions<
    //  from               on               to                sends and tells
    Row<Idle,              Start,           AwaitingResponse, Request, Requires<ConfigIsSound, RandomSourceWorks>>,
    Row<Confirmed,         Start,           AwaitingResponse, Request, Requires<ConfigIsSound, RandomSourceWorks>>,
    Row<Failed,            Start,           AwaitingResponse, Request, Requires<ConfigIsSound, RandomSourceWorks>>,
    Row<Confirmed,         PeriodOver,      AwaitingResponse, Request, Requires<RandomSourceWorks>>,
    Row<Failed,            PeriodOver,      AwaitingResponse, Request, Requires<RandomSourceWorks>>,
    Authenticates<
    Row<AwaitingResponse,  Response,        Confirmed,        Complete, Tells<Running, Commit, handfast::Established, AttemptEnded>,
                                                              Requires<SessionIsOurs, TimestampIsNotOld, TimestampIsNotAhead, PeerProves>>>,
    Row<AwaitingResponse,  ResponseOverdue, BackingOff,       Tells<AttemptEnded>>,
    Row<AwaitingResponse,  ResponseOverdue, Failed,           Tells<AttemptEnded, FellBack>>,   // that was the last one
    Row<BackingOff,        RetryDue,        AwaitingResponse, Request, Requires<RandomSourceWorks>>,
    Row<AwaitingResponse,  Rotate,          Idle,             Tells<AttemptEnded>, Requires<KeysAreLater>>,
    Row<BackingOff,        Rotate,          Idle,             Requires<KeysAreLater>>,
    Row<Failed,            Rotate,          Idle,             Requires<KeysAreLater>>,
    Row<AwaitingResponse,  Stop,            Ended,            Tells<AttemptEnded, Closed>>,
    Row<BackingOff,        Stop,            Ended,            Tells<Closed>>,
    Row<Failed,            Stop,            Ended,            Tells<Closed>>,
    Ignore<Idle, Response>,
    Ignore<BackingOff, Response>,                                                               // it came too late
    Ignore<Confirmed, Response>,
    Ignore<Failed, Response>,
    Ignore<Ended, Response>>;
  // clang-format on

  static Next<Role, Idle, Start> react(const Idle&, const Start& m, Context& c) {
    return start<Idle>(m, c);
  }
  static Next<Role, Confirmed, Start> react(const Confirmed&, const Start& m, Context& c) {
    return start<Confirmed>(m, c);
  }
  static Next<Role, Failed, Start> react(const Failed&, const Start& m, Context& c) {
    return start<Failed>(m, c);
  }
  static Next<Role, Confirmed, PeriodOver> react(const Confirmed&, const PeriodOver&, Context& c) {
    return ask<Confirmed, PeriodOver>(1, Cause::periodic, c);
  }
  static Next<Role, Failed, PeriodOver> react(const Failed&, const PeriodOver&, Context& c) {
    return ask<Failed, PeriodOver>(1, Cause::periodic, c);
  }
  static Next<Role, AwaitingResponse, Response> react(const AwaitingResponse& s, const Response& m,
                                                      Context& c) {
    if (auto broken = require<SessionIsOurs>(is_ours(m.session, c))) return broken;
    if (auto broken = require<TimestampIsNotOld>(!is_too_old(m.timestamp, c.now))) return broken;
    if (auto broken = require<TimestampIsNotAhead>(!is_too_new(m.timestamp, c.now))) return broken;
    if (auto broken = require<PeerProves>(proves_response(m, s.attempt.request, c))) return broken;
    const Claim claim = claim_of(m, c);
    return go(Confirmed{}, make_complete(s.attempt.request, frame_of(m), c), Running{claim},
              Commit{claim}, handfast::Established{}, s.attempt.ended({}, c.now));
  }
  static Next<Role, AwaitingResponse, ResponseOverdue> react(const AwaitingResponse& s,
                                                             const ResponseOverdue&, Context& c) {
    const AttemptEnded ended = s.attempt.ended(Fault::timed_out, c.now);
    if (s.attempt.number >= c.config.attempts_max &&
        !handfast::detail::planted<"attempts without bound">)
      return go(Failed{}, ended, FellBack{});
    return go(BackingOff{s.attempt.number, s.attempt.cause, {}}, ended);
  }
  static Next<Role, BackingOff, RetryDue> react(const BackingOff& s, const RetryDue&, Context& c) {
    return ask<BackingOff, RetryDue>(s.number + 1, s.cause, c);
  }

  static Next<Role, AwaitingResponse, Rotate> react(const AwaitingResponse& s, const Rotate& m,
                                                    Context& c) {
    if (auto broken = require<KeysAreLater>(take_later(m, c))) return broken;
    return go(Idle{}, s.attempt.ended(Fault::superseded, c.now));
  }
  static Next<Role, BackingOff, Rotate> react(const BackingOff&, const Rotate& m, Context& c) {
    if (auto broken = require<KeysAreLater>(take_later(m, c))) return broken;
    return go(Idle{});
  }
  static Next<Role, Failed, Rotate> react(const Failed&, const Rotate& m, Context& c) {
    if (auto broken = require<KeysAreLater>(take_later(m, c))) return broken;
    return go(Idle{});
  }
  static Next<Role, AwaitingResponse, Stop> react(const AwaitingResponse& s, const Stop&,
                                                  Context& c) {
    return go(Ended{}, s.attempt.ended(Fault::superseded, c.now), Closed{});
  }
  static Next<Role, BackingOff, Stop> react(const BackingOff&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Role, Failed, Stop> react(const Failed&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }

 private:
  template <class From>
  static Next<Role, From, Start> start(const Start& m, Context& c) {
    if (auto broken = require<ConfigIsSound>(Role::is_sound(c.config))) return broken;
    return ask<From, Start>(1, m.cause, c);
  }
  template <class From, class On>
  static Next<Role, From, On> ask(std::uint32_t number, Cause cause, Context& c) {
    const auto request = make_request(c);
    if (auto broken = require<RandomSourceWorks>(request.has_value())) return broken;
    return go(AwaitingResponse{{frame_of(*request), number, cause, c.now.steady}, {}}, *request);
  }
};

}  // namespace handfast::rehandshake
