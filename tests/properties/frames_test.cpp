#include "tests/properties/suite.hpp"
//
#include "handfast/testing/altered.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/longer.hpp"

using namespace properties_test;

namespace {

/// Calls `check` with the places of the suite, and for longer runs with those of other worlds.
template <class Check>
Findings over_sights(Suite& suite, Check&& check) {
  Findings findings;
  check(suite.sights, findings);
  test::Rounds rounds(0, 5);
  for (std::uint64_t seed = 100'000; rounds.next() && findings.count() == 0; seed += 100'000) {
    LookOptions options;
    options.seed = seed;
    const Sights more = suite.look(suite, options);
    check(more, findings);
  }
  return findings;
}

Findings changes(Suite& suite) {
  return over_sights(suite, [&](const Sights& sights, Findings& findings) {
    for (const Arrival& one : sights.arrivals) check_changes(one, suite.link_count, findings);
  });
}
Findings field_edges(Suite& suite) {
  return over_sights(suite, [&](const Sights& sights, Findings& findings) {
    for (const Arrival& one : sights.arrivals) check_field_edges(one, findings);
  });
}
Findings strangers(Suite& suite) {
  return over_sights(suite, [&](const Sights& sights, Findings& findings) {
    for (const Crowd& one : sights.crowds) check_strangers(one, findings);
  });
}
bool speaks_of(const Findings& findings, std::string_view words) {
  return findings.text().find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("properties: every row that takes a message has a genuine frame to try") {
  for (Suite* suite : {&hardened(), &compat()})
    for (const RoleFacts* role : suite->roles) {
      INFO(suite->profile << " " << role->name);
      CHECK(suite->sights.arrivals_missed(*role).empty());
    }
}

TEST_CASE(
    "properties: flipped bits, prefixes and extensions of every frame are refused, and the genuine "
    "one is still taken",
    "[property][attack]") {
  const Findings findings = changes(hardened());
  INFO(findings.text());
  CHECK(findings.count() == 0);
  CHECK(findings.tried > 10'000);
  // The deployed wire leaves most of its envelope open.
  CHECK(speaks_of(changes(compat()), "flipped was taken"));
}

TEST_CASE("properties: no field of a frame can be put to an edge, and no bad public key is used",
          "[property][attack]") {
  const Findings findings = field_edges(hardened());
  INFO(findings.text());
  CHECK(findings.count() == 0);
  CHECK(findings.tried > 400);
  CHECK(speaks_of(field_edges(compat()), "public_key"));
}

TEST_CASE(
    "properties: repeated, reflected and moved frames are taken by nobody, in no state, at no time",
    "[property][attack]") {
  const Findings findings = strangers(hardened());
  INFO(findings.text());
  CHECK(findings.count() == 0);
  CHECK(findings.tried > 1'000);
  CHECK(speaks_of(strangers(compat()), "of others was taken"));
}
