// The machines behind the stage.

#include "handfast/stdio/child.hpp"
#include "handfast/stdio/compat.hpp"
#include "handfast/stdio/parent.hpp"
#include "tests/stdio/side.hpp"

namespace stdio_test {

std::unique_ptr<Side> hardened_parent(Config config, Script& random) {
  return std::make_unique<SideOf<Parent<>>>(std::move(config), random);
}
std::unique_ptr<Side> hardened_child(Config config, Script& random) {
  return std::make_unique<SideOf<Child<>>>(std::move(config), random);
}
std::unique_ptr<Side> compat_parent(Config config, Script& random) {
  return std::make_unique<SideOf<Parent<Compat>>>(std::move(config), random);
}
std::unique_ptr<Side> compat_child(Config config, Script& random) {
  return std::make_unique<SideOf<Child<Compat>>>(std::move(config), random);
}

}  // namespace stdio_test
