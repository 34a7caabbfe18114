#pragma once

// Where properties are tried: parties in every state of both roles, each with the peer that has its
// keys, taken from the worlds of drawn plans. A property works on clones, so one place serves all.

#include <map>
#include <set>

#include "handfast/testing/sim_note.hpp"
#include "handfast/testing/world.hpp"

namespace handfast::testing {

namespace detail {

/// The name of `Scene<Profile>`'s profile in small letters, as programs of worlds call it; empty
/// for a scene of none, and for one that says its own as `profile`.
template <class Scene>
struct ProfileOf {
  static std::string name() { return {}; }
};
template <template <class> class Scene, class Profile>
struct ProfileOf<Scene<Profile>> {
  static std::string name() {
    std::string name(name_of<Profile>());
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return name;
  }
};

}  // namespace detail

/// What runs the worlds of `Scene` from a shell, up to which world it is; `program` is how the program
/// is called that knows the scene.
template <class Scene>
[[nodiscard]] std::string command_of(std::string_view program = tests_run) {
  std::string profile = detail::ProfileOf<Scene>::name();
  if constexpr (requires { Scene::profile; }) profile = Scene::profile;
  return std::string(program) + " " + std::string(Scene::name) +
         (profile.empty() ? "" : " --profile " + profile);
}

/// A party in some state and its genuine peer at that moment, cloned out of a world.
struct Place {
  std::unique_ptr<Party> party, peer;
  Time now, peers_now;
  Plan plan;                           // of the world
  char letter = '?';                   // of the party, as the trace of the world has it
  std::string command = "no command";  // see `command_of`

  static Place of(const Sight& sight, const Plan& plan, std::string command) {
    return {sight.party.clone(),
            sight.peer.clone(),
            sight.now,
            sight.peers_now,
            plan,
            static_cast<char>('A' + sight.who),
            std::move(command)};
  }
};

/// A place where a genuine frame is about to be taken.
struct Arrival {
  Place place;
  KeptFrame frame;
  int message = 0;  // of the role's `Receives`
  int row = 0;      // that takes it
};

/// A frame that was seen in a world.
struct Passed {
  int from = 0, to = 0;
  KeptFrame frame;
  bool was_taken = false;         // by a row of who it was meant for
  std::vector<KeptFrame> answer;  // what that row sent
};

/// A party among everything that was said in its world.
struct Witness {
  Place place;
  int who = 0;
  std::vector<std::size_t> taken;  // frames of the world that it had taken by then
};
struct Crowd {
  std::vector<Passed> frames;
  std::vector<Witness> witnesses;
};

/// Collected places; refers to the rows that were counted.
struct Sights {
  std::vector<Place> places;      // each state of each role, with peers in every state they are in
  std::vector<Arrival> arrivals;  // each row that takes a message, a few times
  std::vector<Crowd> crowds;
  std::set<std::tuple<const RoleFacts*, int, int>> timers;  // role, state and what is due first

  /// The states of `facts` that no place is in.
  [[nodiscard]] std::string states_missed(const RoleFacts& facts) const {
    std::string missed;
    for (int state = 0; state < facts.table.state_count; ++state)
      if (std::ranges::none_of(places, [&](const Place& one) {
            return &one.party->facts() == &facts && one.party->state_index() == state;
          }))
        missed += (missed.empty() ? "" : ", ") +
                  std::string(facts.states[static_cast<std::size_t>(state)]);
    return missed;
  }
  /// The states and messages of `facts` that have a row, and no arrival that takes it; but what an
  /// honest peer, of the role `peers`, never sends does not arrive.
  [[nodiscard]] std::string arrivals_missed(const RoleFacts& facts, const RoleFacts& peers) const {
    std::string missed;
    for (const Edge& e : facts.rows())
      if (facts.may_come(e, peers) && std::ranges::none_of(arrivals, [&](const Arrival& one) {
            return &one.place.party->facts() == &facts && one.message == e.on &&
                   one.place.party->state_index() == e.from;
          }))
        missed += (missed.empty() ? "" : ", ") + std::string(facts.states[e.from]) + " on " +
                  std::string(facts.receives[e.on]);
    return missed;
  }
  /// The states and timers of `facts` that have a row, and no place where that timer is due first.
  [[nodiscard]] std::string timers_missed(const RoleFacts& facts) const {
    std::string missed;
    for (const Edge& e : facts.rows())
      if (e.trigger == Trigger::timer && !timers.contains({&facts, e.from, e.on}))
        missed += (missed.empty() ? "" : ", ") + std::string(facts.states[e.from]) + " on " +
                  std::string(facts.timers[e.on]);
    return missed;
  }
};

namespace detail {

/// Takes clones out of one world.
class Collector : public Visitor {
 public:
  static constexpr std::size_t candidates_max = 40, frames_max = 60, witnesses_max = 2;

  Collector(const Plan& plan, std::string command, Sights& sights, std::size_t per_state,
            bool keeps_crowd)
      : plan_(plan),
        command_(std::move(command)),
        sights_(sights),
        per_state_(per_state),
        keeps_crowd_(keeps_crowd) {}

  void before_frame(const Sight& sight, const KeptFrame& frame) override {
    if (sight.is_honest && candidates_.size() < candidates_max)
      candidates_.push_back({Place::of(sight, plan_, command_), frame});
  }
  void after_frame(const Sight& sight, const KeptFrame& frame, const Caused& caused) override {
    for (std::size_t i = 0; i < crowd_.frames.size(); ++i)
      if (Passed& one = crowd_.frames[i]; one.to == sight.who && !caused.rows.empty() &&
                                          one.frame.bytes == frame.bytes && !one.was_taken) {
        one.was_taken = true;
        one.answer = caused.frames;
        taken_[sight.who].push_back(i);
      }
  }
  void after_call(const Sight& sight, const Caused& caused) override {
    if (sight.is_honest) {
      if (!keep_before_timer(sight, caused)) keep_place(sight);
      keep_witness(sight);
    }
    for (const KeptFrame& frame : caused.frames)
      if (keeps_crowd_ && crowd_.frames.size() < frames_max)
        crowd_.frames.push_back({sight.who, sight.who ^ 1, frame, false, {}});
  }

  /// After the world: keeps what is of use.
  void close() {
    for (auto& [place, frame] : candidates_) {
      const auto trial = place.party->clone();
      const Caused caused = trial->receive(frame.link, frame.bytes, place.now);
      if (caused.rows.size() != 1) continue;
      const RoleFacts& facts = place.party->facts();
      const auto known = std::ranges::count_if(sights_.arrivals, [&](const Arrival& one) {
        return &one.place.party->facts() == &facts && one.row == caused.rows[0];
      });
      if (known < 2)
        sights_.arrivals.push_back({std::move(place), frame,
                                    RoleFacts::number_of(caused.messages[0], facts.receives),
                                    caused.rows[0]});
    }
    if (keeps_crowd_) sights_.crowds.push_back(std::move(crowd_));
  }

 private:
  /// A place for each timer that can be the first to fire in a state.
  bool keep_before_timer(const Sight& sight, const Caused& caused) {
    const RoleFacts& facts = sight.party.facts();
    const int state = sight.party.state_index();
    const auto is_new = [&](const Edge& e) {
      return e.from == state && e.trigger == Trigger::timer &&
             !sights_.timers.contains({&facts, e.from, e.on});
    };
    // What was refused may have been one too many.
    const bool is_counted = caused.rejected() && sight.party.counts_failures();
    if (caused.rows.empty() && !is_counted) return false;
    if (std::ranges::none_of(facts.rows(), is_new)) return false;
    Ledger ledger;  // what the clone seals is nothing to the world's
    const auto party = sight.party.clone();
    if (party->due() == never) return false;
    const Caused fired = party->advance({std::max(party->due(), sight.now.steady), sight.now.utc});
    if (fired.rows.empty() || !is_new(facts.table.edges[fired.rows[0]])) return false;
    sights_.timers.emplace(&facts, state, facts.table.edges[fired.rows[0]].on);
    sights_.places.push_back(Place::of(sight, plan_, command_));
    return true;
  }
  void keep_place(const Sight& sight) {
    const auto same_state = [&](const Place& one) {
      return &one.party->facts() == &sight.party.facts() &&
             one.party->state_index() == sight.party.state_index() &&
             one.peer->state_index() == sight.peer.state_index();
    };
    std::size_t here = 0, all = 0;
    for (const Place& one : sights_.places)
      if (same_state(one)) ++all, here += one.plan == plan_;
    // Not always the first moment of a state: that is its most ordinary one.
    if (all < per_state_ && here == 0 && (all == 0 || ++calls_ % 5 == 0))
      sights_.places.push_back(Place::of(sight, plan_, command_));
  }
  void keep_witness(const Sight& sight) {
    const auto same_state = [&](const Witness& one) {
      return one.who == sight.who && one.place.party->state_index() == sight.party.state_index();
    };
    const auto known = std::ranges::count_if(crowd_.witnesses, same_state);
    if (keeps_crowd_ && known < static_cast<std::ptrdiff_t>(witnesses_max) &&
        (known == 0 || ++seen_ % 7 == 0))
      crowd_.witnesses.push_back({Place::of(sight, plan_, command_), sight.who, taken_[sight.who]});
  }

  const Plan& plan_;
  std::string command_;
  Sights& sights_;
  std::size_t per_state_;
  bool keeps_crowd_;
  std::size_t calls_ = 0, seen_ = 0;
  std::vector<std::pair<Place, KeptFrame>> candidates_;
  Crowd crowd_;
  std::map<int, std::vector<std::size_t>> taken_;
};

}  // namespace detail

/// How much to collect.
struct LookOptions {
  std::uint64_t seed = 1;  // of the first plan; the rest follow it
  std::size_t worlds_min = 60;
  std::size_t worlds_max = 3000;  // in search of what has not been seen
  std::size_t per_state = 3;      // places with a peer in the same state, each of another world
  std::size_t crowds = 12;
  SimNote* note = nullptr;               // is told of each world
  std::string_view program = tests_run;  // see `command_of`
};

/// How many plans `Scene` has for what drawn ones hardly come to.
template <class Scene>
inline constexpr std::uint32_t rare_plans = [] {
  if constexpr (requires { Scene::rare_plan_count; })
    return Scene::rare_plan_count;
  else
    return std::uint32_t{0};
}();

/// Collects from worlds of drawn plans, and of the scene's rare ones, until every state of both roles
/// has been seen, a genuine frame for every state and message that have a row, and each timer of a
/// state about to fire. `rows` counts what the worlds reach, and must outlive what is returned.
template <class Scene>
[[nodiscard]] Sights look_around(std::array<RowsReached, 2>& rows,
                                 const LookOptions& options = {}) {
  using Roles = typename Scene::Roles;
  Sights sights;
  const RoleFacts &first = facts_of<handfast::detail::At<0, Roles>>(),
                  &second = facts_of<handfast::detail::At<1, Roles>>();
  const auto misses = [&](const RoleFacts& facts, const RoleFacts& peers) {
    return !sights.states_missed(facts).empty() || !sights.arrivals_missed(facts, peers).empty() ||
           !sights.timers_missed(facts).empty();
  };
  const auto is_missing = [&] { return misses(first, second) || misses(second, first); };
  const auto look_at = [&](const Plan& plan, const std::string& words) {
    if (options.note != nullptr) options.note->begin("places from " + words, plan);
    detail::Collector collector(plan, command_of<Scene>(options.program), sights, options.per_state,
                                sights.crowds.size() < options.crowds);
    {
      World<Scene> world(plan, rows);
      (void)world.shown_to(collector).run();
    }
    collector.close();
  };
  const auto draw = [&](std::size_t i) {
    const std::uint64_t seed = options.seed + i;
    look_at(draw_plan(seed), "the world of seed " + std::to_string(seed));
  };
  std::size_t count = 0;
  while (count < options.worlds_min) draw(count++);
  if constexpr (requires { Scene::rare_plan(0); })
    for (std::uint32_t i = 0; i < rare_plans<Scene> && is_missing(); ++i)
      look_at(Scene::rare_plan(i), "the scene's rare plan " + std::to_string(i));
  while (count < options.worlds_max && is_missing()) draw(count++);
  return sights;
}

}  // namespace handfast::testing
