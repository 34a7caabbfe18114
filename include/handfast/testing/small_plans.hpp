#pragma once

// All plans of a few moves out of a short list: what goes wrong most often needs few.

#include <utility>

#include "handfast/testing/plan.hpp"

namespace handfast::testing {

/// What can happen to the parties 0 and 1: the network's to the frame that is said next, at once or
/// a moment later; the rest a moment after the move before.
[[nodiscard]] inline std::vector<Move> small_moves() {
  constexpr std::uint8_t moment = 2;  // of `waits`: longer than a frame is on its way
  std::vector<Move> moves;
  for (std::uint8_t party = 0; party < 2; ++party) {
    for (const std::uint8_t after : {std::uint8_t{0}, moment}) {
      moves.push_back({Deed::lose, party, after, 0, 0});
      moves.push_back({Deed::duplicate, party, after, 0, 0});
      moves.push_back({Deed::delay, party, after, 0, 4});
      moves.push_back({Deed::flip, party, after, 0, 200});
    }
    moves.push_back({Deed::lose, party, 0, 0, 1});  // two frames
    moves.push_back({Deed::command, party, moment, 0, 0});
    moves.push_back({Deed::command, party, moment, 1, 0});
    moves.push_back({Deed::restart, party, moment, 0, 0});
    moves.push_back({Deed::splice, party, moment, 0, 0});
  }
  for (std::uint8_t frame = 0; frame < 3; ++frame)
    moves.push_back({Deed::replay, 0, moment, frame, 0});
  moves.push_back({Deed::reflect, 0, moment, 0, 0});
  moves.push_back({Deed::rewrite, 0, moment, 0, 0});
  return moves;
}

/// Calls `visit` with every plan of 0 to `depth` of `moves` under `setting`, until it returns false.
template <class Visit>
bool for_each_small_plan(std::uint32_t setting, const std::vector<Move>& moves, int depth,
                         Visit&& visit) {
  Plan plan{setting, {}};
  const auto from_here = [&](const auto& self, int left) -> bool {
    if (!visit(std::as_const(plan))) return false;
    if (left == 0) return true;
    for (const Move& move : moves) {
      plan.moves.push_back(move);
      const bool goes_on = self(self, left - 1);
      plan.moves.pop_back();
      if (!goes_on) return false;
    }
    return true;
  };
  return from_here(from_here, depth);
}

}  // namespace handfast::testing
