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
    for (const Arrival& one : sights.arrivals) check_changes(one, suite.links_told_apart, findings);
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
  for (Suite* suite : all_suites())
    for (int side = 0; side < 2; ++side) {
      const RoleFacts &role = *suite->roles[side], &peers = *suite->roles[1 - side];
      INFO(suite->name() << " " << role.name);
      // The document's issuer says something with each message but its answer.
      const bool is_documents = suite == &x3dh_documented() && side == 1;
      CHECK(suite->sights.arrivals_missed(role, peers) ==
            (is_documents ? "Established on Empty" : ""));
    }
}

TEST_CASE(
    "properties: flipped bits, prefixes and extensions of every frame are refused, and the genuine "
    "one is still taken",
    "[property][attack]") {
  for (Suite* suite : sealed()) {
    const Findings findings = changes(*suite);
    INFO(suite->name() << "\n" << findings.text());
    CHECK(findings.count() == 0);
    CHECK(findings.tried > 5'000);
  }
  // The other deployed wires leave most of their envelopes open.
  for (Suite* suite : {&stdio_compat(), &registration_compat(), &rehandshake_compat()}) {
    INFO(suite->name());
    CHECK(speaks_of(changes(*suite), "flipped was taken"));
  }
}

TEST_CASE("properties: no field of a frame can be put to an edge, and no bad public key is used",
          "[property][attack]") {
  for (Suite* suite : sealed()) {
    const Findings findings = field_edges(*suite);
    INFO(suite->name() << "\n" << findings.text());
    CHECK(findings.count() == 0);
    CHECK(findings.tried > (is_deployed(suite) ? 40 : 100));  // a token has one field, a packet two
  }
  CHECK(speaks_of(field_edges(stdio_compat()), "public_key"));
}

TEST_CASE(
    "properties: repeated, reflected and moved frames are taken by nobody, in no state, at no time",
    "[property][attack]") {
  for (Suite* suite : hardened()) {
    const Findings findings = strangers(*suite);
    INFO(suite->name() << "\n" << findings.text());
    CHECK(findings.count() == 0);
    CHECK(findings.tried > 500);
  }
  CHECK(speaks_of(strangers(stdio_compat()), "of others was taken"));
  // The deployed router and client open a message as often as it comes.
  CHECK(speaks_of(strangers(registration_compat()), "a repeated frame was taken"));
  // The deployed responder answers a REQUEST as often as it comes.
  CHECK(speaks_of(strangers(rehandshake_compat()), "a repeated frame was taken"));
  // So do the deployed client and server of udp, their own packets too, and whoever connects, or
  // answers, is the peer.
  for (Suite* suite : {&udp_documented(), &udp_v0_8()}) {
    const Findings deployed = strangers(*suite);
    INFO(suite->name() << "\n" << deployed.text());
    CHECK(speaks_of(deployed, "a repeated frame was taken"));
    CHECK(speaks_of(deployed, "its own frame, fed back, was taken"));
    CHECK(speaks_of(deployed, "a frame of others was taken"));
  }
}
