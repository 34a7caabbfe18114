#pragma once

#include <string>

namespace mutants {

/// Runs the test case of each known bug (tests/properties/known_bugs.hpp) alone, as it is and with
/// the bug's flaw planted, in the programs in `folder`, which ends with a slash. Prints a line a
/// bug; how many of them are wrong: the test case fails as it is, or holds with the flaw.
[[nodiscard]] int try_known_bugs(const std::string& folder);

}  // namespace mutants
