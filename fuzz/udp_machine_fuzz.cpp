// Both hardened roles of udp in a world whose every move the input says: applications, a bad network,
// an attacker, a client that moves. No oracle of the kit finds anything.

#include "tests/udp/scene.hpp"
//
#include "handfast/testing/fuzz_world.hpp"

using namespace handfast;

namespace {
const testing::RowReport<udp::Client<>, udp::Server<>> report{"udp"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return testing::fuzz_world<udp_test::HardenedScene>({data, size});
}
