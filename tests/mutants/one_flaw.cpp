// Test cases of this program with flaws planted, one as a rule: the searches for secrets, which
// have a malloc of their own, and the properties, whose machines are not edited.

#include "handfast/testing/switches.hpp"
#include "tests/mutants/session.hpp"

/// PROGRAM CASES [FLAW]...: the test cases, in Catch2's words; the names of the flaws.
int main(int argc, char** argv) {
  if (argc < 2) return 2;
  for (int i = 2; i < argc; ++i) handfast::testing::planted_switch(argv[i]) = true;
  return mutants::run_cases(argv[1]);
}
