#pragma once

// Thieves of the past: whoever copies what a party stores must not be able to open what the party
// has sealed or opened before. Where in the bytes a key lies a thief need not know: he tries every
// 32 of them, as a key, and as what the protocol makes a key of. Needs of the scene:
//
//   static std::vector<std::array<std::uint8_t, 32>> derive(Bytes stolen, const KeptFrame&);
//                                              the keys that one step makes of 32 bytes for a frame
//   static constexpr std::size_t kept_keys_max = 6;   keys of messages that have not come and may be
//                                              stored; where it does not say, none

#include "handfast/testing/ledger.hpp"
//
#include <functional>
#include <map>

#include "handfast/testing/findings.hpp"

namespace handfast::testing {

/// Sees one world and copies the state of each honest party whenever it has sealed or opened. To be
/// shown to the world while its ledger is current.
class Thieves : public Visitor {
 public:
  using Key = std::array<std::uint8_t, 32>;
  /// The keys that one step of the protocol makes of 32 stolen bytes for `frame`.
  using Derive = std::function<std::vector<Key>(Bytes stolen, const KeptFrame& frame)>;

  /// `plan` is the world's, and `command` what shows it, see `command_of`. `kept_max`: how many keys
  /// of messages that have not come a party may store. `derive`: none where it is empty.
  Thieves(const Plan& plan, std::string command, std::size_t kept_max, Derive derive,
          Findings& findings)
      : plan_(plan),
        command_(std::move(command)),
        kept_max_(kept_max),
        derive_(std::move(derive)),
        findings_(findings) {}

  /// How often what a party stored made the key of what came next: a thief who cannot read the
  /// future could not have read the past either.
  [[nodiscard]] std::size_t futures_read() const noexcept { return futures_read_; }
  /// How many keys that were used and gone the thieves looked for.
  [[nodiscard]] std::size_t past_keys() const noexcept {
    std::size_t count = 0;
    for (const auto& [who, victim] : victims_) count += victim.past.size();
    return count;
  }

  void after_frame(const Sight& sight, const KeptFrame& frame, const Caused& caused) override {
    if (!sight.is_honest || caused.rows.empty()) return;
    Victim& victim = victims_[sight.who];
    victim.remember(frame);
    if (victim.taken_count++ % futures_every == 0) read_future(victim, frame);
  }
  void after_call(const Sight& sight, const Caused& caused) override {
    const Ledger* const ledger = Ledger::current();
    if (!sight.is_honest || ledger == nullptr) return;
    Victim& victim = victims_[sight.who];
    for (const KeptFrame& frame : caused.frames) victim.remember(frame);
    victim.stored = sight.party.snapshot();
    if (ledger->keys_used().empty()) return;
    victim.past.insert(ledger->keys_used().begin(), ledger->keys_used().end());
    rob(sight, victim);
  }

 private:
  using Names = std::set<std::uint64_t>;  // of keys, as the ledger calls them
  struct Victim {
    Names past;                    // keys that it has sealed or opened with
    std::deque<KeptFrame> frames;  // that it has sent or taken, the newest
    Kept stored;                   // after the last call
    std::size_t taken_count = 0;

    void remember(const KeptFrame& frame) {
      if (frames.size() == frames_max) frames.pop_front();
      frames.push_back(frame);
    }
  };
  static constexpr std::size_t frames_max = 4, futures_every = 5;
  static constexpr std::size_t different_min = 18;  // bytes in a run; drawn ones have about 30

  /// Calls `visit` with each 32 bytes of `stored` that may be a key.
  template <class Visit>
  static void for_each_run(const Kept& stored, Visit&& visit) {
    for (std::size_t at = 0; at + 32 <= stored.size(); ++at) {
      const Bytes run = Bytes(stored).subspan(at, 32);
      if (std::set<std::uint8_t>(run.begin(), run.end()).size() >= different_min) visit(run);
    }
  }
  /// The names of what one step makes of `run` for `frame`.
  [[nodiscard]] Names made_of(Bytes run, const KeptFrame& frame) const {
    Names made;
    if (derive_)
      for (const Key& key : derive_(run, frame)) made.insert(Ledger::name_of_key(key));
    return made;
  }

  void rob(const Sight& sight, const Victim& victim) {
    const Names& peers = victims_[sight.who ^ 1].past;
    Names kept;
    for_each_run(victim.stored, [&](Bytes run) {
      ++findings_.tried;
      const std::uint64_t name = Ledger::name_of_key(run);
      if (victim.past.contains(name))
        add(sight, "what it stores is a key of a message that is past");
      else if (peers.contains(name))
        kept.insert(name);
      for (const KeptFrame& frame : victim.frames)
        for (const std::uint64_t made : made_of(run, frame))
          if (victim.past.contains(made))
            add(sight, "what it stores makes a key of a message that is past");
    });
    if (kept.size() > kept_max_) add(sight, "it keeps too many keys of messages that did not come");
  }
  void read_future(const Victim& victim, const KeptFrame& frame) {
    bool is_read = false;
    for_each_run(victim.stored, [&](Bytes run) {
      const Names made = made_of(run, frame);
      for (const std::uint64_t used : Ledger::current()->keys_used())
        is_read = is_read || made.contains(used);
    });
    futures_read_ += is_read;
  }
  void add(const Sight& sight, const std::string& what) {
    findings_.add(Place::of(sight, plan_, command_), what);
  }

  const Plan& plan_;
  std::string command_;
  std::size_t kept_max_;
  Derive derive_;
  Findings& findings_;
  std::map<int, Victim> victims_;
  std::size_t futures_read_ = 0;
};

/// Whether `Scene` says what thieves need to know.
template <class Scene>
inline constexpr bool may_be_robbed = requires(const KeptFrame& frame) {
  Scene::derive(Bytes{}, frame);
};

/// How often the thieves of some worlds succeeded where they should, and tried where they should not.
struct Robbed {
  std::size_t futures_read = 0, past_keys = 0;  // as `Thieves` counts them
};

/// Thieves in `count` worlds, of the plan of `seed` and those after it. `rows` counts what the worlds
/// reach; `program` is how they are run (`command_of`).
template <class Scene>
Robbed check_thieves(std::array<RowsReached, 2>& rows, std::uint64_t seed, int count,
                     Findings& findings, std::string_view program = tests_run) {
  static_assert(may_be_robbed<Scene>);
  std::size_t kept_max = 0;
  if constexpr (requires { Scene::kept_keys_max; }) kept_max = Scene::kept_keys_max;
  Robbed robbed;
  for (int i = 0; i < count; ++i, ++seed) {
    const Plan plan = draw_plan(seed);
    findings.trying("thieves in the world of seed " + std::to_string(seed), plan);
    Thieves thieves(plan, command_of<Scene>(program), kept_max, Scene::derive, findings);
    World<Scene> world(plan, rows);
    (void)world.shown_to(thieves).run();
    robbed.futures_read += thieves.futures_read();
    robbed.past_keys += thieves.past_keys();
  }
  return robbed;
}

}  // namespace handfast::testing
