// The layers that are test cases, and the main of the small programs that have only those.

#define CATCH_CONFIG_RUNNER
#include "tests/mutants/session.hpp"

#include <unistd.h>

#include <cstdio>

#include "tests/support/catch.hpp"

namespace mutants {

int run_cases(const std::string& cases) {
  Catch::Session session;
  // -#: the file of a test case is a tag of it.
  const char* const arguments[] = {"mutants", cases.c_str(), "--abort", "-#"};
  return session.run(static_cast<int>(std::size(arguments)), arguments);
}

int run_cases_of(const std::string& path, const std::string& cases,
                 const std::vector<std::string>& flaws) {
  std::vector<std::string> arguments{path, cases};
  arguments.insert(arguments.end(), flaws.begin(), flaws.end());
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv(path.c_str(), pointers.data());
  std::perror(path.c_str());
  return 1;
}

}  // namespace mutants
