#include "tests/mutants/edited_scene.hpp"
//
#include "tests/udp/scene.hpp"

mutants::Tried& mutants::udp_tried() {
  static EditedScene<udp_test::HardenedScene> scene("udp", "udp_machine_fuzz");
  return scene;
}
