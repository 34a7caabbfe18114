#include "tests/mutants/edited_scene.hpp"
//
#include "tests/registration/peer_scene.hpp"

mutants::Tried& mutants::peers_tried() {
  static EditedScene<peer_test::Scene> scene("peers", "registration_peers_machine_fuzz");
  return scene;
}
