#pragma once

// The rules by which a handler may refuse an input, and the fault that each of them names.

#include "handfast/core/fault.hpp"

namespace handfast::rehandshake {

/// The configuration can work: no time is zero or without end, no count is zero, and of two that
/// may both begin each has an id of its own.
struct ConfigIsSound {
  static constexpr Fault fault = Fault::bad_argument;
};
/// Keys of the same session, of a later epoch.
struct KeysAreLater {
  static constexpr Fault fault = Fault::bad_argument;
};
/// The random source gave a challenge.
struct RandomSourceWorks {
  static constexpr Fault fault = Fault::random_source_failed;
};
/// The message names our session.
struct SessionIsOurs {
  static constexpr Fault fault = Fault::wrong_session;
};
/// Its timestamp lies at most 30 s behind our clock.
struct TimestampIsNotOld {
  static constexpr Fault fault = Fault::stale;
};
/// And at most 30 s ahead.
struct TimestampIsNotAhead {
  static constexpr Fault fault = Fault::too_far_ahead;
};
/// The proof is a MAC, over all that was said so far, by who has the keys in the other role.
struct PeerProves {
  static constexpr Fault fault = Fault::not_authentic;
};
/// The challenge was not answered before.
struct ChallengeIsNew {
  static constexpr Fault fault = Fault::replayed;
};
/// There is room to remember it.
struct ChallengesHaveRoom {
  static constexpr Fault fault = Fault::back_pressure;
};

}  // namespace handfast::rehandshake
