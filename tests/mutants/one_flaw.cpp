// Test cases of this program with one flaw planted: the searches for secrets, which have a malloc of
// their own, and the properties, whose machines are not edited.

#include <cstdio>
#include <cstdlib>

#include "handfast/testing/switches.hpp"
#include "tests/mutants/session.hpp"

/// PROGRAM NAME CASES: the name of a flaw, or "unchanged"; the test cases, in Catch2's words.
int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string name = argv[1];
  if (name != "unchanged") handfast::testing::planted_switch(name) = true;
  return mutants::run_cases(argv[2]);
}
