#include "tests/mutants/edited_scene.hpp"
//
#include "tests/rehandshake/migration_scene.hpp"

mutants::Tried& mutants::migration_tried() {
  static EditedScene<rehandshake_test::MigrationScene> scene("migration",
                                                             "rehandshake_migration_machine_fuzz");
  return scene;
}
