#include "handfast/stdio/child.hpp"

#include "tests/stdio/side.hpp"
#include "tests/support/catch.hpp"

namespace stdio_test {

std::unique_ptr<Side> hardened_child(Config config, Script& random) {
  return std::make_unique<SideOf<Child<>>>(std::move(config), random);
}

}  // namespace stdio_test

using namespace stdio_test;

TEST_CASE(
    "stdio: a child is not established and sends no record before the parent's first record") {
  Pair pair;
  pair.responds = false;
  pair.exchange_lines("asked at once");
  CHECK(pair.child->state() == "AwaitingFirstRecord");
  CHECK(Pair::count(pair.child_told, "Established") == 0);
  CHECK(pair.child_does(Respond{1, {}}).fault() == Fault::not_allowed_now);
  CHECK(pair.child_does(Notify{}).fault() == Fault::not_allowed_now);
  CHECK(pair.to_parent.empty());
  const Result first = pair.to_child_next();
  REQUIRE(first.told.size() == 3);
  CHECK(first.told[0].name == "Commit");
  CHECK(first.told[1].name == "Established");
  CHECK(first.told[2].name == "Delivered");
  CHECK(first.told[2].text == "asked at once");
  CHECK(pair.to_parent.empty());
  pair.child_does(Respond{1, bytes_of("answered")});
  const Result answered = pair.to_parent_next();
  REQUIRE(answered.has("Answered"));
  CHECK(answered.find("Answered")->text == "answered");
}
