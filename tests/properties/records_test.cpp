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

/// The hardened profiles whose receivers may skip records.
std::vector<Suite*> numbered_suites() {
  std::vector<Suite*> all = hardened();
  std::erase_if(all, [](const Suite* suite) { return !suite->numbered; });
  return all;
}

}  // namespace

TEST_CASE("properties: any order, loss and repetition of records gives what the model accepts",
          "[property]") {
  CHECK(numbered_suites().size() == 2);
  for (Suite* suite : numbered_suites()) {
    const auto [window, skip_max] = *suite->numbered;
    Findings findings;
    int deep = 12;  // of so many places longer orders
    const int streams = over_streams(*suite, [&](Stream stream) {
      check_orders(std::move(stream), window, skip_max, 6, deep-- > 0 ? 4 : 3, findings);
    });
    INFO(suite->name() << "\n" << findings.text());
    CHECK(streams >= 10);
    CHECK(findings.count() == 0);
  }
}

TEST_CASE("properties: a model that is off by one anywhere is found out") {
  for (Suite* suite : numbered_suites()) {
    INFO(suite->name());
    for (const int off : {-1, 1}) {
      Findings window, skip;
      const auto by = static_cast<std::uint64_t>(off);
      const auto length = static_cast<int>(20 * suite->numbered->window);
      const auto long_runs = [&](std::uint64_t off_window, std::uint64_t off_skip, Findings& to) {
        over_streams(*suite, [&](Stream stream) {
          for (std::uint64_t seed = 1; seed <= 10 && to.count() == 0; ++seed)
            if (auto fresh = stream_at(*stream.place))
              check_long_run(std::move(*fresh), suite->numbered->window + off_window,
                             suite->numbered->skip_max + off_skip, seed, length, to);
        });
      };
      long_runs(by, 0, window);
      long_runs(0, by, skip);
      CHECK(window.count() > 0);
      CHECK(skip.count() > 0);
    }
  }
}

TEST_CASE("properties: long runs of records give what the model accepts, up to the skip limit",
          "[property]") {
  const test::Seed seed = test::seed();
  for (Suite* suite : numbered_suites()) {
    const auto [window, skip_max] = *suite->numbered;
    Findings findings;
    std::uint64_t run = seed.value;
    for (test::Rounds rounds(3, 10); rounds.next() && findings.count() == 0;)
      over_streams(*suite, [&, w = window, s = skip_max](Stream stream) {
        check_long_run(std::move(stream), w, s, run++, 200, findings);
      });
    INFO(suite->name() << " " << seed.again() << "\n" << findings.text());
    CHECK(findings.count() == 0);
  }
}

TEST_CASE("properties: with permanent loss each fresh record opens and what is stored stays small",
          "[property]") {
  const test::Seed seed = test::seed();
  for (Suite* suite : numbered_suites()) {
    Findings findings;
    std::uint64_t run = seed.value;
    for (test::Rounds rounds(1, 5); rounds.next() && findings.count() == 0;)
      over_streams(*suite, [&](Stream stream) {
        check_permanent_loss(std::move(stream), run++, 300, findings);
      });
    INFO(suite->name() << " " << seed.again() << "\n" << findings.text());
    CHECK(findings.count() == 0);
  }
}

TEST_CASE("properties: a party that is never heard stops sealing at its limit", "[property]") {
  int suites = 0;
  for (Suite* suite : hardened()) {
    if (!suite->has_seal_limit) continue;
    ++suites;
    Findings findings;
    for (const Place& place : suite->sights.places) check_seals_alone(place, findings);
    INFO(suite->name() << "\n" << findings.text());
    CHECK(findings.count() == 0);
    CHECK(findings.tried > 100);
  }
  CHECK(suites == 2);
  // The deployed programs log the limit.
  Findings deployed;
  for (const Place& place : stdio_compat().sights.places) check_seals_alone(place, deployed);
  CHECK(deployed.count() > 0);
}
