#pragma once

// All properties of a scene at once, for a program of simulated worlds: `--properties`. What a
// scene does not say is not asked of it: records need its `window` and `skip_max`, silence its
// `seals_alone_max`, thieves its `derive`.

#include "handfast/testing/properties.hpp"
//
#include <set>

#include "handfast/testing/sim_options.hpp"

namespace handfast::testing {

namespace detail {

/// How many numbers mean different links to `Role`: one that has a single link takes every number
/// for it.
template <class Role>
inline constexpr std::uint32_t links_told_apart =
    Role::Links::size == 1 ? 0 : static_cast<std::uint32_t>(Role::Links::size);

inline constexpr std::size_t raw_size_max = 4096;  // bytes of a field that a dishonest peer fills
inline constexpr int robbed_worlds = 25;

/// What the places of one role are asked, whose peer has the other.
template <class Role, class Peer>
void check_role(const Sights& sights, Findings& findings) {
  const RoleFacts &facts = facts_of<Role>(), &peers_facts = facts_of<Peer>();
  PairsMoved moved;
  for (const Place& place : sights.places) {
    if (&place.party->facts() != &facts) continue;
    check_messages(place, findings, moved);
    check_commands(place, findings, moved);
    check_timers(place, findings, moved);
    check_corrupt_snapshots(place, findings);
    const auto& peers = place.peer->facts().sends;
    for (int message = 0; message < static_cast<int>(peers.size()); ++message) {
      findings.trying(place, std::string(peers[static_cast<std::size_t>(message)]) +
                                 " with any number or size");
      check_raw_edges(place,
                      place.peer->clone()->forge_raw_edges(message, raw_size_max, place.peers_now),
                      findings);
    }
  }
  for (const Arrival& arrival : sights.arrivals) {
    if (&arrival.place.party->facts() != &facts) continue;
    moved.emplace(arrival.place.party->state_index(), Trigger::message, arrival.message);
    check_changes(arrival, links_told_apart<Role>, findings);
    check_field_edges(arrival, findings);
  }
  const auto not_seen = [&](const std::string& what) {
    if (!what.empty())
      findings.add("the " + std::string(facts.name) + ": no world has shown " + what);
  };
  not_seen(sights.states_missed(facts));
  not_seen(pairs_missed(facts, peers_facts, moved));
}

/// Records in every order, where the scene has a window for them.
template <class Scene>
void check_streams(const Sights& sights, std::uint64_t seed, Findings& findings) {
  if constexpr (requires { Scene::window, Scene::skip_max; })
    for (const Place& place : sights.places) {
      const auto fresh = [&](const std::string& what, auto&& check) {
        findings.trying(place, what);
        if (auto stream = stream_at(place)) check(std::move(*stream));
      };
      fresh("records in every order", [&](Stream stream) {
        check_orders(std::move(stream), Scene::window, Scene::skip_max, 6, 3, findings);
      });
      fresh("a long run of records", [&](Stream stream) {
        check_long_run(std::move(stream), Scene::window, Scene::skip_max, seed, 100, findings);
      });
      fresh("records of which some are lost for ever",
            [&](Stream stream) { check_permanent_loss(std::move(stream), seed, 200, findings); });
    }
}

/// Thieves of the past, where the scene says what they need. Thieves that never read what comes next
/// would not have read the past either.
template <class Scene>
void check_past(std::array<RowsReached, 2>& rows, const LookOptions& options, Findings& findings) {
  if constexpr (may_be_robbed<Scene>)
    if (check_thieves<Scene>(rows, options.seed, robbed_worlds, findings, options.program)
            .futures_read == 0)
      findings.add("no thief could make a key of what comes next: the scene's `derive` is not it");
}

}  // namespace detail

/// Every property that `Scene` says enough for, at places from the worlds that `options` say. The same
/// seed finds the same.
template <class Scene>
[[nodiscard]] Findings check_all(const LookOptions& options = {}) {
  Findings findings(options.note);
  auto rows = rows_of_scene<Scene>();
  const Sights sights = look_around<Scene>(rows, options);
  // First: it has few sentences, and only so many are kept.
  detail::check_past<Scene>(rows, options, findings);
  using First = handfast::detail::At<0, typename Scene::Roles>;
  using Second = handfast::detail::At<1, typename Scene::Roles>;
  detail::check_role<First, Second>(sights, findings);
  if constexpr (!std::same_as<First, Second>) detail::check_role<Second, First>(sights, findings);
  for (const Crowd& crowd : sights.crowds) check_strangers(crowd, findings);
  detail::check_streams<Scene>(sights, options.seed, findings);
  if constexpr (requires(const typename Scene::Setting& one) { Scene::seals_alone_max(one); })
    for (const Place& place : sights.places) check_seals_alone(place, findings);
  return findings;
}

/// A line a finding, how many cases were tried, and the commands that show the worlds in which the
/// findings were.
[[nodiscard]] inline SimExit tell(const Findings& findings) {
  for (const Finding& one : findings.kept()) std::puts(Findings::words_of(one).c_str());
  std::printf("%zu cases of properties, %zu findings\n", findings.tried, findings.count());
  std::fflush(stdout);
  std::set<std::string> printed;
  for (const Finding& one : findings.kept())
    if (!one.command.empty() && printed.insert(one.letter + one.command).second)
      std::fprintf(stderr, "see it again, as %c: %s\n", one.letter, one.command.c_str());
  return findings.count() == 0 ? SimExit::fine : SimExit::safety;
}

/// What `--properties` runs, and what it tells.
template <class Scene>
[[nodiscard]] SimExit judge(const SimOptions& options) {
  SimNote note(options.note);
  LookOptions look;
  look.seed = options.seed.value_or(1);
  look.note = &note;
  look.program = options.program;
  return tell(check_all<Scene>(look));
}

}  // namespace handfast::testing
