// Both hardened roles of x3dh in a world whose every move the input says: applications, a bad
// network, an attacker. No oracle of the kit finds anything.

#include "tests/x3dh/scene.hpp"
//
#include "handfast/testing/fuzz_world.hpp"

using namespace handfast;

namespace {
const testing::RowReport<x3dh::Issuer<>, x3dh::Holder<>> report{"x3dh"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return testing::fuzz_world<x3dh_test::Scene>({data, size});
}
