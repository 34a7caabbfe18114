// A program of simulated worlds for a protocol of one's own: the scenes, each with a name, and the
// kit's own `main`.

#include "scene.hpp"
//
#include "handfast/testing/judge.hpp"
#include "handfast/testing/page.hpp"

int main(int argc, char** argv) {
  using namespace handfast::testing;
  using Flawed = ask::Scene<ask::Flawed>;
  using Mended = ask::Scene<ask::Mended>;
  static constexpr SimScene scenes[] = {
      {"ask", "flawed", simulate<Flawed>, judge<Flawed>, page_of_world<Flawed>},
      {"ask", "mended", simulate<Mended>, judge<Mended>, page_of_world<Mended>},
  };
  return sim_main(scenes, argc, argv);
}
