// Simulated worlds of stdio in which a row may be edited.

#include "handfast/testing/world.hpp"
//
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/mutants/machines.hpp"
#include "tests/mutants/mutants.hpp"
#include "tests/stdio/scene.hpp"
#include "tests/support/files.hpp"

namespace mutants {

namespace {

using namespace handfast::testing;
using Scene = stdio_test::Scene<handfast::stdio::Hardened>;

constexpr std::uint64_t scouted_max = 4000;       // worlds that are looked at beforehand
constexpr std::uint64_t neighbours_max = 8000;    // and of these
constexpr std::uint64_t worlds_max = 200;         // of one mutant
constexpr std::uint64_t worlds_after_first = 60;  // once one oracle has spoken
constexpr std::uint64_t inputs_max = 60;          // drawn, besides those of the corpus

template <class Role, class Application>
std::unique_ptr<Party> edited(const Scene::Setting& setting, std::string label, std::uint64_t seed,
                              RowsReached& rows) {
  return std::make_unique<PartyOf<Scene, Role, Application, EditedMachine<Role, Watcher>, false>>(
      setting, std::move(label), seed, rows);
}
std::unique_ptr<Party> make(int side, const Scene::Setting& setting, std::string label,
                            std::uint64_t seed, std::array<RowsReached, 2>& rows) {
  return side == 0
             ? edited<Parent<>, stdio_test::ParentUser<handfast::stdio::Hardened>>(
                   setting, std::move(label), seed, rows[0])
             : edited<Child<>, stdio_test::ChildUser>(setting, std::move(label), seed, rows[1]);
}

Outcome outcome_of_edited(const Plan& plan, std::array<RowsReached, 2>& rows) {
  return World<Scene>(plan, rows, nullptr, make).run();
}

/// What of a role a world comes to: a row that is taken, or a refusal in a state.
struct Aim {
  int side = 0;
  int row = -1;
  std::pair<int, handfast::Fault> refusal{-1, {}};
  auto operator<=>(const Aim&) const = default;
};

/// Worlds that were looked at without any mistake, by what they come to: until then an edit of that
/// row changes nothing.
class Scouts {
 public:
  /// Worlds of rising seeds; then neighbours of those that come to what is rare.
  void send() {
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
Scouts scouts;

template <class Role>
Aim aim_of(int side, const RowEdit& edit) {
  if (edit.kind == EditKind::guard) return {side, -1, refusal_of<Role>(edit)};
  return {side, edit.row};
}

std::vector<Plan> plans_for(const Mutant& mutant) {
  if (!mutant.is_flaw)
    return scouts.plans_of(mutant.side == 0 ? aim_of<Parent<>>(0, row_edits<Parent<>>[mutant.edit])
                                            : aim_of<Child<>>(1, row_edits<Child<>>[mutant.edit]));
  std::vector<Plan> plans;
  for (std::uint64_t seed = 1; seed <= worlds_max; ++seed) plans.push_back(draw_plan(seed));
  return plans;
}

std::string name_of_oracle(Oracle oracle) {
  constexpr const char* names[] = {"claims", "ledger", "calls", "calm", "quiesce"};
  return names[static_cast<std::size_t>(oracle)];
}

/// The inputs of the fuzzers of machines, in the order of their names.
std::vector<Kept> corpus() {
  std::vector<std::filesystem::path> paths;
  for (const char* folder : {"../fuzz/corpus/stdio_machine_fuzz"})
    for (const auto& entry : std::filesystem::directory_iterator(handfast::test::path_of(folder)))
      paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<Kept> inputs;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

Kept drawn_input(std::uint64_t seed) {
  Seeded numbers(seed);
  Kept input(4 + move_size * (4 + numbers.below(60)));
  for (auto& byte : input) byte = static_cast<std::uint8_t>(numbers.next());
  return input;
}

}  // namespace

void scout_worlds() { scouts.send(); }

void run_worlds(const Mutant& mutant) {
  auto rows = rows_of_scene<Scene>();
  std::vector<Oracle> spoken;
  const std::vector<Plan> plans = plans_for(mutant);
  std::uint64_t end = plans.size();
  for (std::uint64_t i = 0; i < end; ++i) {
    const Outcome outcome = outcome_of_edited(plans[i], rows);
    if (outcome.is_fine() || std::ranges::find(spoken, outcome.oracle) != spoken.end()) continue;
    if (spoken.empty()) end = std::min(end, i + worlds_after_first);
    spoken.push_back(outcome.oracle);
    say_killed(name_of_oracle(outcome.oracle), i + 1, outcome.what);
  }
}

void run_fuzz() {
  auto rows = rows_of_scene<Scene>();
  std::vector<Kept> inputs = corpus();
  for (std::uint64_t seed = 1; seed <= inputs_max; ++seed) inputs.push_back(drawn_input(seed));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Outcome outcome = outcome_of_edited(plan_from(inputs[i]), rows);
    if (outcome.is_fine()) continue;
    return say_killed("fuzz", i + 1, name_of_oracle(outcome.oracle) + ": " + outcome.what);
  }
}

}  // namespace mutants
