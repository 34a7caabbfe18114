#include "tests/mutants/edited_scene.hpp"
//
#include "tests/rehandshake/scene.hpp"

mutants::Tried& mutants::rehandshake_peers_tried() {
  static EditedScene<rehandshake_test::PeerScene> scene("rehandshake peers",
                                                        "rehandshake_machine_fuzz");
  return scene;
}
