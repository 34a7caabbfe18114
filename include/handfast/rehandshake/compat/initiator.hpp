#pragma once

// The side that asks, as the deployed program does.

#include "handfast/core/deadline.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/next.hpp"
#include "handfast/rehandshake/compat/context.hpp"

namespace handfast::rehandshake {

/// The deployed initiator: one attempt, of five seconds at most.
template <>
struct Initiator<Compat> {
  using Context = compat::Context;
  using Links = compat::Links;
  using Request = compat::Request;
  using Response = compat::Response;
  using Complete = compat::Complete;
  using Start = compat::Start;
  using Stop = compat::Stop;
  using Receives = List<Response>;
  using Commands = List<Start, Stop>;
  using Timers = List<ResponseOverdue>;

  struct Idle {};
  struct AwaitingResponse {
    Challenge challenge{};
    Cause cause{};
    SteadyTime began{};
    Deadline<ResponseOverdue> overdue;
    static constexpr auto fields = Fields{&AwaitingResponse::challenge, &AwaitingResponse::cause,
                                          &AwaitingResponse::began, &AwaitingResponse::overdue};

    void entered(Context& c) {
      began = c.now.steady;
      overdue = Deadline<ResponseOverdue>::in(c.config.timeout, c.now);
    }
  };
  struct Confirmed {};
  struct Failed {};
  struct Ended {
    void entered(Context& c) { c.forget_keys(); }
  };
  using Ends = List<Idle, Confirmed, Failed, Ended>;

  // clang-format off
  using Table = Transitions<
    //  from               on               to                sends and tells
    Row<Idle,              Start,           AwaitingResponse, Request, Requires<compat::RandomSourceWorks>>,
    Row<Confirmed,         Start,           AwaitingResponse, Request, Requires<compat::RandomSourceWorks>>,
    Row<Failed,            Start,           AwaitingResponse, Request, Requires<compat::RandomSourceWorks>>,
    Authenticates<
    Row<AwaitingResponse,  Response,        Confirmed,        Complete, Tells<Running, Commit, Established, AttemptEnded>,
        Requires<compat::SessionIsOurs, compat::TimestampIsNotOld, compat::TimestampIsNotAhead, compat::PeerProves>>>,
    Row<AwaitingResponse,  ResponseOverdue, Failed,           Tells<AttemptEnded>>,
    Row<Idle,              Stop,            Ended,            Tells<Closed>>,
    Row<AwaitingResponse,  Stop,            Ended,            Tells<Closed>>,
    Row<Confirmed,         Stop,            Ended,            Tells<Closed>>,
    Row<Failed,            Stop,            Ended,            Tells<Closed>>,
    Ignore<Idle, Response>,
    Ignore<Confirmed, Response>,
    Ignore<Failed, Response>,
    Ignore<Ended, Response>>;
  // clang-format on

  using Wire = std::variant<Response>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode_any<Response>(frame);
  }
  static void write(const Request& m, Context& c, Frames& frames) { compat::append(m, c, frames); }
  static void write(const Complete& m, Context& c, Frames& frames) { compat::append(m, c, frames); }

  static Next<Initiator, Idle, Start> react(const Idle&, const Start& m, Context& c) {
    return ask<Idle>(m, c);
  }
  static Next<Initiator, Confirmed, Start> react(const Confirmed&, const Start& m, Context& c) {
    return ask<Confirmed>(m, c);
  }
  static Next<Initiator, Failed, Start> react(const Failed&, const Start& m, Context& c) {
    return ask<Failed>(m, c);
  }
  static Next<Initiator, AwaitingResponse, Response> react(const AwaitingResponse& s,
                                                           const Response& m, Context& c) {
    if (auto broken = require<compat::SessionIsOurs>(m.session == c.session)) return broken;
    if (auto broken = require<compat::TimestampIsNotOld>(!is_too_old(m.timestamp, c.now)))
      return broken;
    if (auto broken = require<compat::TimestampIsNotAhead>(!is_too_new(m.timestamp, c.now)))
      return broken;
    if (auto broken = require<compat::PeerProves>(c.proves(s.challenge, m.proof))) return broken;
    const Claim claim = compat::claim_of(s.challenge, m.challenge, c, "initiator");
    const Complete complete{0, c.session, c.prove(m.challenge), unix_ms(c.now)};
    return go(Confirmed{}, complete, Running{claim}, Commit{claim}, Established{},
              AttemptEnded{{}, c.now.steady - s.began, 1, s.cause});
  }
  static Next<Initiator, AwaitingResponse, ResponseOverdue> react(const AwaitingResponse& s,
                                                                  const ResponseOverdue&,
                                                                  Context& c) {
    return go(Failed{}, AttemptEnded{Fault::timed_out, c.now.steady - s.began, 1, s.cause});
  }
  static Next<Initiator, Idle, Stop> react(const Idle&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Initiator, AwaitingResponse, Stop> react(const AwaitingResponse&, const Stop&,
                                                       Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Initiator, Confirmed, Stop> react(const Confirmed&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Initiator, Failed, Stop> react(const Failed&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }

 private:
  template <class From>
  static Next<Initiator, From, Start> ask(const Start& m, Context& c) {
    const auto challenge = c.random.bytes<32>();
    if (auto broken = require<compat::RandomSourceWorks>(challenge.has_value())) return broken;
    return go(AwaitingResponse{*challenge, m.cause, {}, {}},
              Request{0, c.session, *challenge, unix_ms(c.now)});
  }
};

}  // namespace handfast::rehandshake
