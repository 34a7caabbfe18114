#include "tests/mutants/edited_scene.hpp"
//
#include "tests/rehandshake/scene.hpp"

mutants::Tried& mutants::rehandshake_tried() {
  static EditedScene<rehandshake_test::HardenedScene> scene("rehandshake",
                                                            "rehandshake_machine_fuzz");
  return scene;
}
