#pragma once

// The scenes of each protocol, which has a source file of its own, or two: together they would be the
// slowest of the tree.

#include <span>

#include "handfast/testing/sim_options.hpp"

namespace sim {

using Scenes = std::span<const handfast::testing::SimScene>;

[[nodiscard]] Scenes of_stdio();
[[nodiscard]] Scenes of_registration();
[[nodiscard]] Scenes of_udp();
[[nodiscard]] Scenes of_rehandshake();
[[nodiscard]] Scenes of_migration();
[[nodiscard]] Scenes of_x3dh();
[[nodiscard]] Scenes of_ask();

}  // namespace sim
