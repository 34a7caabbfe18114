#include "tests/properties/suite.hpp"
//
#include "handfast/testing/alone.hpp"
#include "handfast/testing/records.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/longer.hpp"
#include "tests/support/seed.hpp"

using namespace properties_test;

namespace {

/// Calls `check` with a stream of each place that has one; how many there were.
template <class Check>
int over_streams(Suite& suite, Check&& check) {
  int count = 0;
  for (const Place& place : suite.sights.places)
    if (auto stream = stream_at(place)) check(std::move(*stream)), ++count;
  return count;
}

}  // namespace

TEST_CASE("properties: any order, loss and repetition of records gives what the model accepts",
          "[property]") {
  Suite& suite = hardened();
  Findings findings;
  const int streams = over_streams(suite, [&](Stream stream) {
    check_orders(std::move(stream), suite.window, suite.skip_max, 6, 4, findings);
  });
  CHECK(streams >= 10);
  INFO(findings.text());
  CHECK(findings.count() == 0);
}

TEST_CASE("properties: a model that is off by one anywhere is found out") {
  Suite& suite = hardened();
  for (const int off : {-1, 1}) {
    Findings window, skip;
    const auto by = static_cast<std::uint64_t>(off);
    over_streams(suite, [&](Stream stream) {
      check_orders(std::move(stream), suite.window + by, suite.skip_max, 6, 2, window);
    });
    over_streams(suite, [&](Stream stream) {
      for (std::uint64_t seed = 1; seed <= 10; ++seed)
        if (auto fresh = stream_at(*stream.place))
          check_long_run(std::move(*fresh), suite.window, suite.skip_max + by, seed, 60, skip);
    });
    CHECK(window.count() > 0);
    CHECK(skip.count() > 0);
  }
}

TEST_CASE("properties: long runs of records give what the model accepts, up to the skip limit",
          "[property]") {
  Suite& suite = hardened();
  const test::Seed seed = test::seed();
  Findings findings;
  std::uint64_t run = seed.value;
  for (test::Rounds rounds(3, 10); rounds.next() && findings.count() == 0;)
    over_streams(suite, [&](Stream stream) {
      check_long_run(std::move(stream), suite.window, suite.skip_max, run++, 200, findings);
    });
  INFO(seed.again() << "\n" << findings.text());
  CHECK(findings.count() == 0);
}

TEST_CASE("properties: with permanent loss each fresh record opens and what is stored stays small",
          "[property]") {
  const test::Seed seed = test::seed();
  Findings findings;
  std::uint64_t run = seed.value;
  for (test::Rounds rounds(1, 5); rounds.next() && findings.count() == 0;)
    over_streams(hardened(), [&](Stream stream) {
      check_permanent_loss(std::move(stream), run++, 300, findings);
    });
  INFO(seed.again() << "\n" << findings.text());
  CHECK(findings.count() == 0);
}

TEST_CASE("properties: a party that is never heard stops sealing at its limit", "[property]") {
  Findings findings, deployed;
  for (const Place& place : hardened().sights.places) check_seals_alone(place, findings);
  INFO(findings.text());
  CHECK(findings.count() == 0);
  CHECK(findings.tried > 100);
  // The deployed programs log the limit.
  for (const Place& place : compat().sights.places) check_seals_alone(place, deployed);
  CHECK(deployed.count() > 0);
}
