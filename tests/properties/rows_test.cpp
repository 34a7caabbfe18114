#include "tests/properties/suite.hpp"
//
#include <cstdio>

#include "tests/support/catch.hpp"

using namespace properties_test;

namespace {

std::string report_of(const Suite& suite) {
  std::string text;
  for (const RowsReached& role : suite.rows) {
    text += std::string(suite.protocol) + " " + std::string(suite.profile) + " " +
            std::string(role.role) + ": " + std::to_string(role.reached()) + " of " +
            std::to_string(role.taken.size()) + " rows reached\n";
    for (std::size_t row = 0; row < role.taken.size(); ++row)
      if (role.taken[row] == 0) text += "  never: " + role.words[row] + "\n";
  }
  return text;
}

/// No random bytes for keys, all run long: the parent asks, hears no answer for a while, and keeps
/// alive until the present keys have no room for anything. Drawn plans get there once in thousands.
Plan drought(std::uint32_t setting) {
  const auto by_chance = static_cast<std::uint16_t>(setting);
  Plan plan{setting, {}};
  const auto add = [&](Deed deed, std::uint8_t party, std::uint8_t wait, std::uint8_t choice,
                       std::uint16_t amount) {
    plan.moves.push_back({deed, party, wait, choice, amount});
  };
  constexpr std::uint8_t short_wait = 3, long_wait = 8;  // 20 ms, 6 s
  for (std::uint8_t i = 0; i < 120; ++i) {
    add(Deed::no_random, 0, long_wait, 1, 255);
    if (i == 0 && setting % 2 == 0) add(Deed::lose, 1, 0, 0, 7);
    for (std::uint8_t k = 0; i == 0 && k < setting % 16; ++k)
      add(Deed::command, 0, short_wait, k, by_chance);
    if (i % 8 == 0) add(Deed::command, 1, short_wait, i, by_chance);
  }
  return plan;
}

bool all_reached(const Suite& suite) {
  return std::ranges::all_of(
      suite.rows, [](const RowsReached& role) { return role.reached() == role.taken.size(); });
}

}  // namespace

TEST_CASE("properties: every row of every table is reached") {
  // By all that ran in this program, and where that was not enough by these.
  for (Suite* suite : {&hardened(), &compat()}) {
    for (std::uint32_t setting = 0; setting < 200; ++setting) {
      const Outcome outcome = suite->outcome_of(drought(setting));
      if (suite == &compat()) continue;
      INFO(outcome.what << "\n" << suite->again(drought(setting)));
      CHECK(outcome.is_fine());
    }
    for (std::uint64_t seed = 1; seed <= 6000 && !all_reached(*suite); ++seed)
      (void)suite->outcome_of(draw_plan(seed));
    const std::string report = report_of(*suite);
    std::fputs(report.c_str(), stdout);
    INFO(report);
    CHECK(all_reached(*suite));
  }
}

TEST_CASE("properties: the report names a row that was never reached") {
  Suite suite = {"p", "q", {}, 0, 0, 0, hardened().rows, nullptr, nullptr, nullptr, {}};
  suite.rows[1].taken[3] = 0;
  CHECK_FALSE(all_reached(suite));
  CHECK(report_of(suite).find("  never: " + suite.rows[1].words[3] + "\n") != std::string::npos);
  suite.rows[1].taken[3] = 1;
  CHECK(report_of(suite).find("never: " + suite.rows[1].words[3] + "\n") == std::string::npos);
}
