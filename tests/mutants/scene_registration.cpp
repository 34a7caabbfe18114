#include "tests/mutants/edited_scene.hpp"
//
#include "tests/registration/scene.hpp"

mutants::Tried& mutants::registration_tried() {
  static EditedScene<registration_test::Scene> scene("registration", "registration_machine_fuzz");
  return scene;
}
