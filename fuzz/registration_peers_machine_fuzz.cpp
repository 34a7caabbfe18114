// Two contacts of registration, one role twice, in a world whose every move the input says. No oracle
// of the kit finds anything.

#include "tests/registration/peer_scene.hpp"
//
#include "handfast/testing/fuzz_world.hpp"

using namespace handfast;

namespace {
const testing::RowReport<registration::Peer> report{"registration peers"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return testing::fuzz_world<peer_test::Scene>({data, size});
}
