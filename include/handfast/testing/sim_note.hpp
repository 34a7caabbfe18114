#pragma once

// Which world a program is in, or what of the properties it tries, in a file: what is left of a
// program that has crashed. It is written before, as nothing can be relied upon afterwards.
//
//   line 1     in words, such as "seed 26, world 26" or "the timers, with the Parent in Open, ..."
//   line 2     the plan of the world, as `--plan` takes it
//   the rest   what has happened in the world, an event a line, where it is told

#include <cstdio>
#include <memory>
#include <string>

#include "handfast/testing/plan.hpp"

namespace handfast::testing {

/// How our own worlds are run from a shell.
inline constexpr std::string_view tests_run = "tests/run --sim";

/// The file; with an empty path there is none, and nothing is written.
class SimNote {
 public:
  SimNote() = default;
  explicit SimNote(std::string path) : path_(std::move(path)) {}

  /// The run of `plan` begins, or something is tried in it. What stood in the file is gone.
  void begin(const std::string& words, const Plan& plan) {
    if (path_.empty()) return;
    file_.reset(std::fopen(path_.c_str(), "w"));
    if (!file_) return;
    std::fprintf(file_.get(), "%s\n%s\n", words.c_str(), to_text(plan).c_str());
    std::fflush(file_.get());
  }
  /// For the events of the run; nullptr where there is no file.
  [[nodiscard]] std::FILE* file() const noexcept { return file_.get(); }

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace handfast::testing
