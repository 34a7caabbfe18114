#include "tests/mutants/edited_scene.hpp"
//
#include "tests/x3dh/scene.hpp"

mutants::Tried& mutants::x3dh_counter_tried() {
  using Scene = x3dh_test::SceneOf<handfast::x3dh::Counter>;
  static EditedScene<Scene> scene("x3dh counter", "x3dh_counters_machine_fuzz");
  return scene;
}
