#pragma once

// The edits of the tables of one scene's roles, what the checks of the core say of them, and the
// scene's simulated worlds in which a row may be edited. Only scene_*.cpp include this, one scene
// each.

#include "handfast/testing/world.hpp"
//
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "handfast/testing/agreement.hpp"
#include "handfast/testing/edited_machine.hpp"
#include "handfast/testing/edited_table.hpp"
#include "handfast/testing/places.hpp"
#include "tests/mutants/edited_machines.hpp"
#include "tests/mutants/mutants.hpp"
#include "tests/mutants/reached.hpp"
#include "tests/support/files.hpp"

namespace mutants {

namespace detail {

using namespace handfast::testing;

constexpr std::uint64_t scouted_max = 4000;       // worlds that are looked at beforehand
constexpr std::uint64_t neighbours_max = 8000;    // and of these
constexpr std::uint64_t worlds_max = 200;         // of one mutant
constexpr std::uint64_t worlds_after_first = 60;  // once one oracle has spoken
constexpr std::uint64_t inputs_max = 60;          // drawn, besides those of the corpus

/// What of a role a world comes to: a row that is taken, or a refusal in a state.
struct Aim {
  int side = 0;
  int row = -1;
  std::pair<int, handfast::Fault> refusal{-1, {}};
  auto operator<=>(const Aim&) const = default;
};

/// Worlds that were looked at without any mistake, by what they come to: until then an edit of that
/// row changes nothing.
template <class Scene>
class Scouts {
 public:
  /// Worlds of rising seeds; then neighbours of those that come to what is rare.
  void send() {
    for (std::uint32_t i = 0; i < rare_plans<Scene>; ++i) look_at(Scene::rare_plan(i));
    for (std::uint64_t seed = 1; seed <= scouted_max; ++seed) look_at(draw_plan(seed));
    Seeded numbers(1);
    for (std::uint64_t i = 0; i < neighbours_max; ++i)
      if (const auto* rarest = rarest_plans()) look_at(neighbour(*rarest, numbers));
  }
  [[nodiscard]] std::vector<Plan> plans_of(const Aim& aim) const {
    std::vector<Plan> plans;
    if (const auto found = by_aim_.find(aim); found != by_aim_.end())
      for (const std::size_t i : found->second.plans) plans.push_back(plans_[i]);
    return plans;
  }

 private:
  struct Reached {
    std::vector<std::size_t> plans;
    std::uint64_t tried = 0;  // how often a neighbour was looked for
  };

  void look_at(const Plan& plan) {
    auto rows = rows_of_scene<Scene>();
    (void)World<Scene>(plan, rows).run();
    const std::size_t index = plans_.size();
    bool is_new = false;
    const auto come_to = [&](const Aim& aim) {
      auto& plans = by_aim_[aim].plans;
      if (plans.size() == worlds_max) return;
      plans.push_back(index);
      is_new = true;
    };
    for (int side = 0; side < 2; ++side) {
      const RowsReached& reached = rows[static_cast<std::size_t>(side)];
      for (int row = 0; row < static_cast<int>(reached.taken.size()); ++row)
        if (reached.taken[static_cast<std::size_t>(row)] > 0) come_to({side, row});
      for (const auto& refusal : reached.refused_with) come_to({side, -1, refusal});
    }
    if (is_new) plans_.push_back(plan);
  }
  /// The plans that come to what was looked for least often of what few plans come to.
  [[nodiscard]] const std::vector<std::size_t>* rarest_plans() {
    Reached* rarest = nullptr;
    for (auto& [aim, one] : by_aim_)
      if (one.plans.size() < few && (rarest == nullptr || one.tried < rarest->tried)) rarest = &one;
    if (rarest != nullptr) ++rarest->tried;
    return rarest == nullptr ? nullptr : &rarest->plans;
  }
  /// One of the plans, with one move changed and some more to come, or cut off somewhere: then what
  /// it came to last is what it ends with.
  [[nodiscard]] Plan neighbour(const std::vector<std::size_t>& of, Seeded& numbers) const {
    Plan plan = plans_[of[numbers.below(of.size())]];
    const Plan other = draw_plan(numbers.next());
    if (!plan.moves.empty() && numbers.chance(30)) {
      plan.moves.resize(1 + numbers.below(plan.moves.size()));
      return plan;
    }
    if (!plan.moves.empty() && !other.moves.empty())
      plan.moves[numbers.below(plan.moves.size())] = other.moves[numbers.below(other.moves.size())];
    const std::size_t more = std::min<std::size_t>(other.moves.size(), numbers.below(20));
    plan.moves.insert(plan.moves.end(), other.moves.begin(),
                      other.moves.begin() + static_cast<std::ptrdiff_t>(more));
    return plan;
  }

  static constexpr std::size_t few = 60;
  std::vector<Plan> plans_;
  std::map<Aim, Reached> by_aim_;
};
[[nodiscard]] inline std::string name_of_oracle(Oracle oracle) {
  constexpr const char* names[] = {"claims", "ledger", "calls", "calm", "quiesce"};
  return names[static_cast<std::size_t>(oracle)];
}

/// The inputs of the fuzzer `name`, in the order of their names; none where it has no corpus.
[[nodiscard]] inline std::vector<Kept> corpus_of(const std::string& name) {
  std::vector<std::filesystem::path> paths;
  const std::filesystem::path folder = handfast::test::path_of("../fuzz/corpus/" + name);
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<Kept> inputs;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

[[nodiscard]] inline Kept drawn_input(std::uint64_t seed) {
  Seeded numbers(seed);
  Kept input(4 + move_size * (4 + numbers.below(60)));
  for (auto& byte : input) byte = static_cast<std::uint8_t>(numbers.next());
  return input;
}

}  // namespace detail

template <class Scene>
class EditedScene : public Tried {
 public:
  /// `name` begins the names of its mutants; `fuzzer` has the inputs.
  EditedScene(std::string name, std::string fuzzer)
      : name_(std::move(name)), fuzzer_(std::move(fuzzer)) {}

  [[nodiscard]] std::vector<Mutant> rows() override {
    std::vector<Mutant> all;
    for_each_role([&]<class Role>(handfast::List<Role>, int side) {
      for (std::size_t i = 0; i < row_edits<Role>.size(); ++i) {
        const RowEdit& edit = row_edits<Role>[i];
        if (!edit.constructible) continue;
        all.push_back({name_ + ": " + handfast::testing::in_words<Role>(edit),
                       in_words<Role>(aim_of<Role>(side, edit)), false,
                       [edit] { handfast::testing::EditedContext<Role>::chosen = edit; }, this,
                       side, i});
      }
    });
    return all;
  }

  [[nodiscard]] OnlyTables judge_only_tables() override {
    OnlyTables found;
    for_each_role([&]<class Role>(handfast::List<Role>, int side) {
      for (std::size_t i = 0; i < row_edits<Role>.size(); ++i) {
        if (row_edits<Role>[i].constructible) continue;
        ++found.count;
        found.refused += judge(side, i).has_value();
      }
    });
    return found;
  }

  void run_checks(const Mutant& mutant) override {
    if (const auto killed = judge(mutant.side, mutant.edit))
      say_killed("checks", 1, handfast::testing::in_words(*killed));
  }

  void scout() override { scouts_.send(); }

  void run_worlds(const Mutant& mutant) override {
    auto rows = detail::rows_of_scene<Scene>();
    std::vector<Oracle> spoken;
    const std::vector<Plan> plans = plans_for(mutant);
    std::uint64_t end = plans.size();
    for (std::uint64_t i = 0; i < end; ++i) {
      const Outcome outcome = outcome_of_edited(plans[i], rows);
      if (outcome.is_fine() || std::ranges::find(spoken, outcome.oracle) != spoken.end()) continue;
      if (spoken.empty()) end = std::min(end, i + detail::worlds_after_first);
      spoken.push_back(outcome.oracle);
      say_killed(detail::name_of_oracle(outcome.oracle), i + 1, name_ + ": " + outcome.what);
    }
  }

  void run_fuzz() override {
    auto rows = detail::rows_of_scene<Scene>();
    auto inputs = detail::corpus_of(fuzzer_);
    for (std::uint64_t seed = 1; seed <= detail::inputs_max; ++seed)
      inputs.push_back(detail::drawn_input(seed));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Outcome outcome = outcome_of_edited(handfast::testing::plan_from(inputs[i]), rows);
      if (outcome.is_fine()) continue;
      return say_killed(
          "fuzz", i + 1,
          name_ + ", " + detail::name_of_oracle(outcome.oracle) + ": " + outcome.what);
    }
  }

 private:
  using RowEdit = handfast::testing::RowEdit;
  using Plan = handfast::testing::Plan;
  using Oracle = handfast::testing::Oracle;
  using Outcome = handfast::testing::Outcome;
  using Party = handfast::testing::Party;
  using RowsReached = handfast::testing::RowsReached;
  using Setting = typename Scene::Setting;
  template <int side>
  using Role = handfast::detail::At<side, typename Scene::Roles>;
  template <class R>
  static constexpr auto& row_edits = handfast::testing::row_edits<R>;

  /// Where both sides have one role, it is edited on both.
  static constexpr bool has_one_role = std::same_as<Role<0>, Role<1>>;

  template <class Do>
  static void for_each_role(Do&& what) {
    what(handfast::List<Role<0>>{}, 0);
    if constexpr (!has_one_role) what(handfast::List<Role<1>>{}, 1);
  }

  static std::optional<handfast::testing::KilledBy> judge(int side, std::size_t edit) {
    return handfast::testing::killed_by_checks<Role<0>, Role<1>>(
        side, side == 0 ? row_edits<Role<0>>[edit] : row_edits<Role<1>>[edit]);
  }

  template <int side>
  static std::unique_ptr<Party> edited(const Setting& setting, std::string label,
                                       std::uint64_t seed, std::array<RowsReached, 2>& rows) {
    using Application = handfast::detail::At<side, typename Scene::Applications>;
    using Runner = handfast::testing::EditedMachine<Role<side>, handfast::testing::Watcher>;
    return std::make_unique<
        handfast::testing::PartyOf<Scene, Role<side>, Application, Runner, false>>(
        handfast::testing::setting_of<Scene>(setting, side), std::move(label), seed, rows[side]);
  }
  static std::unique_ptr<Party> make(int side, const Setting& setting, std::string label,
                                     std::uint64_t seed, std::array<RowsReached, 2>& rows) {
    return side == 0 ? edited<0>(setting, std::move(label), seed, rows)
                     : edited<1>(setting, std::move(label), seed, rows);
  }
  static Outcome outcome_of_edited(const Plan& plan, std::array<RowsReached, 2>& rows) {
    return handfast::testing::World<Scene>(plan, rows, nullptr, make).run();
  }

  template <class R>
  static detail::Aim aim_of(int side, const RowEdit& edit) {
    if (edit.kind == handfast::testing::EditKind::guard)
      return {side, -1, handfast::testing::refusal_of<R>(edit)};
    return {side, edit.row};
  }
  template <class R>
  static std::string in_words(const detail::Aim& aim) {
    return aim.row >= 0 ? row_in_words<R>(aim.row)
                        : refusal_in_words<R>(aim.refusal.first, aim.refusal.second);
  }
  std::vector<Plan> plans_for(const Mutant& mutant) const {
    if (!mutant.is_flaw)
      return scouts_.plans_of(mutant.side == 0
                                  ? aim_of<Role<0>>(0, row_edits<Role<0>>[mutant.edit])
                                  : aim_of<Role<1>>(1, row_edits<Role<1>>[mutant.edit]));
    std::vector<Plan> plans;
    for (std::uint64_t seed = 1; seed <= detail::worlds_max; ++seed)
      plans.push_back(handfast::testing::draw_plan(seed));
    return plans;
  }

  std::string name_, fuzzer_;
  detail::Scouts<Scene> scouts_;
};

}  // namespace mutants
