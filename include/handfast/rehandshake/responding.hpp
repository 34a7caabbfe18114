#pragma once

// The part of the responder: rows, and what they do. `Responder` has it, and so has `Peer`.

#include "handfast/rehandshake/ending.hpp"
#include "handfast/rehandshake/proofs.hpp"

namespace handfast::rehandshake {

template <class Role>
struct Responding {
  using Idle = states::Idle;
  using AwaitingComplete = states::AwaitingComplete;
  using Confirmed = states::Confirmed;
  using Ended = states::Ended;

  /// What may keep a REQUEST from being answered.
  using ByTheseRules =
      Requires<ConfigIsSound, SessionIsOurs, TimestampIsNotOld, TimestampIsNotAhead, PeerProves,
               ChallengeIsNew, ChallengesHaveRoom, RandomSourceWorks>;

  // clang-format off
  using Rows = Transitions<
    //  from               on               to                sends and tells
    Row<Idle,              Request,         AwaitingComplete, Response, Tells<Running>, ByTheseRules>,
    Row<Confirmed,         Request,         AwaitingComplete, Response, Tells<Running>, ByTheseRules>,
    Row<AwaitingComplete,  Request,         AwaitingComplete, Response>,                                            // the same again
    Row<AwaitingComplete,  Request,         AwaitingComplete, Response, Tells<AttemptEnded, Running>, ByTheseRules>,  // another
    Authenticates<
    Row<AwaitingComplete,  Complete,        Confirmed,        Tells<Commit, handfast::Established, AttemptEnded>,
                                                              Requires<SessionIsOurs, TimestampIsNotOld, TimestampIsNotAhead, PeerProves>>>,
    Row<AwaitingComplete,  CompleteOverdue, Idle,             Tells<AttemptEnded>>,
    Row<AwaitingComplete,  Rotate,          Idle,             Tells<AttemptEnded>, Requires<KeysAreLater>>,
    Row<AwaitingComplete,  Stop,            Ended,            Tells<AttemptEnded, Closed>>,
    Ignore<Idle, Complete>,
    Ignore<Confirmed, Complete>,
    Ignore<Ended, Request, Complete>>;
  // clang-format on

  static Next<Role, Idle, Request> react(const Idle&, const Request& m, Context& c) {
    return answer<Idle>(m, c);
  }
  static Next<Role, Confirmed, Request> react(const Confirmed&, const Request& m, Context& c) {
    return answer<Confirmed>(m, c);
  }
  static Next<Role, AwaitingComplete, Request> react(AwaitingComplete& s, const Request& m,
                                                     Context& c) {
    if (frame_of(m) == s.answered.request &&
        !handfast::detail::planted<"repeated REQUEST answered anew">)
      return stay(*wire::binary::decode<Response>(s.answered.response));
    return answer<AwaitingComplete>(m, c, s.answered.ended(Fault::superseded, c.now));
  }
  static Next<Role, AwaitingComplete, Complete> react(const AwaitingComplete& s, const Complete& m,
                                                      Context& c) {
    if (auto broken = require<SessionIsOurs>(is_ours(m.session, c))) return broken;
    if (auto broken = require<TimestampIsNotOld>(!is_too_old(m.timestamp, c.now))) return broken;
    if (auto broken = require<TimestampIsNotAhead>(!is_too_new(m.timestamp, c.now))) return broken;
    if (auto broken = require<PeerProves>(proves_complete(m, s.answered, c))) return broken;
    return go(Confirmed{}, Commit{claim_of(s.answered.response, c)}, handfast::Established{},
              s.answered.ended({}, c.now));
  }
  static Next<Role, AwaitingComplete, CompleteOverdue> react(const AwaitingComplete& s,
                                                             const CompleteOverdue&, Context& c) {
    const AttemptEnded ended = s.answered.ended(Fault::timed_out, c.now);
    // Else whoever has one COMPLETE lost would end what a peer does each period.
    if constexpr (requires { typename Role::Failed; })
      if (c.config.period && !handfast::detail::planted<"period ended by a lost COMPLETE">)
        return go(typename Role::Failed{}, ended);
    return go(Idle{}, ended);
  }
  static Next<Role, AwaitingComplete, Rotate> react(const AwaitingComplete& s, const Rotate& m,
                                                    Context& c) {
    if (auto broken = require<KeysAreLater>(take_later(m, c))) return broken;
    return go(Idle{}, s.answered.ended(Fault::superseded, c.now));
  }
  static Next<Role, AwaitingComplete, Stop> react(const AwaitingComplete& s, const Stop&,
                                                  Context& c) {
    return go(Ended{}, s.answered.ended(Fault::superseded, c.now), Closed{});
  }

 protected:
  /// Answers a REQUEST that holds to all rules; `told` is told before what is new.
  template <class From, class... Told>
  static Next<Role, From, Request> answer(const Request& m, Context& c, Told... told) {
    if (auto broken = require<ConfigIsSound>(Role::is_sound(c.config))) return broken;
    if (auto broken = require<SessionIsOurs>(is_ours(m.session, c))) return broken;
    if (auto broken = require<TimestampIsNotOld>(!is_too_old(m.timestamp, c.now))) return broken;
    if (auto broken = require<TimestampIsNotAhead>(!is_too_new(m.timestamp, c.now))) return broken;
    // What is remembered below is what was authentic: nobody else can fill the memory.
    const RequestBytes frame = frame_of(m);
    if (auto broken = require<PeerProves>(proves_request(m, frame, c))) return broken;
    if (auto broken = require<ChallengeIsNew>(!c.challenges.has(m.challenge, c.now))) return broken;
    const bool has_room = c.challenges.has_room(c.config.challenges_max, c.now) ||
                          handfast::detail::planted<"challenges without bound">;
    if (auto broken = require<ChallengesHaveRoom>(has_room)) return broken;
    if constexpr (std::same_as<From, states::AwaitingResponse>)
      if (Role::goes_on(c.config)) {
        c.challenges.add(m.challenge, m.timestamp,
                         c.now);  // never answered, also not when it comes again
        return stay();
      }
    const auto response = make_response(frame, c);
    if (auto broken = require<RandomSourceWorks>(response.has_value())) return broken;
    c.challenges.add(m.challenge, m.timestamp, c.now);
    const ResponseBytes bytes = frame_of(*response);
    return go(AwaitingComplete{{frame, bytes, c.now.steady}, {}}, *response, told...,
              Running{claim_of(bytes, c)});
  }
};

}  // namespace handfast::rehandshake
