#include "tests/properties/suite.hpp"
//
#include <array>
#include <cstdio>
#include <filesystem>
#include <map>

#include "handfast/testing/shrink.hpp"
#include "handfast/testing/small_plans.hpp"
#include "tests/support/longer.hpp"
#include "tests/support/plans.hpp"
#include "tests/support/seed.hpp"

using namespace properties_test;

namespace {

std::string complaint(Suite& suite, const Plan& plan) {
  const Outcome outcome = suite.outcome_of(plan);
  return outcome.is_fine() ? std::string() : outcome.what;
}

/// Whether `outcome` is how the deployed udp is, in worlds with an attacker: a packet is taken
/// again, by who has sent it too, and from whoever came between; and two may have keys that differ.
bool is_as_deployed(const Outcome& outcome) {
  return outcome.what == "one sealed message was accepted twice" ||
         outcome.what == "application data was told to whom it was not meant for" ||
         outcome.what == "application data was told that nobody gave" ||
         outcome.what.ends_with("neither exchange data nor end") ||
         outcome.what.ends_with("neither end nor have a command whose own row sends data");
}

/// Whether `outcome` is how the document's x3dh is: of two messages that cross both have one key and
/// nonce, a first message is taken as often as it comes, and one that is lost is the last.
bool is_as_documented(const Outcome& outcome) {
  return outcome.what == "one key and nonce sealed two messages" ||
         outcome.what == "one sealed message was accepted twice" ||
         outcome.what.ends_with("neither exchange data nor end");
}

/// A plan that compat fails, the first of its kind from `seed` on.
std::pair<Plan, Outcome> failing_plan(std::uint64_t seed) {
  for (;; ++seed) {
    const Plan plan = draw_plan(seed);
    const Outcome outcome = stdio_compat().outcome_of(plan);
    if (!outcome.is_fine()) return {plan, outcome};
  }
}

bool fails_likewise(const Plan& plan, const Outcome& outcome) {
  const Outcome again = stdio_compat().outcome_of(plan);
  return again.wrong == outcome.wrong && again.what == outcome.what;
}

std::vector<std::string> trace_of(Suite& suite, const Plan& plan) {
  EventLog log;
  const Outcome outcome = suite.outcome_of(plan, &log);
  auto lines = log.lines();
  lines.push_back(outcome.what + " after " + std::to_string(outcome.moves_made) + " moves");
  return lines;
}

/// What this program prints on standard error when it is asked for `test_case`.
std::string errors_of(const std::string& test_case, const std::string& environment) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = "env -u HANDFAST_LONG -u HANDFAST_SEED " + environment + " '" +
                              program + "' '" + test_case + "' 2>&1 1>/dev/null";
  FILE* const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  std::array<char, 4096> chunk;
  while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), pipe))
    text.append(chunk.data(), size);
  const int status = pclose(pipe);
  CHECK(status != 0);
  return text;
}

}  // namespace

TEST_CASE("properties: worlds of generated plans are fine", "[property][attack]") {
  for (Suite* suite : hardened())
    test::check_plans(
        suite->name(), [&](const Plan& plan) { return complaint(*suite, plan); },
        [&](const Plan& plan) { return suite->again(plan); });
}

TEST_CASE("properties: worlds of drawn plans are fine", "[property][attack]") {
  const test::Seed seed = test::seed();
  for (Suite* suite : hardened()) {
    std::uint64_t number = seed.value;
    std::size_t commits = 0;
    for (test::Rounds rounds(1000, 18); rounds.next(); ++number) {
      const Plan plan = draw_plan(number);
      const Outcome outcome = suite->outcome_of(plan);
      commits += outcome.commit_count;
      if (outcome.is_fine()) continue;
      const Plan small = shrink(plan, [&](const Plan& smaller) {
        const Outcome again = suite->outcome_of(smaller);
        return again.wrong == outcome.wrong && again.what == outcome.what;
      });
      std::fprintf(stderr, "%s\n", suite->again(small).c_str());
      INFO(seed.again() << "\n" << outcome.what << "\n" << suite->again(small));
      REQUIRE(outcome.is_fine());
    }
    INFO(suite->name());
    CHECK(commits > 500);  // most sessions get somewhere
  }
}

TEST_CASE(
    "properties: whatever two moves the network, the attacker and the applications make, in any "
    "order, both sides agree or both end",
    "[property][attack]") {
  const auto moves = small_moves();
  for (Suite* suite : hardened()) {
    int worlds = 0;
    const auto is_fine = [&](const Plan& plan) {
      ++worlds;
      const std::string wrong = complaint(*suite, plan);
      if (wrong.empty()) return true;
      std::fprintf(stderr, "%s\n", suite->again(plan).c_str());
      INFO(wrong << "\n" << suite->again(plan));
      CHECK(wrong.empty());
      return false;
    };
    for (std::uint32_t setting = 0; setting < 2; ++setting)
      REQUIRE(for_each_small_plan(setting, moves, 2, is_fine));
    CHECK(worlds == 2 * (1 + 31 + 31 * 31));
    // Longer: three moves, under one setting after the other.
    bool all_fine = true;
    test::Rounds rounds(0, 5);
    for (std::uint32_t setting = 2; all_fine && rounds.next(); ++setting)
      for_each_small_plan(setting, moves, 3, [&](const Plan& plan) {
        all_fine = is_fine(plan);
        return all_fine && rounds.next();
      });
  }
}

TEST_CASE("properties: worlds of the deployed udp go wrong in the ways of its design, and no other",
          "[property][attack]") {
  const test::Seed seed = test::seed();
  for (Suite* suite : {&udp_documented(), &udp_v0_8()}) {
    std::uint64_t number = seed.value;
    int fine = 0, as_deployed = 0;
    for (test::Rounds rounds(1000, 5); rounds.next(); ++number) {
      const Plan plan = draw_plan(number);
      const Outcome outcome = suite->outcome_of(plan);
      INFO(seed.again() << "\n" << outcome.what << "\n" << suite->again(plan));
      REQUIRE((outcome.is_fine() || is_as_deployed(outcome)));
      ++(outcome.is_fine() ? fine : as_deployed);
    }
    INFO(suite->name());
    CHECK(fine > 100);
    CHECK(as_deployed > 100);
  }
}

TEST_CASE(
    "properties: worlds of the deployed rehandshake go wrong by want of agreement, no other way",
    "[property][attack]") {
  const test::Seed seed = test::seed();
  std::uint64_t number = seed.value;
  int fine = 0, as_deployed = 0;
  for (test::Rounds rounds(3000, 5); rounds.next(); ++number) {
    const Plan plan = draw_plan(number);
    const Outcome outcome = rehandshake_compat().outcome_of(plan);
    INFO(seed.again() << "\n" << outcome.what << "\n" << rehandshake_compat().again(plan));
    REQUIRE((outcome.is_fine() ||
             outcome.what == "agreement: a party committed to a run that its peer does not have"));
    ++(outcome.is_fine() ? fine : as_deployed);
  }
  CHECK(fine > 1000);
  CHECK(as_deployed > 0);
}

TEST_CASE("properties: worlds of the document's x3dh go wrong in the ways of its design, no other",
          "[property][attack]") {
  const test::Seed seed = test::seed();
  Suite& suite = x3dh_documented();
  std::uint64_t number = seed.value;
  int fine = 0;
  std::map<std::string, int> wrong;
  for (test::Rounds rounds(1000, 5); rounds.next(); ++number) {
    const Plan plan = draw_plan(number);
    const Outcome outcome = suite.outcome_of(plan);
    INFO(seed.again() << "\n" << outcome.what << "\n" << suite.again(plan));
    REQUIRE((outcome.is_fine() || is_as_documented(outcome)));
    ++(outcome.is_fine() ? fine : wrong[outcome.what]);
  }
  CHECK(fine > 100);
  CHECK(wrong["one key and nonce sealed two messages"] > 100);
  CHECK(wrong.size() == 3);
}

TEST_CASE("properties: the same plan gives the same run, to the last line of its trace") {
  for (Suite* suite : all_suites())
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      const auto first = trace_of(*suite, draw_plan(seed));
      REQUIRE(first.size() > 1);
      REQUIRE(trace_of(*suite, draw_plan(seed)) == first);
    }
}

TEST_CASE("properties: a failing run shrinks until no move of it can be left out") {
  for (std::uint64_t seed = 1; seed < 4000; seed += 1000) {
    const auto [plan, outcome] = failing_plan(seed);
    const Plan small =
        shrink(plan, [&, o = outcome](const Plan& smaller) { return fails_likewise(smaller, o); });
    REQUIRE(fails_likewise(small, outcome));
    CHECK(small.moves.size() <= plan.moves.size());
    for (std::size_t i = 0; i < small.moves.size(); ++i) {
      Plan smaller = small;
      smaller.moves.erase(smaller.moves.begin() + static_cast<std::ptrdiff_t>(i));
      CHECK_FALSE(fails_likewise(smaller, outcome));
    }
    const auto read_back = plan_of_text(to_text(small));
    REQUIRE(read_back);
    CHECK(*read_back == small);
  }
}

// Not for itself: the next test case has it run in another process.
TEST_CASE("properties: compat fails on purpose", "[.][property]") {
  if (std::getenv("HANDFAST_FAIL_ON_PURPOSE") == nullptr) return;
  test::check_plans(
      "compat", [](const Plan& plan) { return complaint(stdio_compat(), plan); },
      [](const Plan& plan) { return stdio_compat().again(plan); });
}

TEST_CASE("properties: one that fails prints lines that run it again, and they do") {
  const std::string errors = errors_of("properties: compat fails on purpose",
                                       "HANDFAST_FAIL_ON_PURPOSE=1 RC_PARAMS='seed=7'");
  INFO(errors);
  const std::string plan_words = "see it again: tests/run --sim stdio --profile compat --plan ";
  const auto at = errors.find(plan_words);
  REQUIRE(at != errors.npos);
  const auto begin = at + plan_words.size();
  const auto plan = plan_of_text(errors.substr(begin, errors.find('\n', begin) - begin));
  REQUIRE(plan);
  CHECK_FALSE(stdio_compat().outcome_of(*plan).is_fine());
  CHECK(errors.find("see it again: RC_PARAMS='seed=7' tests/run --only "
                    "'properties: compat fails on purpose'\n") != errors.npos);
}
