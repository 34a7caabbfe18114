#include "tests/properties/suite.hpp"
//
#include "handfast/testing/matrix.hpp"
#include "tests/support/catch.hpp"

using namespace properties_test;

namespace {

/// What a property finds in all places of a suite, and the pairs that it has moved.
struct Matrix {
  Findings findings;
  PairsMoved moved[2];

  explicit Matrix(Suite& suite) {
    for (const Place& place : suite.sights.places) {
      PairsMoved& here = moved[&place.party->facts() == suite.roles[1]];
      check_messages(place, findings, here);
      check_commands(place, findings, here);
      check_timers(place, findings, here);
    }
    // What only the one genuine frame can move.
    for (const Arrival& one : suite.sights.arrivals)
      moved[&one.place.party->facts() == suite.roles[1]].emplace(one.place.party->state_index(),
                                                                 Trigger::message, one.message);
  }
};

}  // namespace

TEST_CASE("properties: every state of every role is found in simulated worlds") {
  for (Suite* suite : {&hardened(), &compat()})
    for (const RoleFacts* role : suite->roles) {
      INFO(suite->profile << " " << role->name);
      CHECK(suite->sights.states_missed(*role).empty());
    }
}

TEST_CASE("properties: in every state every message, command and timer does what the table says",
          "[property][illegal]") {
  for (Suite* suite : {&hardened(), &compat()}) {
    const Matrix matrix(*suite);
    INFO(suite->profile << "\n" << matrix.findings.text());
    CHECK(matrix.findings.count() == 0);
    CHECK(matrix.findings.tried > 800);
    for (int side = 0; side < 2; ++side)
      CHECK(pairs_missed(*suite->roles[side], matrix.moved[side]) == "");
  }
}

TEST_CASE("properties: the matrix finds a row that the table has not") {
  const auto& places = hardened().sights.places;
  const Place& place =
      *std::ranges::find_if(places, [](const Place& one) { return one.party->state() == "Open"; });
  const RoleFacts& facts = place.party->facts();
  const Kept before = place.party->snapshot();
  const auto complaints = [&](const Caused& caused, Trigger trigger, int on, const Kept& stored) {
    Findings findings;
    PairsMoved moved;
    handfast::testing::detail::check_event(place, *place.party, caused, stored, trigger, on, "it",
                                           findings, moved);
    return findings.count();
  };
  Caused taken;
  for (int row = 0; row < facts.table.edge_count; ++row) {
    const Edge& e = facts.table.edges[row];
    const bool is_right = e.from == place.party->state_index() && e.to == e.from;
    taken.rows = {row};
    CHECK(complaints(taken, e.trigger, e.on, before) == (is_right ? 0 : 1));
    CHECK(complaints(taken, e.trigger, e.on + 1, before) == 1);
  }
  taken.rows = {0, 0};
  CHECK(complaints(taken, Trigger::command, 0, before) == 1);
  CHECK(complaints({}, Trigger::command, 0, before) == 0);
  CHECK(complaints({}, Trigger::command, 0, Kept{1}) == 1);
  Caused broken;
  broken.broken = "so";
  CHECK(complaints(broken, Trigger::command, 0, before) == 1);
}
