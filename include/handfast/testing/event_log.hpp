#pragma once

// A run as text: a line an event, a column a party.

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "handfast/core/time.hpp"

namespace handfast::testing {

/// The lines of one run. Names the columns first; grows without bound.
class EventLog {
 public:
  static constexpr std::size_t column_width = 40;  // characters; longer text goes beyond it

  /// `at_once` gets each line when it is added, for a run that may not end; nullptr for nothing.
  explicit EventLog(std::FILE* at_once = nullptr) : at_once_(at_once) {}

  /// What happened to party `column` at `now`.
  void line(SteadyTime now, int column, std::string_view text) {
    std::string words(static_cast<std::size_t>(column) * column_width, ' ');
    line(now, words.append(text));
  }
  /// What happened to all.
  void line(SteadyTime now, std::string_view text) {
    using namespace std::chrono;
    if (!begin_) begin_ = now;
    char time[32];
    std::snprintf(time, sizeof time, "%11.3f s  ",
                  static_cast<double>(duration_cast<milliseconds>(now - *begin_).count()) / 1000);
    lines_.push_back(time + std::string(text));
    if (at_once_ == nullptr) return;
    std::fprintf(at_once_, "%s\n", lines_.back().c_str());
    std::fflush(at_once_);
  }

  [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }

 private:
  std::vector<std::string> lines_;
  std::optional<SteadyTime> begin_;
  std::FILE* at_once_;
};

}  // namespace handfast::testing
