#pragma once

// The side that is asked, as the deployed program is. It makes a MAC over whatever it is sent by
// whoever names its session: who has a challenge to answer elsewhere gets the answer here.

#include "handfast/core/deadline.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/next.hpp"
#include "handfast/rehandshake/compat/context.hpp"

namespace handfast::rehandshake {

/// The deployed responder. It remembers no challenge: one that comes again is answered again.
template <>
struct Responder<Compat> {
  using Context = compat::Context;
  using Links = compat::Links;
  using Request = compat::Request;
  using Response = compat::Response;
  using Complete = compat::Complete;
  using Stop = compat::Stop;
  using Receives = List<Request, Complete>;
  using Commands = List<Stop>;
  using Timers = List<CompleteOverdue>;

  struct Idle {};
  struct AwaitingComplete {
    Challenge challenge{};  // of the initiator
    Challenge counter{};    // ours
    SteadyTime began{};
    Deadline<CompleteOverdue> overdue;
    static constexpr auto fields = Fields{&AwaitingComplete::challenge, &AwaitingComplete::counter,
                                          &AwaitingComplete::began, &AwaitingComplete::overdue};

    void entered(Context& c) {
      began = c.now.steady;
      overdue = Deadline<CompleteOverdue>::in(c.config.timeout, c.now);
    }
  };
  struct Confirmed {};
  struct Ended {
    void entered(Context& c) { c.forget_keys(); }
  };
  using Ends = List<Idle, Confirmed, Ended>;

  // clang-format off
  using Table = Transitions<
    //  from               on               to                sends and tells
    Row<Idle,              Request,         AwaitingComplete, Response, Tells<Running>,
        Requires<compat::SessionIsOurs, compat::TimestampIsNotOld, compat::TimestampIsNotAhead, compat::RandomSourceWorks>>,
    Row<Confirmed,         Request,         AwaitingComplete, Response, Tells<Running>,
        Requires<compat::SessionIsOurs, compat::TimestampIsNotOld, compat::TimestampIsNotAhead, compat::RandomSourceWorks>>,
    Authenticates<
    Row<AwaitingComplete,  Complete,        Confirmed,        Tells<Commit, Established, AttemptEnded>,
        Requires<compat::SessionIsOurs, compat::TimestampIsNotOld, compat::TimestampIsNotAhead, compat::PeerProves>>>,
    Row<AwaitingComplete,  CompleteOverdue, Idle,             Tells<AttemptEnded>>,
    Row<Idle,              Stop,            Ended,            Tells<Closed>>,
    Row<AwaitingComplete,  Stop,            Ended,            Tells<Closed>>,
    Row<Confirmed,         Stop,            Ended,            Tells<Closed>>,
    Ignore<Idle, Complete>,
    Ignore<AwaitingComplete, Request>,                        // one at a time
    Ignore<Confirmed, Complete>,
    Ignore<Ended, Request, Complete>>;
  // clang-format on

  using Wire = std::variant<Request, Complete>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode_any<Request, Complete>(frame);
  }
  static void write(const Response& m, Context& c, Frames& frames) { compat::append(m, c, frames); }

  static Next<Responder, Idle, Request> react(const Idle&, const Request& m, Context& c) {
    return answer<Idle>(m, c);
  }
  static Next<Responder, Confirmed, Request> react(const Confirmed&, const Request& m, Context& c) {
    return answer<Confirmed>(m, c);
  }
  static Next<Responder, AwaitingComplete, Complete> react(const AwaitingComplete& s,
                                                           const Complete& m, Context& c) {
    if (auto broken = require<compat::SessionIsOurs>(m.session == c.session)) return broken;
    if (auto broken = require<compat::TimestampIsNotOld>(!is_too_old(m.timestamp, c.now)))
      return broken;
    if (auto broken = require<compat::TimestampIsNotAhead>(!is_too_new(m.timestamp, c.now)))
      return broken;
    if (auto broken = require<compat::PeerProves>(c.proves(s.counter, m.proof))) return broken;
    return go(Confirmed{}, Commit{compat::claim_of(s.challenge, s.counter, c, "responder")},
              Established{}, AttemptEnded{{}, c.now.steady - s.began, 1, Cause::answered});
  }
  static Next<Responder, AwaitingComplete, CompleteOverdue> react(const AwaitingComplete& s,
                                                                  const CompleteOverdue&,
                                                                  Context& c) {
    return go(Idle{}, AttemptEnded{Fault::timed_out, c.now.steady - s.began, 1, Cause::answered});
  }
  static Next<Responder, Idle, Stop> react(const Idle&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Responder, AwaitingComplete, Stop> react(const AwaitingComplete&, const Stop&,
                                                       Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Responder, Confirmed, Stop> react(const Confirmed&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }

 private:
  template <class From>
  static Next<Responder, From, Request> answer(const Request& m, Context& c) {
    if (auto broken = require<compat::SessionIsOurs>(m.session == c.session)) return broken;
    if (auto broken = require<compat::TimestampIsNotOld>(!is_too_old(m.timestamp, c.now)))
      return broken;
    if (auto broken = require<compat::TimestampIsNotAhead>(!is_too_new(m.timestamp, c.now)))
      return broken;
    const auto counter = c.random.bytes<32>();
    if (auto broken = require<compat::RandomSourceWorks>(counter.has_value())) return broken;
    return go(AwaitingComplete{m.challenge, *counter, {}, {}},
              Response{0, c.session, c.prove(m.challenge), *counter, unix_ms(c.now)},
              Running{compat::claim_of(m.challenge, *counter, c, "responder")});
  }
};

}  // namespace handfast::rehandshake
