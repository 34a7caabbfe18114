#include "handfast/stdio/parent.hpp"

#include "tests/stdio/side.hpp"
#include "tests/support/catch.hpp"

namespace stdio_test {

std::unique_ptr<Side> hardened_parent(Config config, Script& random) {
  return std::make_unique<SideOf<Parent<>>>(std::move(config), random);
}

}  // namespace stdio_test

using namespace stdio_test;

TEST_CASE("stdio: a parent speaks first, and one frame only until it is answered") {
  Pair pair;
  const Result started = pair.parent_does(Start{});
  REQUIRE(started.frames.size() == 1);
  CHECK(started.frames[0].link == standard_streams);
  CHECK(text(started.frames[0].bytes).starts_with("{\"version\":2,\"public_key\":\""));
  CHECK(text(started.frames[0].bytes).size() == 73);
  CHECK(pair.parent_does(Send{}).fault() == Fault::not_allowed_now);
}

TEST_CASE(
    "stdio: a parent takes the one answer that its offer was answered with, and claims what the "
    "child claims") {
  Pair pair;
  pair.parent_does(Start{});
  pair.to_child_next();
  const Result listening = pair.child_does(Listening{8080});
  REQUIRE(listening.has("Running"));
  const Result answered = pair.to_parent_next();
  REQUIRE(answered.told.size() == 4);
  CHECK(answered.told[0].name == "Running");
  CHECK(answered.told[1].name == "Commit");
  CHECK(answered.told[2].name == "Established");
  CHECK(answered.told[3].name == "Reachable");
  const Result first = pair.to_child_next();
  REQUIRE(first.has("Commit"));
  CHECK(first.has("Established"));
  const Claim mine = answered.find("Commit")->claim, theirs = first.find("Commit")->claim;
  CHECK(answered.find("Running")->claim == mine);
  CHECK(listening.find("Running")->claim == theirs);
  CHECK(mine.transcript == theirs.transcript);
  CHECK(mine.key_id == theirs.key_id);
  CHECK(mine.role == "parent");
  CHECK(theirs.role == "child");
  CHECK(mine.peer != theirs.peer);
}
