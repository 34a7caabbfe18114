#include "tests/mutants/edited_scene.hpp"
//
#include "tests/x3dh/scene.hpp"

mutants::Tried& mutants::x3dh_tried() {
  static EditedScene<x3dh_test::Scene> scene("x3dh", "x3dh_machine_fuzz");
  return scene;
}
