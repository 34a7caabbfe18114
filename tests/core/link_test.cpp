#include "handfast/core/link.hpp"

#include "tests/support/catch.hpp"

using namespace handfast;

TEST_CASE("core: a link is its number") {
  CHECK(Link{} == Link{0});
  CHECK(Link{1} != Link{2});
  CHECK(Link{1} < Link{2});
}

TEST_CASE("core: a kind of link has a name, a framing and a limit") {
  using Pipe = LinkKind<"pipe", Framing::line, 512>;
  STATIC_REQUIRE(Pipe::name == "pipe");
  STATIC_REQUIRE(Pipe::framing == Framing::line);
  STATIC_REQUIRE(Pipe::frame_size_max == 512);
}
