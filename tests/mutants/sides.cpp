// The machines behind the tests of stdio: the roles as they are, until a row is edited.

#include "handfast/testing/edited_machine.hpp"
//
#include "handfast/stdio/child.hpp"
#include "handfast/stdio/parent.hpp"
#include "tests/mutants/reached.hpp"
#include "tests/stdio/side.hpp"

namespace stdio_test {

namespace {

template <class Role>
struct NotingWatch : Watch {
  NotingWatch(Watch watch = {}) : Watch(watch) {}  // NOLINT: one that notes too
  void row_taken(int row) {
    Watch::row_taken(row);
    mutants::NotesReached<Role>{}.row_taken(row);
  }
  void refused(int state, Fault fault) { mutants::NotesReached<Role>{}.refused(state, fault); }
};

template <class Role>
std::unique_ptr<Side> edited(Config config, Script& random) {
  using Runner = testing::EditedMachine<Role, NotingWatch<Role>>;
  return std::make_unique<SideOf<Role, Runner>>(std::move(config), random);
}

}  // namespace

std::unique_ptr<Side> hardened_parent(Config config, Script& random) {
  return edited<Parent<>>(std::move(config), random);
}
std::unique_ptr<Side> hardened_child(Config config, Script& random) {
  return edited<Child<>>(std::move(config), random);
}

}  // namespace stdio_test
