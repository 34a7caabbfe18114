#pragma once

#include <string>

namespace mutants {

/// Runs the test cases of this program that `cases` says, in Catch2's words, until one fails. Once
/// in a process. What it prints is for `words_of_cases`; other than 0 where one failed.
[[nodiscard]] int run_cases(const std::string& cases);

}  // namespace mutants
