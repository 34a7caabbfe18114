#include "tests/properties/suite.hpp"
//
#include "handfast/testing/thieves.hpp"
#include "tests/support/catch.hpp"

using namespace properties_test;

TEST_CASE("properties: what a party stores opens nothing that it has sealed or opened before",
          "[property][attack]") {
  int suites = 0;
  for (Suite* suite : hardened()) {
    if (suite->rob == nullptr) continue;  // its connections have one key as long as they last
    ++suites;
    // Its keys of the next turn are made of two that are stored, which these thieves do not put
    // together: they read what comes next in a turn. tests/x3dh has one who takes a whole machine.
    const bool turns = suite == &x3dh_hardened();
    Findings findings;
    const Robbed robbed = suite->rob(*suite, turns ? 50 : 25, findings);
    INFO(suite->name() << "\n" << findings.text());
    CHECK(findings.count() == 0);
    CHECK(findings.tried > 10'000);
    CHECK(robbed.past_keys > 300);
    CHECK(robbed.futures_read > (turns ? 0 : 20));
  }
  CHECK(suites == 3);
  // The deployed window keeps the keys of messages that came.
  Findings deployed;
  (void)stdio_compat().rob(stdio_compat(), 5, deployed);
  CHECK(deployed.text().find("is a key of a message that is past") != std::string::npos);
}
