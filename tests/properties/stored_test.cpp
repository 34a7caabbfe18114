#include "tests/properties/suite.hpp"
//
#include "handfast/testing/stored.hpp"
#include "tests/support/catch.hpp"

using namespace properties_test;

namespace {

constexpr int places_a_state = 3;

/// Keeps what parties store on the way.
struct Stores : Visitor {
  std::vector<Kept> stored;
  std::size_t calls = 0;
  void after_call(const Sight& sight, const Caused&) override {
    if (calls++ % 8 == 0) stored.push_back(sight.party.snapshot());
  }
};

}  // namespace

TEST_CASE("properties: a stored state that is changed in any bit, cut or extended is never loaded",
          "[property][illegal]") {
  for (Suite* suite : all_suites()) {
    Findings findings;
    std::map<std::pair<const RoleFacts*, int>, int> tried;  // of one state a few places will do
    for (const Place& place : suite->sights.places)
      if (tried[{&place.party->facts(), place.party->state_index()}]++ < places_a_state)
        check_corrupt_snapshots(place, findings);
    INFO(suite->name() << "\n" << findings.text());
    CHECK(findings.count() == 0);
    CHECK(findings.tried > 5'000);
  }
}

TEST_CASE("properties: the trace of a run holds no piece of what its parties store", "[property]") {
  for (Suite* suite : all_suites())
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      EventLog log;
      Stores stores;
      const Plan plan = draw_plan(seed);
      (void)suite->outcome_of(plan, &log, &stores);
      std::string text;
      for (const std::string& line : log.lines()) text += line + "\n";
      REQUIRE(!stores.stored.empty());
      for (const Kept& stored : stores.stored) {
        const auto piece = piece_in(text, stored);
        INFO(piece.value_or("") << "\n" << suite->again(plan));
        REQUIRE(!piece.has_value());
      }
    }
}

TEST_CASE("properties: a piece of a stored key is found in text, raw and as hexadecimal") {
  Kept stored(40);
  for (std::size_t i = 0; i < stored.size(); ++i)
    stored[i] = static_cast<std::uint8_t>(i * 37 + 129);
  const std::string raw(stored.begin() + 11, stored.begin() + 19);
  CHECK(piece_in("key " + raw, stored));
  CHECK(!piece_in("key " + raw.substr(1), stored));
  std::string hex;
  for (const char c : raw) {
    hex += "0123456789ABCDEF"[static_cast<std::uint8_t>(c) >> 4];
    hex += "0123456789abcdef"[static_cast<std::uint8_t>(c) & 15];
  }
  CHECK(piece_in("0x" + hex + ".", stored));
  CHECK(!piece_in(hex.substr(1), stored));
  CHECK(!piece_in("in plain words", bytes_of("in plain words")));
  CHECK(!piece_in(std::string(20, '\0'), Kept(20)));
}
