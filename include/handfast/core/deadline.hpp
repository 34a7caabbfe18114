#pragma once

// Timers are events; a deadline is the field of a state that says when one of them happens.

#include <string_view>

#include "handfast/core/time.hpp"

namespace handfast {

inline constexpr SteadyTime never = SteadyTime::max();

/// A timer that its row refuses stays due; `advance` asks to be called again after this, not at
/// once and for ever.
inline constexpr Duration refused_timer_again_after = std::chrono::seconds(1);

/// When `Timer` happens in the state that has this field; `never` unless set.
template <class Timer>
struct Deadline {
  SteadyTime at = never;

  /// `delay` from `now`, or never where that lies beyond what time can say.
  [[nodiscard]] static constexpr Deadline in(Duration delay, const Time& now) noexcept {
    // A difference from a present before zero could itself be too large to say; then the sum is
    // not.
    const bool beyond = now.steady > SteadyTime{} && delay > never - now.steady;
    return {beyond ? never : now.steady + delay};
  }
  bool operator==(const Deadline&) const = default;
};

/// The next moment at which `advance` has something to do, and the timer's name.
struct Due {
  SteadyTime at = never;
  std::string_view timer;
};

}  // namespace handfast
