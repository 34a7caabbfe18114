#include "tests/support/seed.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <utility>

using namespace handfast;

namespace {

/// What this program ends with and prints on standard error, when it is asked for `test_case`.
struct Ended {
  int code = -1;
  std::string errors;
};
Ended run_again(const std::string& test_case, const std::string& environment) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command =
      "env -u HANDFAST_LONG -u HANDFAST_SEED -u RC_PARAMS HANDFAST_FAIL_ON_PURPOSE=1 " +
      environment + " '" + program + "' '" + test_case + "' 2>&1 1>/dev/null";
  FILE* const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Ended ended;
  std::array<char, 4096> chunk;
  while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), pipe))
    ended.errors.append(chunk.data(), size);
  const int status = pclose(pipe);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

bool has(const std::string& text, std::string_view words) { return text.find(words) != text.npos; }

/// As wide as a failing world's.
const std::string long_plan(300, '7');

}  // namespace

TEST_CASE("support: a given seed is used and printed, and none given is one of the system's") {
  CHECK(test::seed_from(42).value == 42);
  CHECK(test::seed_from(18446744073709551615u).value == 18446744073709551615u);
  CHECK(test::seed_from(42).again() == "run again with HANDFAST_SEED=42");
  CHECK(test::seed_from(std::nullopt).value != test::seed_from(std::nullopt).value);
}

TEST_CASE("support: a number is one from its first character to its last, of 64 bits") {
  CHECK(test::number_in("0") == 0u);
  CHECK(test::number_in("18446744073709551615") == 18446744073709551615u);
  for (const char* const none : {"", "twelve", "12s", " 12", "-1", "+1", "18446744073709551616"})
    CHECK_FALSE(test::number_in(none).has_value());
}

TEST_CASE("support: the same seed gives the same numbers, within their bound") {
  test::Random a({7}), b({7}), other({8});
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto number = a.below(10);
    CHECK(number < 10);
    CHECK(number == b.below(10));
    differs = differs || number != other.below(10);
  }
  CHECK(differs);
}

// Not for themselves: the test cases below have them run in another process.
TEST_CASE("support: a seed fails on purpose", "[.][property]") {
  if (std::getenv("HANDFAST_FAIL_ON_PURPOSE") == nullptr) return;
  const test::Seed seed = test::seed();
  std::fprintf(stderr, "the seed was %llu\n", static_cast<unsigned long long>(seed.value));
  CHECK(seed.value != seed.value);
}
TEST_CASE("support: a finding fails on purpose", "[.][property]") {
  if (std::getenv("HANDFAST_FAIL_ON_PURPOSE") == nullptr) return;
  INFO("the Asker in Idle: it spoke; in its world it is B: tests/run --sim ask --plan "
       << long_plan << "\nand 3 more");
  CHECK(long_plan.empty());
  CHECK(long_plan == "the same again");
}

TEST_CASE("support: a property that fails prints the seed that it drew, and it fails with it") {
  const Ended first = run_again("support: a seed fails on purpose", "");
  INFO(first.errors);
  CHECK(first.code != 0);  // Catch2 3.7 ends with 42
  const auto at = first.errors.find("the seed was ");
  REQUIRE(at != first.errors.npos);
  const std::string seed = first.errors.substr(at + 13, first.errors.find('\n', at) - at - 13);
  CHECK(has(first.errors,
            " HANDFAST_SEED='" + seed + "' tests/run --only 'support: a seed fails on purpose'\n"));
  CHECK(has(first.errors, "see it again: RC_PARAMS='seed="));
  const Ended second = run_again("support: a seed fails on purpose", "HANDFAST_SEED=" + seed);
  CHECK(has(second.errors, "the seed was " + seed + "\n"));
}

TEST_CASE("support: a seed or a time that is no number ends the program with 2 and says so") {
  const std::pair<std::string, std::string> wrong[] = {{"HANDFAST_SEED", "twelve"},
                                                       {"HANDFAST_SEED", "18446744073709551616"},
                                                       {"HANDFAST_LONG", "10m"},
                                                       {"HANDFAST_LONG", "4000000001"}};
  for (const auto& [name, value] : wrong) {
    const Ended ended = run_again("support: a seed fails on purpose", name + "=" + value);
    INFO(ended.errors);
    CHECK(ended.code == 2);
    CHECK(has(ended.errors, name + " takes a number from 0 to "));
    CHECK(has(ended.errors, ", not \"" + value + "\"\n"));
    CHECK_FALSE(has(ended.errors, "the seed was"));
  }
}

TEST_CASE("support: what a property found is printed with a whole command, on one line and once") {
  const Ended ended = run_again("support: a finding fails on purpose", "");
  const std::string words =
      "the Asker in Idle: it spoke\nsee it again, as B: tests/run --sim ask"
      " --plan " +
      long_plan + "\n";
  INFO(ended.errors);
  const auto at = ended.errors.find(words);
  REQUIRE(at != ended.errors.npos);
  CHECK(ended.errors.find("see it again, as", at + words.size()) == ended.errors.npos);
}
