// Test cases of this program with flaws planted, one as a rule: the searches for secrets, which
// have a malloc of their own, and the properties, whose machines are not edited.

#include <algorithm>
#include <cstdio>

#include "handfast/testing/switches.hpp"
#include "tests/mutants/session.hpp"

/// PROGRAM CASES [FLAW]...: the test cases, in Catch2's words; the names of the flaws. A flaw of
/// code that this program does not have changes nothing in it, and is noticed by no test case.
int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto names = handfast::testing::planted_names();
  bool is_changed = argc == 2;
  for (int i = 2; i < argc; ++i) {
    if (!std::ranges::binary_search(names, std::string_view(argv[i]))) continue;
    handfast::testing::planted_switch(argv[i]) = true;
    is_changed = true;
  }
  if (is_changed) return mutants::run_cases(argv[1]);
  std::puts("All tests passed: no such flaw is in this program");
  return 0;
}
