#include "tests/properties/suite.hpp"
//
#include <array>
#include <cstdio>

#include "tests/support/catch.hpp"

using namespace properties_test;

namespace {

/// What the runs of `suite` have reached, each role once.
std::vector<RowsReached> reached_by(const Suite& suite) {
  std::vector<RowsReached> all(suite.rows.begin(), suite.rows.end());
  if (all[0].role != all[1].role) return all;
  for (std::size_t row = 0; row < all[0].taken.size(); ++row)
    all[0].taken[row] += all[1].taken[row];
  all.pop_back();
  return all;
}

std::string report_of(const Suite& suite) {
  std::string text;
  for (const RowsReached& role : reached_by(suite)) {
    text += suite.name() + " " + std::string(role.role) + ": " + std::to_string(role.reached()) +
            " of " + std::to_string(role.taken.size()) + " rows reached\n";
    for (std::size_t row = 0; row < role.taken.size(); ++row)
      if (role.taken[row] == 0) text += "  never: " + role.words[row] + "\n";
  }
  return text;
}

/// Rows that want so many things at once that worlds may not meet them; the plans of the fuzz
/// targets do (fuzz/udp_corpus.hpp).
constexpr std::array<std::string_view, 3> reached_by_plans = {
    "HalfOpen on Connect to HalfOpen, sends CookieReply",
    "Established on Close to Draining, tells Finished", "Closing on CloseDue to Closing"};

bool all_reached(const Suite& suite) {
  const bool has_plans = suite.name() == "udp hardened";
  return std::ranges::all_of(reached_by(suite), [&](const RowsReached& role) {
    for (std::size_t row = 0; row < role.taken.size(); ++row) {
      const bool has_plan =
          has_plans && std::ranges::count(reached_by_plans, std::string_view(role.words[row])) > 0;
      if (role.taken[row] == 0 && !has_plan) return false;
    }
    return true;
  });
}

}  // namespace

TEST_CASE("properties: the scenes' rare plans are fine where their protocols are", "[property]") {
  for (Suite* suite : all_suites()) {
    for (std::uint32_t number = 0; number < suite->rare_plan_count; ++number) {
      const Plan plan = suite->rare_plan(number);
      const Outcome outcome = suite->outcome_of(plan);
      INFO(outcome.what << "\n" << suite->again(plan));
      CHECK((is_deployed(suite) || outcome.is_fine()));
    }
  }
}

TEST_CASE("properties: every row of every table is reached") {
  // By all that ran in this program, and where that was not enough by these.
  for (Suite* suite : all_suites()) {
    for (std::uint32_t number = 0; number < suite->rare_plan_count && !all_reached(*suite);
         ++number)
      (void)suite->outcome_of(suite->rare_plan(number));
    for (std::uint64_t seed = 1; seed <= 6000 && !all_reached(*suite); ++seed)
      (void)suite->outcome_of(draw_plan(seed));
    const std::string report = report_of(*suite);
    std::fputs(report.c_str(), stdout);
    INFO(report);
    CHECK(all_reached(*suite));
  }
}

TEST_CASE("properties: the report names a row that was never reached") {
  for (Suite* one : {&stdio_hardened(), &registration_peers()}) {
    Suite suite{};
    suite.rows = one->rows;
    for (RowsReached& role : suite.rows) role.taken[3] = 0;
    const std::string words = "  never: " + suite.rows[1].words[3] + "\n";
    CHECK_FALSE(all_reached(suite));
    CHECK(report_of(suite).find(words) != std::string::npos);
    suite.rows[1].taken[3] = 1;
    CHECK(report_of(suite).find(words) == std::string::npos);
  }
}
