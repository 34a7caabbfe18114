#include "tests/properties/suite.hpp"
//
#include "tests/properties/known_bugs.hpp"

#include <filesystem>
#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/files.hpp"

using namespace properties_test;

namespace {

/// All sources of test cases, names that are broken over lines made whole.
std::string all_test_cases() {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(test::path_of("support/files.hpp")).parent_path().parent_path();
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.path().filename().string().ends_with("_test.cpp") ||
        entry.path().filename() == "known_bugs_test.cpp")
      continue;
    const std::string text = test::read_file(fs::relative(entry.path(), folder).string());
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t after =
          text[at] == '"' ? text.find_first_not_of(" \n", at + 1) : std::string::npos;
      const bool is_break =
          after != std::string::npos && text[after] == '"' && text[at + 1] == '\n';
      if (!is_break) all += text[at];
      at = is_break ? after + 1 : at + 1;
    }
  }
  return all;
}

}  // namespace

TEST_CASE("properties: each of the forty known bugs has a test or a reason why it cannot be") {
  const std::string cases = all_test_cases();
  std::set<int> numbers;
  for (const KnownBug& one : known_bugs) {
    INFO(one.number << ": " << one.bug);
    CHECK(numbers.insert(one.number).second);
    CHECK(one.shown_by.empty() != one.or_why.empty());
    if (!one.shown_by.empty())
      CHECK(cases.find("\"" + std::string(one.shown_by)) != std::string::npos);
  }
  CHECK(numbers.size() == 40);
  CHECK(*numbers.begin() == 1);
  CHECK(*numbers.rbegin() == 40);
  CHECK(cases.find("\"properties: each of the forty") == std::string::npos);
}
