#pragma once

// A fuzz target for the machines of a scene: the input is a plan, both peers and the attacker live
// in its world, and every oracle watches.
//
//   extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
//     return testing::fuzz_world<Scene>({data, size});
//   }

#include "handfast/testing/world.hpp"
//
#include <cstdlib>

#include "handfast/testing/fuzz.hpp"

namespace handfast::testing {

/// Runs the world that `input` says, in a hurry, and counts its rows where libFuzzer sees them.
/// Ends the program, with a line that tells how to see it again, where an oracle speaks that
/// `tolerates` does not name: a profile with known flaws tolerates those that find them. 0, as
/// libFuzzer wants it.
template <class Scene>
int fuzz_world(Bytes input, std::initializer_list<Oracle> tolerates = {}) {
  using Roles = typename Scene::Roles;
  using First = handfast::detail::At<0, Roles>;
  using Second = handfast::detail::At<1, Roles>;
  static auto rows = rows_of_scene<Scene>();
  for (RowsReached& one : rows) std::ranges::fill(one.taken, 0);

  const Plan plan = plan_from(input);
  const Outcome outcome = World<Scene>(plan, rows).in_a_hurry().run();
  const auto count = []<class Role>(List<Role>, const RowsReached& reached) {
    FuzzedRows<Role> counters;
    for (std::size_t row = 0; row < reached.taken.size(); ++row)
      for (std::uint64_t i = std::min<std::uint64_t>(reached.taken[row], 255); i > 0; --i)
        counters.row_taken(static_cast<int>(row));
  };
  count(List<First>{}, rows[0]);
  count(List<Second>{}, rows[1]);
  if (!outcome.is_fine() && std::ranges::find(tolerates, outcome.oracle) == tolerates.end()) {
    std::fprintf(stderr, "%s\nthe plan: %s\n", outcome.what.c_str(), to_text(plan).c_str());
    std::abort();
  }
  return 0;
}

}  // namespace handfast::testing
