#pragma once

// What every source of this program works on: the profiles of the protocols without their types, so
// that only suite_*.cpp instantiate machines, one scene each.

#include "handfast/testing/properties.hpp"
//
#include "handfast/testing/protobuf_edges.hpp"

namespace properties_test {

using namespace handfast;
using namespace handfast::testing;

/// Which numbered records a receiver accepts: see testing/records.hpp.
struct Numbered {
  std::uint64_t window, skip_max;
};

/// One profile, with places that were collected once and rows counted over everything that runs.
struct Suite {
  std::string_view protocol, profile;
  const RoleFacts* roles[2];         // twice the same where both sides have one role
  std::uint32_t links_told_apart;    // how many numbers mean different links
  std::size_t raw_size_max;          // bytes of a field that a dishonest peer fills
  std::optional<Numbered> numbered;  // nothing where records may not be skipped
  bool has_seal_limit;               // while nothing comes back
  std::uint32_t rare_plan_count;
  Plan (*rare_plan)(std::uint32_t number);
  std::array<RowsReached, 2> rows;
  Outcome (*run)(Suite&, const Plan&, EventLog*, Visitor*);
  Sights (*look)(Suite&, const LookOptions&);
  Robbed (*rob)(Suite&, int worlds, Findings&);  // nullptr without secrecy of the past
  std::vector<RawFrame> (*open_edges)(const Suite&, const Arrival&);  // of what is not sealed
  Sights sights;

  [[nodiscard]] Outcome outcome_of(const Plan& plan, EventLog* log = nullptr,
                                   Visitor* visitor = nullptr) {
    return run(*this, plan, log, visitor);
  }
  [[nodiscard]] std::string name() const {
    return std::string(protocol) + " " + std::string(profile);
  }
  /// Each role once.
  [[nodiscard]] std::span<const RoleFacts* const> different_roles() const {
    return std::span(roles).first(roles[0] == roles[1] ? 1 : 2);
  }
  /// What shows `plan` again, from a shell.
  [[nodiscard]] std::string again(const Plan& plan) const {
    return "see it again: tests/run --sim " + std::string(protocol) + " --profile " +
           std::string(profile) + " --plan " + to_text(plan);
  }
};

[[nodiscard]] Suite& stdio_hardened();
[[nodiscard]] Suite& stdio_compat();
[[nodiscard]] Suite& registration_hardened();
[[nodiscard]] Suite& registration_compat();
[[nodiscard]] Suite& registration_peers();
[[nodiscard]] Suite& udp_hardened();
[[nodiscard]] Suite& udp_documented();
[[nodiscard]] Suite& udp_v0_8();
[[nodiscard]] Suite& rehandshake_hardened();
[[nodiscard]] Suite& rehandshake_peers();
[[nodiscard]] Suite& rehandshake_compat();
[[nodiscard]] Suite& x3dh_hardened();
[[nodiscard]] Suite& x3dh_counter();
[[nodiscard]] Suite& x3dh_documented();

/// What must have every property.
[[nodiscard]] inline std::vector<Suite*> hardened() {
  return {&stdio_hardened(), &registration_hardened(), &registration_peers(),
          &udp_hardened(),   &rehandshake_hardened(),  &rehandshake_peers(),
          &x3dh_hardened(),  &x3dh_counter()};
}
/// The designs as they are deployed: their machines hold to their tables, and that is all.
[[nodiscard]] inline std::vector<Suite*> compat() {
  return {&stdio_compat(), &registration_compat(), &udp_documented(),
          &udp_v0_8(),     &rehandshake_compat(),  &x3dh_documented()};
}
/// Those of which every frame is sealed, deployed ones too: nobody takes what was changed.
[[nodiscard]] inline std::vector<Suite*> sealed() {
  auto all = hardened();
  all.insert(all.end(), {&udp_documented(), &udp_v0_8()});
  return all;
}
[[nodiscard]] inline bool is_deployed(const Suite* suite) {
  return suite == &stdio_compat() || suite == &registration_compat() ||
         suite == &udp_documented() || suite == &udp_v0_8() || suite == &rehandshake_compat() ||
         suite == &x3dh_documented();
}
[[nodiscard]] inline std::vector<Suite*> all_suites() {
  auto all = hardened();
  const auto rest = compat();
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

namespace detail {

/// What stands in fields of other messages, and is not sealed: `using Enclosed = List<...>`.
template <class Scene>
struct EnclosedIn {
  using type = List<>;
};
template <class Scene>
requires requires { typename Scene::Enclosed; }
struct EnclosedIn<Scene> {
  using type = typename Scene::Enclosed;
};

/// Everything that `Role` could read `frame` as, with each number that is not sealed at each edge.
template <class Role, class Scene>
void add_open_edges(const KeptFrame& frame, std::size_t size_max, std::vector<RawFrame>& to) {
  const auto add = [&](RawEdge&& edge) {
    edge.is_allowed = false;  // it is not what its sender sealed, or proved
    to.push_back({{frame.link, edge.bytes}, edge});
  };
  const auto read_as = [&]<class Message>(std::type_identity<Message>) {
    if constexpr (handfast::testing::detail::is_protobuf<Message>())
      for_each_raw_edge_within<Message>(frame.bytes, size_max, typename EnclosedIn<Scene>::type{},
                                        add);
    else if constexpr (handfast::testing::detail::may_be_binary<Message>())
      for_each_raw_edge<Message>(frame.bytes, size_max, add);
    else if (wire::json::decode<Message>(frame.bytes))
      for_each_raw_number_in_json<Message>(frame.bytes, add);
  };
  [&]<class... Messages>(std::type_identity<std::variant<Messages...>>) {
    (read_as(std::type_identity<Messages>{}), ...);
  }(std::type_identity<typename Role::Wire>{});
}

}  // namespace detail

template <class Scene>
[[nodiscard]] std::unique_ptr<Suite> make_suite(std::string_view profile,
                                                std::size_t raw_size_max) {
  using Roles = typename Scene::Roles;
  using First = handfast::detail::At<0, Roles>;
  using Second = handfast::detail::At<1, Roles>;
  constexpr std::size_t links = First::Links::size;
  auto suite = std::make_unique<Suite>(
      Suite{Scene::name,
            profile,
            {&facts_of<First>(), &facts_of<Second>()},
            links == 1 ? 0 : static_cast<std::uint32_t>(links),  // one link has every number
            raw_size_max,
            {},
            requires(const typename Scene::Setting& one) { Scene::seals_alone_max(one);
}
, Scene::rare_plan_count, Scene::rare_plan, rows_of_scene<Scene>(),
    [](Suite& all, const Plan& plan, EventLog* log, Visitor* visitor) {
      World<Scene> world(plan, all.rows, log);
      if (visitor != nullptr) world.shown_to(*visitor);
      return world.run();
    },
    [](Suite& all, const LookOptions& options) { return look_around<Scene>(all.rows, options); },
    nullptr,
    [](const Suite& all, const Arrival& one) {
      std::vector<RawFrame> changed;
      if (&one.place.party->facts() == all.roles[0])
        detail::add_open_edges<First, Scene>(one.frame, all.raw_size_max, changed);
      else
        detail::add_open_edges<Second, Scene>(one.frame, all.raw_size_max, changed);
      return changed;
    },
{}
}  // namespace properties_test
);
if constexpr (requires { Scene::window, Scene::skip_max; })
  suite->numbered = {Scene::window, Scene::skip_max};
if constexpr (may_be_robbed<Scene>)
  suite->rob = [](Suite& all, int worlds, Findings& findings) {
    return check_thieves<Scene>(all.rows, 1, worlds, findings);
  };
suite->sights = suite->look(*suite, {});
return suite;
}

}  // namespace properties_test
