#pragma once

// A plan that fails, made as small as it goes: fewer moves first, then simpler ones.

#include "handfast/testing/plan.hpp"

namespace handfast::testing {

/// The smallest plan found for which `fails` is still true; `plan` itself must fail. Deterministic;
/// calls `fails` at most `tries_max` times. No single move of the result can be left out, unless the
/// tries ran out.
template <class Fails>
[[nodiscard]] Plan shrink(Plan plan, Fails&& fails, int tries_max = 3000) {
  const auto still_fails = [&](const Plan& smaller) {
    return tries_max > 0 && (--tries_max, fails(smaller));
  };
  // Halves, quarters and so on are left out, down to single moves, until nothing more can go.
  const auto leave_out = [&] {
    bool changed = false;
    for (std::size_t size = std::max<std::size_t>(plan.moves.size() / 2, 1); size > 0; size /= 2)
      for (std::size_t at = 0; at < plan.moves.size();) {
        Plan smaller = plan;
        const auto begin = smaller.moves.begin() + static_cast<std::ptrdiff_t>(at);
        const auto end =
            begin + static_cast<std::ptrdiff_t>(std::min(size, plan.moves.size() - at));
        smaller.moves.erase(begin, end);
        if (still_fails(smaller)) {
          plan = std::move(smaller);
          changed = true;
        } else
          at += size;
      }
    return changed;
  };
  // Each number of each move goes towards zero.
  const auto simplify = [&] {
    bool changed = false;
    for (std::size_t i = 0; i < plan.moves.size(); ++i) {
      const auto simpler = [&](auto Move::*number) {
        for (const int to : {0, plan.moves[i].*number / 2}) {
          Plan smaller = plan;
          smaller.moves[i].*number =
              static_cast<std::remove_cvref_t<decltype(smaller.moves[i].*number)>>(to);
          if (smaller == plan || !still_fails(smaller)) continue;
          plan = std::move(smaller);
          changed = true;
          return;
        }
      };
      simpler(&Move::after);
      simpler(&Move::amount);
      simpler(&Move::choice);
      simpler(&Move::party);
    }
    return changed;
  };
  // A move that has become simpler may have become superfluous.
  while (leave_out() || simplify()) {}
  return plan;
}

}  // namespace handfast::testing
