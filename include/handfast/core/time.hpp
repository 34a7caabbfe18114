#pragma once

// Time comes in as an argument: nothing in the library reads a clock.

#include <chrono>
#include <cstdint>

namespace handfast {

using Duration = std::chrono::nanoseconds;

/// Time since an arbitrary start that never goes back: what deadlines are measured in.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// Milliseconds since 1970-01-01 00:00 UTC: what wire fields carry.
using UnixTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// The present, as the caller knows it.
struct Time {
  SteadyTime steady{};
  UnixTime utc{};  // not `unix`: that is a macro in GNU mode
};

/// Reads both clocks of the machine; for applications, never called by the library.
[[nodiscard]] inline Time clock_time() {
  return {
      std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now()),
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now())};
}

}  // namespace handfast
