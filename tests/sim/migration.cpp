#include "handfast/testing/sim.hpp"

#include "handfast/testing/judge.hpp"
#include "handfast/testing/page.hpp"
#include "tests/rehandshake/migration_scene.hpp"
#include "tests/sim/scenes.hpp"

// Of properties it has its own. Its links carry the same: what is sealed for one is taken on the
// other, so that no frame is tried there.

namespace {

using namespace handfast::testing;
using Scene = rehandshake_test::MigrationScene;
using handfast::detail::At;

constexpr std::uint64_t worlds_of_paths = 400;

/// A world in which much is said, and both paths lose, repeat and hold back frames, are cut at any
/// moment and come again, and processes end and come back.
Plan draw_paths(std::uint64_t seed) {
  constexpr std::array troubles{Deed::command, Deed::command,   Deed::command,   Deed::close,
                                Deed::close,   Deed::lose,      Deed::lose,      Deed::delay,
                                Deed::delay,   Deed::duplicate, Deed::partition, Deed::restart};
  Seeded numbers(seed);
  Plan plan;
  plan.setting = static_cast<std::uint32_t>(numbers.next());
  for (std::uint64_t count = 20 + numbers.below(100); count > 0; --count) {
    Move& move = plan.moves.emplace_back();
    move.deed = troubles[numbers.below(troubles.size())];
    move.party = static_cast<std::uint8_t>(numbers.next());
    move.after = static_cast<std::uint8_t>(numbers.below(8));
    move.choice = static_cast<std::uint8_t>(numbers.next());
    move.amount = static_cast<std::uint16_t>(numbers.next());
  }
  return plan;
}

/// What the places of one role are asked.
template <class Role>
void check_places(const Sights& sights, Findings& findings) {
  PairsMoved moved;
  for (const Place& place : sights.places) {
    if (&place.party->facts() != &facts_of<Role>()) continue;
    check_messages(place, findings, moved);
    check_commands(place, findings, moved);
    check_timers(place, findings, moved);
    check_corrupt_snapshots(place, findings);
  }
  for (const Arrival& arrival : sights.arrivals) {
    if (&arrival.place.party->facts() != &facts_of<Role>()) continue;
    if (arrival.frame.link == handfast::rehandshake::relay_link)
      check_changes(arrival, 0, findings);
    check_field_edges(arrival, findings);
  }
  if (const auto missed = sights.states_missed(facts_of<Role>()); !missed.empty())
    findings.add("no world has shown " + missed);
}

/// All that is said arrives once and in order, whatever becomes of both paths (claim 19): the oracles
/// of a world know, since its scene is a stream. Then what is asked of each state.
SimExit judge_migration(const SimOptions& options) {
  SimNote note(options.note);
  const std::uint64_t seed = options.seed.value_or(1);
  auto rows = rows_of_scene<Scene>();
  std::vector<Plan> plans;
  for (std::uint32_t number = 0; number < Scene::rare_plan_count; ++number)
    plans.push_back(Scene::rare_plan(number));
  for (std::uint64_t i = 0; i < worlds_of_paths; ++i) plans.push_back(draw_paths(seed + i));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    note.begin("paths that come and go, world " + std::to_string(i + 1), plans[i]);
    World<Scene> world(plans[i], rows);
    if (i < Scene::rare_plan_count) world.in_a_hurry();  // as their fuzz target runs them
    const Outcome outcome = world.run();
    if (!outcome.is_fine()) return detail::report<Scene>(options, plans[i], outcome, note);
  }
  std::printf("%zu worlds of paths that come and go, all fine\n", plans.size());
  Findings findings(&note);
  for (const RowsReached& role : rows)
    for (std::size_t row = 0; row < role.taken.size(); ++row)
      if (role.taken[row] == 0 &&
          std::ranges::count(rehandshake_test::rows_of_no_plan, role.words[row]) == 0)
        findings.add("no world has come to " + role.words[row]);
  LookOptions look;
  look.seed = seed;
  look.worlds_max = look.worlds_min;
  look.note = &note;
  look.program = options.program;
  const Sights sights = look_around<Scene>(rows, look);
  check_places<At<0, Scene::Roles>>(sights, findings);
  check_places<At<1, Scene::Roles>>(sights, findings);
  return tell(findings);
}

}  // namespace

sim::Scenes sim::of_migration() {
  static constexpr SimScene scenes[] = {
      {"rehandshake", "migration", simulate<Scene>, judge_migration, page_of_world<Scene>},
  };
  return scenes;
}
