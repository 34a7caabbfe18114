// Both deployed roles of registration in a world whose every move the input says. What their design
// gets wrong is known; each call still does what the table says, and nothing crashes.

#include "tests/registration/compat_scene.hpp"
//
#include "handfast/testing/fuzz_world.hpp"

using namespace handfast;

namespace {
using registration::Compat;
const testing::RowReport<registration::Client<Compat>, registration::Server<Compat>> report{
    "registration compat"};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using testing::Oracle;
  return testing::fuzz_world<registration_test::CompatScene>(
      {data, size}, {Oracle::claims, Oracle::ledger, Oracle::quiesce});
}
