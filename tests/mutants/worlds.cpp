// Simulated worlds of stdio in which a row may be edited.

#include "handfast/testing/world.hpp"
//
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/mutants/machines.hpp"
#include "tests/mutants/mutants.hpp"
#include "tests/stdio/scene.hpp"
#include "tests/support/files.hpp"

namespace mutants {

namespace {

using namespace handfast::testing;
using Scene = stdio_test::Scene<handfast::stdio::Hardened>;

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

std::string name_of_oracle(Oracle oracle) {
  constexpr const char* names[] = {"claims", "ledger", "calls", "quiesce"};
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

void run_worlds() {
  auto rows = rows_of_scene<Scene>();
  std::vector<Oracle> spoken;
  std::uint64_t end = worlds_max;
  for (std::uint64_t seed = 1; seed <= end; ++seed) {
    const Outcome outcome = outcome_of_edited(draw_plan(seed), rows);
    if (outcome.is_fine() || std::ranges::find(spoken, outcome.oracle) != spoken.end()) continue;
    if (spoken.empty()) end = std::min(end, seed + worlds_after_first);
    spoken.push_back(outcome.oracle);
    say_killed(name_of_oracle(outcome.oracle), seed, outcome.what);
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
