#pragma once

// Work in processes of their own, a few at a time: what one of them breaks, or never ends, is its
// own.

#include <functional>
#include <string>

namespace mutants {

/// How a process ended, and what it printed.
struct Ended {
  std::string output;
  int exit_code = 0;
  int signal = 0;        // that ended it, 0 for none
  double seconds = 0;    // of processor time
  bool is_late = false;  // it had used up its time
};

/// A piece of work, and what is done with what came of it; that, in this process.
struct Work {
  unsigned seconds_max = 20;  // of processor time
  std::function<int()> run;   // its exit code
  std::function<void(const Ended&)> done;
};

/// Takes work from `next`, which gives false when there is none left, and does it, `at_once` pieces
/// at a time.
void work_off(const std::function<bool(Work&)>& next, unsigned at_once);

}  // namespace mutants
