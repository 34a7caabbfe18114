// The edits of stdio's tables, and what the checks of the core say of them.

#include "handfast/testing/edited_table.hpp"
#include "tests/mutants/machines.hpp"
#include "tests/mutants/mutants.hpp"

namespace mutants {

namespace {

using handfast::testing::KilledBy;

template <class Role>
void add_rows(std::vector<Mutant>& all, int side) {
  for (std::size_t i = 0; i < row_edits<Role>.size(); ++i) {
    const RowEdit& edit = row_edits<Role>[i];
    if (!edit.constructible) continue;
    all.push_back({handfast::testing::in_words<Role>(edit), false,
                   [edit] { EditedContext<Role>::chosen = edit; }, side, i});
  }
}

std::optional<KilledBy> judge(int side, std::size_t edit) {
  return handfast::testing::killed_by_checks<Parent<>, Child<>>(
      side, side == 0 ? row_edits<Parent<>>[edit] : row_edits<Child<>>[edit]);
}

template <class Role>
void judge_all(OnlyTables& found, int side) {
  for (std::size_t i = 0; i < row_edits<Role>.size(); ++i) {
    if (row_edits<Role>[i].constructible) continue;
    ++found.count;
    found.refused += judge(side, i).has_value();
  }
}

}  // namespace

std::vector<Mutant> row_mutants() {
  std::vector<Mutant> all;
  add_rows<Parent<>>(all, 0);
  add_rows<Child<>>(all, 1);
  return all;
}

OnlyTables judge_only_tables() {
  OnlyTables found;
  judge_all<Parent<>>(found, 0);
  judge_all<Child<>>(found, 1);
  return found;
}

void run_checks(const Mutant& mutant) {
  if (const auto killed = judge(mutant.side, mutant.edit))
    say_killed("checks", 1, handfast::testing::in_words(*killed));
}

}  // namespace mutants
