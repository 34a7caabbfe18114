#include "tests/testing/toss.hpp"
//
#include "tests/support/catch.hpp"

using namespace handfast;
using namespace handfast::testing;

namespace {

/// The first of `count` worlds that is not fine; a fine outcome where all are.
template <class Labels>
Outcome first_wrong(std::uint64_t count, Plan* plan_of_it = nullptr) {
  auto rows = rows_of_scene<toss::Scene<Labels>>();
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    const Plan plan = draw_plan(seed);
    const Outcome outcome = World<toss::Scene<Labels>>(plan, rows).run();
    if (outcome.is_fine()) continue;
    if (plan_of_it != nullptr) *plan_of_it = plan;
    return outcome;
  }
  for (const RowsReached& one : rows) {
    INFO(one.role);
    CHECK(one.reached() == one.taken.size());
  }
  return {};
}

}  // namespace

TEST_CASE("mixing: a tag that belongs to another message is tried in every place that it fits into",
          "[property]") {
  Plan plan;
  const Outcome outcome = first_wrong<toss::Flawed>(60000, &plan);
  REQUIRE(outcome.wrong == Wrong::safety);
  CHECK(outcome.what == "agreement: a party committed to a run that its peer does not have");
  // The attacker needs an old commitment, its coin, and the caller's own tag.
  const Plan smallest = shrunk<toss::Scene<toss::Flawed>>(plan, outcome);
  EventLog log;
  (void)outcome_of<toss::Scene<toss::Flawed>>(smallest, &log);
  std::string trace;
  for (const std::string& line : log.lines()) trace += line + "\n";
  INFO(trace);
  CHECK(trace.find("attacker mixes") != std::string::npos);
}

TEST_CASE(
    "worlds: a protocol without application data, and a role without commands, are judged by where "
    "a run may stop",
    "[property]") {
  const Outcome outcome = first_wrong<toss::Mended>(3000);
  INFO(outcome.what);
  CHECK(outcome.is_fine());
}
