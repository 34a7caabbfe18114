#pragma once

// What every source of this program works on: a profile of a protocol without its types, so that
// only suite_*.cpp instantiate machines.

#include "handfast/testing/properties.hpp"

namespace properties_test {

using namespace handfast;
using namespace handfast::testing;

/// One profile, with places that were collected once and rows counted over everything that runs.
struct Suite {
  std::string_view protocol, profile;
  const RoleFacts* roles[2];
  std::uint32_t link_count;
  std::uint64_t window, skip_max;
  std::array<RowsReached, 2> rows;
  Outcome (*run)(Suite&, const Plan&, EventLog*, Visitor*);
  Sights (*look)(Suite&, const LookOptions&);
  Robbed (*rob)(Suite&, int worlds, Findings&);
  Sights sights;

  [[nodiscard]] Outcome outcome_of(const Plan& plan, EventLog* log = nullptr,
                                   Visitor* visitor = nullptr) {
    return run(*this, plan, log, visitor);
  }
  /// What shows `plan` again, from a shell.
  [[nodiscard]] std::string again(const Plan& plan) const {
    return "see it again: tests/run --sim " + std::string(protocol) + " --profile " +
           std::string(profile) + " --plan " + to_text(plan);
  }
};

/// stdio's two profiles.
[[nodiscard]] Suite& hardened();
[[nodiscard]] Suite& compat();

template <class Scene>
[[nodiscard]] std::unique_ptr<Suite> make_suite(std::string_view profile) {
  using Roles = typename Scene::Roles;
  using First = handfast::detail::At<0, Roles>;
  auto suite = std::make_unique<Suite>(Suite{
      Scene::name,
      profile,
      {&facts_of<First>(), &facts_of<handfast::detail::At<1, Roles>>()},
      static_cast<std::uint32_t>(First::Links::size),
      Scene::window,
      Scene::skip_max,
      rows_of_scene<Scene>(),
      [](Suite& all, const Plan& plan, EventLog* log, Visitor* visitor) {
        World<Scene> world(plan, all.rows, log);
        if (visitor != nullptr) world.shown_to(*visitor);
        return world.run();
      },
      [](Suite& all, const LookOptions& options) { return look_around<Scene>(all.rows, options); },
      [](Suite& all, int worlds, Findings& findings) {
        return check_thieves<Scene>(all.rows, 1, worlds, findings);
      },
      {}});
  suite->sights = suite->look(*suite, {});
  return suite;
}

}  // namespace properties_test
