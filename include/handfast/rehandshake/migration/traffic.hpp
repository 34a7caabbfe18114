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
    return stay(Close{one->number});
  }
  return stay();
}

/// States in which a path is being proved; whoever leaves them for the end tells so.
template <class S>
inline constexpr bool is_under_way =
    std::same_as<S, Proving> || std::same_as<S, Switching> || std::same_as<S, Answering>;
template <class S>
using TellsOfEnd = std::conditional_t<is_under_way<S>, Tells<AttemptEnded, Closed>, Tells<Closed>>;
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
    Row<S,    Close,        S>,                                                                    // too early, again, or ours is said; or there is no path
    Row<S,    ResendDue,    S>,                                                                    // all of it was, or there is no path
    Row<S,    EndDue,       Ended,    TellsOfEnd<S>>>;
  using OnPath = Transitions<
    Row<S,    Send,         S,        Data, Requires<StreamIsOpen, PayloadFits, StreamHasRoom, CountersAreLeft>, StoresFirst>,
    Row<S,    FollowDue,    S,        Tells<Switched>>,
    Row<S,    AckDue,       S,        Ack, StoresFirst>,
    Row<S,    ResendDue,    S,        Data, StoresFirst>,
    Row<S,    ResendDue,    S,        Switch, StoresFirst>,
    Row<S,    ResendDue,    S,        Close, StoresFirst>,
    Row<S,    HeartbeatDue, S,        Heartbeat, StoresFirst>,
    Row<S,    Close,        S,        Close, StoresFirst>,
    Row<S,    Disconnect,   S,        Close, Requires<StreamIsOpen>, StoresFirst>>;
  using WithoutPath = Transitions<
    Row<S,    Send,         S,        Requires<StreamIsOpen, PayloadFits, StreamHasRoom, CountersAreLeft>>,  // for later
    Row<S,    AckDue,       S>,
    Row<S,    Disconnect,   S,        Requires<StreamIsOpen>>>;                                    // the same
  // clang-format on
  using Rows =
      std::conditional_t<std::same_as<S, Steady>, Join<Heard, OnPath>,
                         std::conditional_t<std::same_as<S, Stranded>, Join<Heard, WithoutPath>,
                                            Join<Heard, OnPath, WithoutPath>>>;

  static Next<Role, S, Send> react(S& s, const Send& m, MigrationContext& c) {
    const bool is_open = s.stream.is_open() || handfast::detail::planted<"more said after the end">;
    if (auto broken = require<StreamIsOpen>(is_open)) return broken;
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
  static Next<Role, S, AckDue> react(S& s, const AckDue&, MigrationContext& c) {
    s.stream.ack_said(s.paths, c);
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
  static Next<Role, S, Close> react(S& s, const Close& m, MigrationContext& c) {
    if (m.turn != Turn::next || !s.stream.is_open()) return stay();
    const std::uint64_t number = s.stream.keep_close(c);
    return by_path<Next<Role, S, Close>>(s, stay(Close{number}), stay());
  }
  static Next<Role, S, Disconnect> react(S& s, const Disconnect&, MigrationContext& c) {
    if (auto broken = require<StreamIsOpen>(s.stream.is_open())) return broken;
    const std::uint64_t number = s.stream.keep_close(c);
    return by_path<Next<Role, S, Disconnect>>(s, stay(Close{number}), stay());
  }
  static Next<Role, S, EndDue> react(const S& s, const EndDue&,
                                     [[maybe_unused]] MigrationContext& c) {
    const Closed closed = s.stream.closed(Fault::timed_out);
    if constexpr (is_under_way<S>)
      return go(Ended{}, ended_early(s, c), closed);
    else
      return go(Ended{}, closed);
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

/// What both parts do where nothing else is under way, and what means nothing.
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
  using Meaningless = Transitions<
    Ignore<Idle, Data, Switch, Ack, Heartbeat, Close>,
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
