#include "handfast/testing/sim.hpp"

#include "tests/rehandshake/migration_scene.hpp"
#include "tests/sim/scenes.hpp"

sim::Scenes sim::of_migration() {
  using namespace handfast::testing;
  static constexpr SimScene scenes[] = {
      // Of properties it has its own.
      {"rehandshake", "migration", simulate<rehandshake_test::MigrationScene>},
  };
  return scenes;
}
