#pragma once

// What both parts do in every state that has paths: rows, and what they do.

#include "handfast/core/next.hpp"
#include "handfast/rehandshake/migration/states.hpp"

namespace handfast::rehandshake::migration {

/// What is to be said again, as the message that it was.
template <class Role, class S>
[[nodiscard]] Next<Role, S, ResendDue> say_again(S& s, const MigrationContext& c) {
  using Kind = Unacknowledged::Kind;
  const Unacknowledged* const one = s.stream.take_resent(s.paths, c);
  if (one == nullptr) return stay();
  if constexpr (!std::same_as<S, Stranded>) {
    if (one->kind == Kind::data) return stay(Data{one->number, one->payload.bytes()});
    if (one->kind == Kind::switched) return stay(Switch{one->number});
  }
  if constexpr (std::same_as<S, Closing>) return stay(Close{one->number});
  return stay();
}

/// States in which a path is being proved; whoever leaves them for the end tells so.
template <class S>
inline constexpr bool is_under_way =
    std::same_as<S, Proving> || std::same_as<S, Switching> || std::same_as<S, Answering>;
template <class S>
using TellsOfAttempt = std::conditional_t<is_under_way<S>, Tells<AttemptEnded>, Tells<>>;
template <class S>
[[nodiscard]] AttemptEnded ended_early(const S& s, const MigrationContext& c) {
  if constexpr (std::same_as<S, Answering>)
    return s.answered.ended(Fault::superseded, c.now);
  else
    return s.attempt.ended(Fault::superseded, c.now);
}

/// One answer where there is a path, and one where there is none. Where the state says which, the
/// other has no row.
template <class Next, class S, class OnPath, class Without>
[[nodiscard]] Next by_path(const S& s, OnPath on_path, Without without) {
  if constexpr (std::same_as<S, Steady>) {
    return on_path;
  } else if constexpr (std::same_as<S, Stranded>) {
    return without;
  } else {
    if (s.paths.is_stranded()) return without;
    return on_path;
  }
}

/// Sends where the other side does.
template <class S>
void follow(S& s, const MigrationContext& c) {
  s.paths.current = s.stream.follow_to;
  s.stream.path_changed(s.paths, c);
}

/// Traffic in state `S`.
template <class Role, class S>
struct Traffic {
  // clang-format off
  using Heard = Transitions<
    //  from  on            to        sends and tells
    Row<S,    Data,         S,        Tells<Delivered>>,
    Row<S,    Data,         S>,                                                                    // again, or too early
    Row<S,    Switch,       S>,
    Row<S,    Ack,          S>,
    Row<S,    Heartbeat,    S>,
    Row<S,    Close,        S>,                                                                    // too early
    Row<S,    ResendDue,    S>>;                                                                   // all of it was, or there is no path
  using OnPath = Transitions<
    Row<S,    Send,         S,        Data, Requires<PayloadFits, StreamHasRoom, CountersAreLeft>, StoresFirst>,
    Row<S,    FollowDue,    S,        Tells<Switched>>,
    Row<S,    AckDue,       S,        Ack, StoresFirst>,
    Row<S,    ResendDue,    S,        Data, StoresFirst>,
    Row<S,    ResendDue,    S,        Switch, StoresFirst>,
    Row<S,    HeartbeatDue, S,        Heartbeat, StoresFirst>,
    Row<S,    Close,        Draining, Ack, TellsOfAttempt<S>, StoresFirst>,
    Row<S,    Disconnect,   Closing,  Close, TellsOfAttempt<S>, StoresFirst>>;
  using WithoutPath = Transitions<
    Row<S,    Send,         S,        Requires<PayloadFits, StreamHasRoom, CountersAreLeft>>,     // for later
    Row<S,    AckDue,       S>,
    Row<S,    Close,        Draining, TellsOfAttempt<S>>,
    Row<S,    Disconnect,   Closing,  TellsOfAttempt<S>>>;
  // clang-format on
  using Rows =
      std::conditional_t<std::same_as<S, Steady>, Join<Heard, OnPath>,
                         std::conditional_t<std::same_as<S, Stranded>, Join<Heard, WithoutPath>,
                                            Join<Heard, OnPath, WithoutPath>>>;

  static Next<Role, S, Send> react(S& s, const Send& m, MigrationContext& c) {
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    if (auto broken = require<StreamHasRoom>(s.stream.has_room(m.payload.size(), c.migration)))
      return broken;
    if (auto broken = require<CountersAreLeft>(s.stream.has_counters(c.migration))) return broken;
    const std::uint64_t number = s.stream.keep(Unacknowledged::Kind::data, m.payload, c);
    return by_path<Next<Role, S, Send>>(s, stay(Data{number, m.payload}), stay());
  }
  static Next<Role, S, Data> react(S&, const Data& m, MigrationContext&) {
    if (m.turn == Turn::next) return stay(Delivered{m.payload});
    return stay();
  }
  static Next<Role, S, Switch> react(S&, const Switch&, MigrationContext&) { return stay(); }
  static Next<Role, S, Ack> react(S&, const Ack&, MigrationContext&) { return stay(); }
  static Next<Role, S, Heartbeat> react(S&, const Heartbeat&, MigrationContext&) { return stay(); }
  static Next<Role, S, FollowDue> react(S& s, const FollowDue&,
                                        MigrationContext& c) requires(!std::same_as<S, Stranded>) {
    follow(s, c);
    if constexpr (std::same_as<S, Steady>) s.arm(c);
    return stay(Switched{s.paths.current});
  }
  static Next<Role, S, AckDue> react(S& s, const AckDue&, MigrationContext&) {
    s.stream.ack_due = {};
    return by_path<Next<Role, S, AckDue>>(s, stay(Ack{s.stream.delivered}), stay());
  }
  static Next<Role, S, ResendDue> react(S& s, const ResendDue&, MigrationContext& c) {
    return say_again<Role>(s, c);
  }
  static Next<Role, S, HeartbeatDue> react(S& s, const HeartbeatDue&,
                                           MigrationContext&) requires(!std::same_as<S, Stranded>) {
    s.stream.heartbeat_due = {};
    return stay(Heartbeat{s.stream.delivered});
  }
  static Next<Role, S, Close> react([[maybe_unused]] const S& s, const Close& m,
                                    [[maybe_unused]] MigrationContext& c) {
    using Answer = Next<Role, S, Close>;
    if (m.turn == Turn::early) return stay();
    const Ack ack{m.number};
    if constexpr (is_under_way<S>)
      return by_path<Answer>(s, go(Draining{}, ack, ended_early(s, c)),
                             go(Draining{}, ended_early(s, c)));
    else
      return by_path<Answer>(s, go(Draining{}, ack), go(Draining{}));
  }
  static Next<Role, S, Disconnect> react([[maybe_unused]] const S& s, const Disconnect&,
                                         [[maybe_unused]] MigrationContext& c) {
    using Answer = Next<Role, S, Disconnect>;
    if constexpr (is_under_way<S>)
      return by_path<Answer>(s, go(Closing{}, Close{}, ended_early(s, c)),
                             go(Closing{}, ended_early(s, c)));
    else
      return by_path<Answer>(s, go(Closing{}, Close{}), go(Closing{}));
  }
};

/// What a path that is lost means where one is about to be proved: no more than that, unless the
/// other one is proven, which is where it is to be proved again.
template <class Role, class S>
struct LosingOne {
  // clang-format off
  using Rows = Transitions<
    Row<S, PathSilent, S, Tells<PathLost>>,
    Row<S, PathSilent, S, Switch, Tells<PathLost, Switched>, StoresFirst>,
    Row<S, LinkClosed, S>,
    Row<S, LinkClosed, S, Switch, Tells<Switched>, StoresFirst>,
    Row<S, LinkOpened, S, Requires<LinkIsNew, LinkIsBound>>>;
  // clang-format on

  static Next<Role, S, PathSilent> react(S& s, const PathSilent&, MigrationContext& c) {
    const Link lost = s.paths.current;
    s.paths = s.paths.closed(lost);
    s.stream.path_changed(s.paths, c);
    if (s.paths.is_stranded()) return stay(PathLost{lost});
    return stay(Switch{}, PathLost{lost}, Switched{s.paths.current});
  }
  /// `state` is as before, but for a path that has closed.
  static Next<Role, S, LinkClosed> lost_one(S state, Link before) {
    const Link current = state.paths.current;
    if (current == before || current == no_link ||
        handfast::detail::planted<"path lost in an attempt not told">)
      return go(std::move(state));
    return go(std::move(state), Switch{}, Switched{current});
  }
  static Next<Role, S, LinkOpened> react(S& s, const LinkOpened& m, MigrationContext& c) {
    const bool is_new = Paths::exists(m.link) && !s.paths.has(m.link);
    if (auto broken = require<LinkIsNew>(is_new)) return broken;
    if (auto broken = require<LinkIsBound>(c.has_binding(m.link))) return broken;
    c.use_binding(m.link);
    s.paths = s.paths.opened(m.link);
    return stay();
  }
};

/// What both parts do where nothing else is under way, and at the end.
template <class Role>
struct Common {
  // clang-format off
  using Beginning = Transitions<
    //  from      on               to        sends and tells
    Authenticates<                                                                                // by the handshake that gave the keys
    Row<Idle,     Start,           Steady,   Requires<PathsAreSound>>>,
    Row<Steady,   BothSwitched,    Steady,   Tells<RelayDone>>,
    Row<Steady,   LinkClosed,      Steady>,
    Row<Steady,   LinkClosed,      Steady,   Switch, Tells<Switched>, StoresFirst>,  // the other one is proven too
    Row<Steady,   LinkClosed,      Stranded, Tells<PathWanted>>,
    Row<Steady,   PathSilent,      Steady,   Switch, Tells<PathLost, Switched>, StoresFirst>,
    Row<Steady,   PathSilent,      Stranded, Tells<PathLost, PathWanted>>,
    Row<Stranded, LinkClosed,      Stranded>>;
  using Finishing = Transitions<
    Row<Closing,  Data,            Closing,  Tells<Delivered>>,
    Row<Closing,  Data,            Closing>,
    Row<Closing,  Switch,          Closing>,
    Row<Closing,  Ack,             Closing>,
    Row<Closing,  Heartbeat,       Closing>,
    Row<Closing,  Close,           Closing,  Ack, StoresFirst>,  // both have said it
    Row<Closing,  Close,           Closing>,
    Row<Closing,  AckDue,          Closing,  Ack, StoresFirst>,
    Row<Closing,  AckDue,          Closing>,                                                      // there is no path
    Row<Closing,  FollowDue,       Closing>,
    Row<Closing,  ResendDue,       Closing,  Data, StoresFirst>,
    Row<Closing,  ResendDue,       Closing,  Switch, StoresFirst>,
    Row<Closing,  ResendDue,       Closing,  Close, StoresFirst>,
    Row<Closing,  ResendDue,       Closing>,
    Row<Closing,  LinkClosed,      Closing>,
    Row<Closing,  AllAcknowledged, Draining>,
    Row<Closing,  CloseOverdue,    Ended,    Tells<Closed>>,
    Row<Draining, Data,            Draining, Tells<Delivered>>,                                   // we have ended, the other side is about to
    Row<Draining, Data,            Draining>,
    Row<Draining, Close,           Draining, Ack, StoresFirst>,
    Row<Draining, Close,           Draining>,                                                     // too early
    Row<Draining, AckDue,          Draining, Ack, StoresFirst>,
    Row<Draining, AckDue,          Draining>,                                                     // there is no path
    Row<Draining, DrainOver,       Ended,    Tells<Closed>>,
    Ignore<Idle, Data, Switch, Ack, Heartbeat, Close>,
    Ignore<Draining, Switch, Ack, Heartbeat>,
    Ignore<Ended, Data, Switch, Ack, Heartbeat, Close>>;
  // clang-format on

  static Next<Role, Idle, Start> react(const Idle&, const Start&, MigrationContext& c) {
    const bool is_sound = c.config.is_sound() && c.migration.is_sound() && c.data_keys.is_there;
    if (auto broken = require<PathsAreSound>(is_sound)) return broken;
    return go(Steady{Stream::of(std::exchange(c.data_keys, {}), c.proof_macs),
                     Paths{}.switched(relay_link),
                     {}});
  }
  static Next<Role, Steady, BothSwitched> react(Steady&, const BothSwitched&, MigrationContext&) {
    return stay(RelayDone{});
  }
  static Next<Role, Steady, LinkClosed> react(const Steady& s, const LinkClosed& m,
                                              MigrationContext&) {
    const Paths rest = s.paths.closed(m.link);
    if (rest.current == s.paths.current) return go(Steady{{}, rest, {}});
    if (rest.is_stranded()) return go(Stranded{{}, rest, {}}, PathWanted{relay_link});
    return go(Steady{{}, rest, {}}, Switch{}, Switched{rest.current});
  }
  static Next<Role, Steady, PathSilent> react(const Steady& s, const PathSilent&,
                                              MigrationContext&) {
    const Paths rest = s.paths.closed(s.paths.current);
    const PathLost lost{s.paths.current};
    if (rest.is_stranded()) return go(Stranded{{}, rest, {}}, lost, PathWanted{relay_link});
    return go(Steady{{}, rest, {}}, Switch{}, lost, Switched{rest.current});
  }
  static Next<Role, Stranded, LinkClosed> react(Stranded& s, const LinkClosed& m,
                                                MigrationContext&) {
    s.paths = s.paths.closed(m.link);
    return stay();
  }

  static Next<Role, Closing, Data> react(Closing&, const Data& m, MigrationContext&) {
    if (m.turn == Turn::next) return stay(Delivered{m.payload});
    return stay();
  }
  static Next<Role, Closing, Switch> react(Closing&, const Switch&, MigrationContext&) {
    return stay();
  }
  static Next<Role, Closing, Ack> react(Closing&, const Ack&, MigrationContext&) { return stay(); }
  static Next<Role, Closing, Heartbeat> react(Closing&, const Heartbeat&, MigrationContext&) {
    return stay();
  }
  static Next<Role, Closing, Close> react(Closing& s, const Close& m, MigrationContext&) {
    if (m.turn == Turn::early || s.paths.is_stranded()) return stay();
    return stay(Ack{m.number});
  }
  static Next<Role, Closing, AckDue> react(Closing& s, const AckDue&, MigrationContext&) {
    s.stream.ack_due = {};
    return by_path<Next<Role, Closing, AckDue>>(s, stay(Ack{s.stream.delivered}), stay());
  }
  static Next<Role, Closing, FollowDue> react(Closing& s, const FollowDue&, MigrationContext& c) {
    follow(s, c);
    return stay();
  }
  static Next<Role, Closing, ResendDue> react(Closing& s, const ResendDue&, MigrationContext& c) {
    return say_again<Role>(s, c);
  }
  static Next<Role, Closing, LinkClosed> react(Closing& s, const LinkClosed& m,
                                               MigrationContext& c) {
    const Link before = s.paths.current;
    s.paths = s.paths.closed(m.link);
    s.stream.drop_follow(s.paths);
    if (s.paths.current != before) s.stream.path_changed(s.paths, c);
    return stay();
  }
  static Next<Role, Closing, AllAcknowledged> react(const Closing&, const AllAcknowledged&,
                                                    MigrationContext&) {
    return go(Draining{});
  }
  static Next<Role, Closing, CloseOverdue> react(const Closing&, const CloseOverdue&,
                                                 MigrationContext&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
  static Next<Role, Draining, Data> react(Draining&, const Data& m, MigrationContext&) {
    if (m.turn == Turn::next) return stay(Delivered{m.payload});
    return stay();
  }
  static Next<Role, Draining, Close> react(Draining& s, const Close& m, MigrationContext&) {
    // Acknowledged, it would take what is missing before it along.
    const bool is_early =
        m.turn == Turn::early && !handfast::detail::planted<"end acknowledged over a gap">;
    if (is_early || s.paths.is_stranded()) return stay();
    return stay(Ack{m.number});
  }
  static Next<Role, Draining, AckDue> react(Draining& s, const AckDue&, MigrationContext&) {
    s.stream.ack_due = {};
    return by_path<Next<Role, Draining, AckDue>>(s, stay(Ack{s.stream.delivered}), stay());
  }
  static Next<Role, Draining, DrainOver> react(const Draining& s, const DrainOver&,
                                               MigrationContext&) {
    // What we have said and the other side has not acknowledged by now it may not have.
    const bool has_all = s.stream.unacknowledged.empty() ||
                         handfast::detail::planted<"an end that says nothing of what is missing">;
    return go(Ended{}, Closed{has_all ? std::nullopt : std::optional(Fault::peer_lost)});
  }

  // Input and output.

  template <HasStream S>
  static auto open(const S& s, const SealedFrame& frame, MigrationContext& c, Buffer& plaintext)
      -> std::expected<Stream::OpenedFrame, Fault> {
    if (!s.paths.has(c.link)) return std::unexpected(Fault::link_closed);
    return s.stream.open(frame, c, plaintext);
  }
  template <HasStream S>
  static void commit(S& s, Pending&& pending, MigrationContext& c) {
    s.stream.commit(pending, s.paths, c);
    if constexpr (requires { s.shown; })
      if (pending.link == s.candidate) s.shown.at = c.now.steady;
  }

  template <HasStream S, class M>
  requires handfast::detail::contains<M, SealedFrame::Contents>
  static void write(S& s, const M& message, MigrationContext& c, Frames& frames) {
    if constexpr (std::same_as<M, Switch>) {
      if (message.number == 0) return announce(s, c, frames);
    } else if constexpr (std::same_as<M, Close> && std::same_as<S, Closing>) {
      if (message.number == 0) {
        const std::uint64_t number = s.stream.unacknowledged.back().number;
        return s.stream.seal(Close{number}, s.paths.current, c, frames);
      }
    }
    s.stream.seal(message, s.paths.current, c, frames);
  }

 private:
  /// The first Switch on a path; then all that is not acknowledged, in order.
  template <HasStream S>
  static void announce(S& s, MigrationContext& c, Frames& frames) {
    const bool is_alone = s.stream.unacknowledged.empty();
    const std::uint64_t number = s.stream.keep_switch(c);
    s.stream.seal(Switch{number}, s.paths.current, c, frames);
    s.stream.path_changed(s.paths, c);
    if (is_alone) s.stream.resend_due = Deadline<ResendDue>::in(c.migration.resend_after, c.now);
  }
};

}  // namespace handfast::rehandshake::migration
