#pragma once

// A side that may ask and be asked: the rows of both, and those for what crosses. Where both have
// asked, the one with the smaller id goes on and the other answers. Who has given way does not ask
// again by itself: the other one does, until it has its answer or gives up.

#include "handfast/core/output.hpp"
#include "handfast/rehandshake/initiating.hpp"
#include "handfast/rehandshake/responding.hpp"

namespace handfast::rehandshake {

template <class Profile = Hardened>
struct Peer;

template <>
struct Peer<Hardened>
    : Initiating<Peer<Hardened>>, Responding<Peer<Hardened>>, Ending<Peer<Hardened>> {
  using Context = rehandshake::Context;
  using Links = rehandshake::Links;
  using Receives = List<Request, Response, Complete>;
  using Commands = List<Start, Rotate, Stop>;
  using Timers = List<ResponseOverdue, CompleteOverdue, RetryDue, PeriodOver>;
  using Ends = List<states::Idle, states::Confirmed, states::Failed, states::Ended>;

  using ByTheseRules = typename Responding<Peer>::ByTheseRules;
  // clang-format off
  using Crossing = Transitions<
    //  from                      on        to                        sends and tells
    Row<states::AwaitingResponse, Request,  states::AwaitingResponse, ByTheseRules>,                                            // ours goes on
    Row<states::AwaitingResponse, Request,  states::AwaitingComplete, Response, Tells<AttemptEnded, Running>, ByTheseRules>,  // ours gives way
    Row<states::BackingOff,       Request,  states::AwaitingComplete, Response, Tells<Running>, ByTheseRules>,
    Row<states::Failed,           Request,  states::AwaitingComplete, Response, Tells<Running>, ByTheseRules>,
    Row<states::AwaitingComplete, CompleteOverdue, states::Failed,    Tells<AttemptEnded>>,                                     // the period goes on
    Ignore<states::AwaitingResponse, Complete>,
    Ignore<states::BackingOff, Complete>,
    Ignore<states::Failed, Complete>,
    Ignore<states::AwaitingComplete, Response>>;
  // clang-format on
  using Table = Join<typename Initiating<Peer>::Rows, typename Responding<Peer>::Rows, Crossing,
                     typename Ending<Peer>::Rows>;

  using Wire = std::variant<Request, Response, Complete>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode_any<Request, Response, Complete>(frame);
  }
  template <class Message>
  static void write(const Message& m, Context& c, Frames& frames) {
    frames.append(c.link, text_of(frame_of(m)));
  }
  [[nodiscard]] static bool is_sound(const Config& config) noexcept {
    return config.is_sound() && config.local_id != config.remote_id;
  }
  /// Whether our REQUEST goes on where the other's has crossed it.
  [[nodiscard]] static bool goes_on(const Config& config) noexcept {
    return config.local_id < config.remote_id ||
           handfast::detail::planted<"neither REQUEST gives way">;
  }

  using Initiating<Peer>::react;
  using Responding<Peer>::react;
  using Ending<Peer>::react;
  static Next<Peer, states::AwaitingResponse, Request> react(const states::AwaitingResponse& s,
                                                             const Request& m, Context& c) {
    return answer<states::AwaitingResponse>(m, c, s.attempt.ended(Fault::superseded, c.now));
  }
  static Next<Peer, states::BackingOff, Request> react(const states::BackingOff&, const Request& m,
                                                       Context& c) {
    return answer<states::BackingOff>(m, c);
  }
  static Next<Peer, states::Failed, Request> react(const states::Failed&, const Request& m,
                                                   Context& c) {
    return answer<states::Failed>(m, c);
  }
};

}  // namespace handfast::rehandshake
