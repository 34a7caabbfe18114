// The layers that are test cases, and the main of the small programs that have only those.

#define CATCH_CONFIG_RUNNER
#include "tests/mutants/session.hpp"

#include "tests/support/catch.hpp"

namespace mutants {

int run_cases(const std::string& cases) {
  Catch::Session session;
  // -#: the file of a test case is a tag of it.
  const char* const arguments[] = {"mutants", cases.c_str(), "--abort", "-#"};
  return session.run(static_cast<int>(std::size(arguments)), arguments);
}

}  // namespace mutants
