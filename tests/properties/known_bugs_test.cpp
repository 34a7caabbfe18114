#include "tests/properties/suite.hpp"
//
#include "tests/properties/known_bugs.hpp"

#include <filesystem>
#include <set>

#include "tests/mutants/planted.hpp"
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

int times_in(std::string_view text, const std::string& words) {
  int count = 0;
  for (std::size_t at = 0; (at = text.find(words, at)) != text.npos; ++at) ++count;
  return count;
}

bool is_planted(std::string_view flaw) {
  return std::ranges::count(mutants::flaws, flaw, &mutants::Flaw::name) == 1;
}

}  // namespace

TEST_CASE(
    "properties: each of the forty known bugs has a test and a flaw that it kills, or a reason why "
    "it cannot be") {
  const std::string cases = all_test_cases();
  std::set<int> numbers;
  for (const KnownBug& one : known_bugs) {
    INFO(one.number << ": " << one.bug);
    CHECK(numbers.insert(one.number).second);
    const bool has_flaw = !one.flaws[0].empty();
    CHECK(has_flaw == one.or_why.empty());
    // The trial of mutants is a test case for which there is no flaw.
    CHECK((has_flaw || one.number == 40) == !one.shown_by.empty());
    if (!one.shown_by.empty()) CHECK(times_in(cases, "\"" + std::string(one.shown_by)) == 1);
    for (const std::string_view flaw : one.flaws)
      if (!flaw.empty()) CHECK(is_planted(flaw));
  }
  CHECK(numbers.size() == 40);
  CHECK(*numbers.begin() == 1);
  CHECK(*numbers.rbegin() == 40);
  CHECK(cases.find("\"properties: each of the forty") == std::string::npos);
}
