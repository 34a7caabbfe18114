#pragma once

// How often somebody may do something: so many a second on the average, and so many at once after a
// silence. One time is all that is kept (the generic cell rate algorithm of ITU-T I.371, annex A).

#include <algorithm>

#include "handfast/core/fields.hpp"
#include "handfast/core/time.hpp"

namespace handfast::registration {

/// Of one client.
struct Pace {
  SteadyTime on_time{};  // when the next one would come if they came evenly
  static constexpr auto fields = Fields{&Pace::on_time};

  /// Whether one more may happen at `now`. Both numbers count as 1 where they are 0.
  [[nodiscard]] bool allows(std::uint32_t a_second, std::uint32_t at_once, const Time& now) const {
    return std::max(on_time, now.steady) - now.steady <=
           interval(a_second) * (std::max(at_once, 1u) - 1);
  }
  /// One more happens.
  void take(std::uint32_t a_second, const Time& now) {
    on_time = std::max(on_time, now.steady) + interval(a_second);
  }
  /// Whether one more may happen at `now`; it has happened then.
  [[nodiscard]] bool takes_one(std::uint32_t a_second, std::uint32_t at_once, const Time& now) {
    const bool may = allows(a_second, at_once, now);
    if (may) take(a_second, now);
    return may;
  }

 private:
  static Duration interval(std::uint32_t a_second) {
    return Duration{std::chrono::seconds(1)} / std::max(a_second, 1u);
  }
};

}  // namespace handfast::registration
