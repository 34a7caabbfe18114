#pragma once

// What the parts of a migration are at, and what they must know meanwhile; and the rules that only
// they have.

#include "handfast/core/fields.hpp"
#include "handfast/rehandshake/migration/stream.hpp"
#include "handfast/rehandshake/proofs.hpp"
#include "handfast/rehandshake/rules.hpp"

namespace handfast::rehandshake {

/// Both configurations can work.
struct PathsAreSound {
  static constexpr Fault fault = Fault::bad_argument;
};
/// The link is one of the two, and was not open.
struct LinkIsNew {
  static constexpr Fault fault = Fault::bad_argument;
};
/// The application has said what the connection is known by, since the last one on this path.
struct LinkIsBound {
  static constexpr Fault fault = Fault::bad_argument;
};
/// What is asked comes by a path that is open.
struct LinkIsOpen {
  static constexpr Fault fault = Fault::link_closed;
};
/// An answer comes by the path that was asked on.
struct LinkIsTheOne {
  static constexpr Fault fault = Fault::unexpected_message;
};
/// Application data has at most `payload_size_max` bytes.
struct PayloadFits {
  static constexpr Fault fault = Fault::too_large;
};
/// Neither side has said that it is over.
struct StreamIsOpen {
  static constexpr Fault fault = Fault::not_allowed_now;
};
/// What is not acknowledged has a bound.
struct StreamHasRoom {
  static constexpr Fault fault = Fault::back_pressure;
};
/// The key has counters left for data.
struct CountersAreLeft {
  static constexpr Fault fault = Fault::limit_reached;
};

namespace migration {

template <class State>
concept HasStream = requires(State& s) {
  s.stream;
  s.paths;
};

struct Idle {};
/// Nothing is under way but traffic.
struct Steady {
  Stream stream;
  Paths paths;
  Deadline<MigrateDue> migrate_due;  // on the relay
  static constexpr auto fields = Fields{&Steady::stream, &Steady::paths, &Steady::migrate_due};

  template <HasStream Left>
  void adopt(Left&& left) {
    stream = std::move(left.stream);
  }
  void entered(MigrationContext& c) {
    stream.entered(paths, c);
    arm(c);
  }
  void arm(const MigrationContext& c) noexcept {
    migrate_due = {};
    if (paths.current == relay_link)
      migrate_due = Deadline<MigrateDue>::in(c.migration.migrate_repeat, c.now);
  }
};
/// Initiator: a REQUEST has gone out on a path.
struct Proving {
  Stream stream;
  Paths paths;
  Attempt attempt;
  Link candidate;
  Deadline<ResponseOverdue> overdue;
  static constexpr auto fields = Fields{&Proving::stream, &Proving::paths, &Proving::attempt,
                                        &Proving::candidate, &Proving::overdue};

  template <HasStream Left>
  void adopt(Left&& left) {
    stream = std::move(left.stream);
  }
  void entered(MigrationContext& c) {
    stream.entered(paths, c);
    if (overdue.at == never) overdue = Deadline<ResponseOverdue>::in(c.config.timeout, c.now);
  }
};
/// Initiator: the responder has proved its keys there, and has not yet been heard there otherwise.
struct Switching {
  Stream stream;
  Paths paths;
  Attempt attempt;
  Link candidate;
  Deadline<SwitchOverdue> overdue;
  Deadline<PathShown> shown;
  static constexpr auto fields =
      Fields{&Switching::stream,    &Switching::paths,   &Switching::attempt,
             &Switching::candidate, &Switching::overdue, &Switching::shown};

  template <HasStream Left>
  void adopt(Left&& left) {
    stream = std::move(left.stream);
  }
  void entered(MigrationContext& c) {
    stream.entered(paths, c);
    if (overdue.at == never) overdue = Deadline<SwitchOverdue>::in(c.config.timeout, c.now);
  }
};
/// Responder: a RESPONSE has gone out on a path.
struct Answering {
  Stream stream;
  Paths paths;
  Answered answered;
  Link candidate;
  Deadline<CompleteOverdue> overdue;
  static constexpr auto fields = Fields{&Answering::stream, &Answering::paths, &Answering::answered,
                                        &Answering::candidate, &Answering::overdue};

  template <HasStream Left>
  void adopt(Left&& left) {
    stream = std::move(left.stream);
  }
  void entered(MigrationContext& c) {
    stream.entered(paths, c);
    if (overdue.at == never) overdue = Deadline<CompleteOverdue>::in(c.config.timeout, c.now);
  }
};
/// No path leads anywhere. What is said is kept.
struct Stranded {
  Stream stream;
  Paths paths;
  Deadline<PathOverdue> overdue;
  static constexpr auto fields = Fields{&Stranded::stream, &Stranded::paths, &Stranded::overdue};

  template <HasStream Left>
  void adopt(Left&& left) {
    stream = std::move(left.stream);
  }
  void entered(MigrationContext& c) {
    stream.path_changed(paths, c);
    const bool was_last = paths.reconnects > c.migration.reconnects_max;
    overdue = Deadline<PathOverdue>::in(was_last ? 0s : c.migration.reconnect_repeat, c.now);
  }
};
struct Ended {
  void entered(MigrationContext& c) { c.forget_all(); }
};

}  // namespace migration
}  // namespace handfast::rehandshake
