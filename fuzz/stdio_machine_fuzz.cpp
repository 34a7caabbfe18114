// Both roles of stdio in a world whose every move the input says: applications, a bad network, an
// attacker. No oracle of the kit finds anything.

#include "tests/stdio/scene.hpp"
//
#include "handfast/testing/fuzz_world.hpp"

using namespace handfast;

namespace {
const testing::RowReport<stdio::Parent<>, stdio::Child<>> report{"stdio"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return testing::fuzz_world<stdio_test::Scene<stdio::Hardened>>({data, size});
}
