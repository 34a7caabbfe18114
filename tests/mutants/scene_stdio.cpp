#include "tests/mutants/edited_scene.hpp"
//
#include "tests/stdio/scene.hpp"

mutants::Tried& mutants::stdio_tried() {
  static EditedScene<stdio_test::Scene<handfast::stdio::Hardened>> scene("stdio",
                                                                         "stdio_machine_fuzz");
  return scene;
}
