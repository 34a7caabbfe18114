#pragma once

// What a session may not need when nothing is amiss. A network that loses nothing, applications
// that wait for nothing and no refusal leave a protocol no reason to repeat itself or to give up:
// where it does, something that it should have sent, taken or answered was not.
//
// A scene that wants to be held to it says
//
//   using Routine = List<KeepaliveDue, ...>;            timers that fire though nothing is amiss
//   static Duration recovery_time(const Setting&);      after the last trouble all is well again;
//                                                       Duration::max() where it need never be, for
//                                                       applications do what sets both apart

#include <optional>
#include <string>

#include "handfast/testing/party.hpp"

namespace handfast::testing {

/// How long all has been well with one session.
class Calm {
 public:
  /// Something is amiss at `now`, or was until then: the last of it counts.
  void disturb(SteadyTime now) noexcept { troubled_at_ = now; }
  /// Frames come late, twice, damaged, or from somebody else: what is refused from here on may be
  /// one of them.
  void disorder(SteadyTime now) noexcept {
    disturb(now);
    is_in_order_ = false;
  }
  [[nodiscard]] bool is_in_order() const noexcept { return is_in_order_; }
  /// Whether there was no trouble for longer than `recovery`, or never any.
  [[nodiscard]] bool lasts(Duration recovery, SteadyTime now) const noexcept {
    return !troubled_at_ || now - *troubled_at_ > recovery;
  }

 private:
  std::optional<SteadyTime> troubled_at_;
  bool is_in_order_ = true;
};

/// A timer that moved one of `rows` and says that something is amiss: none of `routine`. Nothing where
/// there is none.
[[nodiscard]] inline std::optional<std::string> alarm_in(
    const std::vector<int>& rows, const RoleFacts& facts,
    std::span<const std::string_view> routine) {
  for (const int row : rows) {
    const Edge& e = facts.rows()[static_cast<std::size_t>(row)];
    if (e.trigger != Trigger::timer) continue;
    const std::string_view timer = facts.timers[static_cast<std::size_t>(e.on)];
    if (std::ranges::find(routine, timer) == routine.end()) return std::string(timer);
  }
  return std::nullopt;
}

}  // namespace handfast::testing
