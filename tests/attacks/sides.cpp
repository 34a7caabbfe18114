// The machines behind the stage.

#include "handfast/stdio/child.hpp"
#include "handfast/stdio/compat.hpp"
#include "handfast/stdio/parent.hpp"
#include "tests/stdio/side.hpp"
#include "tests/support/onlooker.hpp"

namespace stdio_test {
namespace {

/// A machine that whoever looks on sees.
template <class Role>
class Shown : public Machine<Role, Watch> {
  using Base = Machine<Role, Watch>;

 public:
  using Base::Base;
  Shown(Base&& restored) : Base(std::move(restored)) {}

  template <class One>
  Output<Role> handle(const One& command, const Time& now) {
    return test::shown_command<Role>(base(), command, now);
  }
  Output<Role> receive(Link link, Bytes frame, const Time& now) {
    return test::shown_frame<Role>(base(), link, frame, now);
  }
  Output<Role> advance(const Time& now) { return test::shown_advance<Role>(base(), now); }

 private:
  Base& base() noexcept { return *this; }
};
template <class Role>
using ShownSide = SideOf<Role, Shown<Role>>;

}  // namespace

std::unique_ptr<Side> hardened_parent(Config config, Script& random) {
  return std::make_unique<ShownSide<Parent<>>>(std::move(config), random);
}
std::unique_ptr<Side> hardened_child(Config config, Script& random) {
  return std::make_unique<ShownSide<Child<>>>(std::move(config), random);
}
std::unique_ptr<Side> compat_parent(Config config, Script& random) {
  return std::make_unique<ShownSide<Parent<Compat>>>(std::move(config), random);
}
std::unique_ptr<Side> compat_child(Config config, Script& random) {
  return std::make_unique<ShownSide<Child<Compat>>>(std::move(config), random);
}

}  // namespace stdio_test
