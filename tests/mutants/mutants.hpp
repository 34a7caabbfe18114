#pragma once

// A mutant is this program with one mistake: an edit of one row of a table, or a planted flaw. A
// layer is a kind of test; what it finds in a mutant it says in lines, since each mutant and layer
// has a process of its own.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mutants {

/// One mistake.
struct Mutant {
  std::string name;
  bool is_flaw = false;         // planted in a header; else an edit of a row
  std::function<void()> plant;  // from then on this process has it
  int side = 0;                 // of the role that is edited, 0 for the parent
  std::size_t edit = 0;         // which of the role's edits
};

/// The edits of stdio's two hardened roles that a role can run with.
[[nodiscard]] std::vector<Mutant> row_mutants();

/// Edits that no role can run with, and how many of them the checks of the tables refuse.
struct OnlyTables {
  std::size_t count = 0;
  std::size_t refused = 0;
};
[[nodiscard]] OnlyTables judge_only_tables();

/// Says that `layer` noticed, after how many tests, and how.
void say_killed(const std::string& layer, std::uint64_t after, const std::string& how);

// The layers. Each says what it noticed.

/// Whether a pair of roles with this edit would have compiled.
void run_checks(const Mutant& mutant);
/// Looks for the worlds that come to each row; what is right is run, and nothing is said.
void scout_worlds();
/// Simulated worlds, of an edited row those that come to it; each of the oracles is a layer.
void run_worlds(const Mutant& mutant);
/// Worlds of plans that are decoded from a fuzzer's inputs and from drawn bytes.
void run_fuzz();

}  // namespace mutants
