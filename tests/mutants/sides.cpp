// The machines behind the tests of stdio: the roles as they are, until a row is edited.

#include "handfast/testing/edited_machine.hpp"
//
#include "handfast/stdio/child.hpp"
#include "handfast/stdio/parent.hpp"
#include "tests/stdio/side.hpp"

namespace stdio_test {

using handfast::testing::EditedMachine;

std::unique_ptr<Side> hardened_parent(Config config, Script& random) {
  return std::make_unique<SideOf<Parent<>, EditedMachine<Parent<>, Watch>>>(std::move(config),
                                                                            random);
}
std::unique_ptr<Side> hardened_child(Config config, Script& random) {
  return std::make_unique<SideOf<Child<>, EditedMachine<Child<>, Watch>>>(std::move(config),
                                                                          random);
}

}  // namespace stdio_test
