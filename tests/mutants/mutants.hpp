#pragma once

// A mutant is this program with one mistake: an edit of one row of a table, or a planted flaw. A
// layer is a kind of test; what it finds in a mutant it says in lines, since each mutant and layer
// has a process of its own.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mutants {

class Tried;

/// One mistake.
struct Mutant {
  std::string name;
  std::string asked;            // what asks for it: the flaw's name; what of its role a row is
  bool is_flaw = false;         // planted in a header; else an edit of a row
  std::function<void()> plant;  // from then on this process has it
  Tried* tried = nullptr;       // whose row is edited
  int side = 0;                 // of the role that is edited
  std::size_t edit = 0;         // which of the role's edits
};

/// Edits that no role can run with, and how many of them the checks of the tables refuse.
struct OnlyTables {
  std::size_t count = 0;
  std::size_t refused = 0;
};

/// Says that `layer` noticed, after how many tests, and how.
void say_killed(const std::string& layer, std::uint64_t after, const std::string& how);

/// The two roles of a scene, whose rows are edited, and its worlds. Layers say what they noticed.
class Tried {
 public:
  virtual ~Tried() = default;
  /// The edits that a role can run with.
  [[nodiscard]] virtual std::vector<Mutant> rows() = 0;
  [[nodiscard]] virtual OnlyTables judge_only_tables() = 0;
  /// Whether a pair of roles with this edit would have compiled.
  virtual void run_checks(const Mutant& mutant) = 0;
  /// Looks for the worlds that come to each row; what is right is run, and nothing is said.
  virtual void scout() = 0;
  /// Simulated worlds, of an edited row those that come to it; each of the oracles is a layer.
  virtual void run_worlds(const Mutant& mutant) = 0;
  /// Worlds of plans that are decoded from a fuzzer's inputs and from drawn bytes.
  virtual void run_fuzz() = 0;
};

// One a scene, hardened profiles all.
[[nodiscard]] Tried& stdio_tried();
[[nodiscard]] Tried& registration_tried();
[[nodiscard]] Tried& peers_tried();
[[nodiscard]] Tried& udp_tried();
[[nodiscard]] Tried& rehandshake_tried();
[[nodiscard]] Tried& rehandshake_peers_tried();
[[nodiscard]] Tried& migration_tried();
[[nodiscard]] Tried& x3dh_tried();
[[nodiscard]] Tried& x3dh_counter_tried();
[[nodiscard]] inline std::vector<Tried*> all_tried() {
  return {&stdio_tried(),     &registration_tried(), &peers_tried(),
          &udp_tried(),       &rehandshake_tried(),  &rehandshake_peers_tried(),
          &migration_tried(), &x3dh_tried(),         &x3dh_counter_tried()};
}

}  // namespace mutants
