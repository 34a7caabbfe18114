// Both hardened roles of registration in a world whose every move the input says: applications, a bad
// network, an attacker. No oracle of the kit finds anything.

#include "tests/registration/scene.hpp"
//
#include "handfast/testing/fuzz_world.hpp"

using namespace handfast;

namespace {
const testing::RowReport<registration::Client<>, registration::Server<>> report{"registration"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return testing::fuzz_world<registration_test::Scene>({data, size});
}
