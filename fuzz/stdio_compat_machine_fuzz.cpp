// Both deployed roles of stdio in a world whose every move the input says. What their design gets
// wrong is known; each call still does what the table says, and nothing crashes.

#include "tests/stdio/scene.hpp"
//
#include "handfast/testing/fuzz_world.hpp"

using namespace handfast;

namespace {
const testing::RowReport<stdio::Parent<stdio::Compat>, stdio::Child<stdio::Compat>> report{
    "stdio compat"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using testing::Oracle;
  return testing::fuzz_world<stdio_test::Scene<stdio::Compat>>(
      {data, size}, {Oracle::claims, Oracle::ledger, Oracle::quiesce});
}
