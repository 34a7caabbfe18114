#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mutants {

/// Runs the test cases of this program that `cases` says, in Catch2's words, until one fails. Once
/// in a process. What it prints is for `words_of_cases`; other than 0 where one failed.
[[nodiscard]] int run_cases(const std::string& cases);

/// The same in the program at `path`, in place of this one, with `flaws` planted: see one_flaw.cpp.
/// Returns only where it cannot be started.
[[nodiscard]] int run_cases_of(const std::string& path, const std::string& cases,
                               const std::vector<std::string>& flaws);

/// A name, or the beginning of one before a `*`, as Catch2 wants to be asked for it.
[[nodiscard]] std::string in_catch_words(std::string_view name);

/// From here on this process says which of its test cases ask for which planted flaws, and come to
/// which rows: see `asked_in`. So does the program that comes in its place.
void tell_asked();
/// Says that `part` of what this process does has asked for the flaws that were asked for since the
/// last part, and come to what was reached; nothing where nobody wants to know.
void say_asked(const std::string& part);

}  // namespace mutants
