#pragma once

#include <string>
#include <vector>

namespace mutants {

/// Runs the test cases of this program that `cases` says, in Catch2's words, until one fails. Once
/// in a process. What it prints is for `words_of_cases`; other than 0 where one failed.
[[nodiscard]] int run_cases(const std::string& cases);

/// The same in the program at `path`, in place of this one, with `flaws` planted: see one_flaw.cpp.
/// Returns only where it cannot be started.
[[nodiscard]] int run_cases_of(const std::string& path, const std::string& cases,
                               const std::vector<std::string>& flaws);

}  // namespace mutants
