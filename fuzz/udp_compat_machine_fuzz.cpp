// Both deployed roles of udp, of each revision, in a world whose every move the input says. What
// their design gets wrong is known; each call still does what the table says, and nothing crashes.

#include "tests/udp/compat_scene.hpp"
//
#include "handfast/testing/fuzz_world.hpp"

using namespace handfast;

namespace {

template <udp::Revision revision>
using Report =
    testing::RowReport<udp::Client<udp::Compat<revision>>, udp::Server<udp::Compat<revision>>>;
const Report<udp::Revision::documented> documented{"udp documented"};
const Report<udp::Revision::v0_8> later{"udp v0_8"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using testing::Oracle;
  const auto run = [&]<udp::Revision revision>() {
    testing::fuzz_world<udp_test::CompatScene<revision>>(
        {data, size}, {Oracle::claims, Oracle::ledger, Oracle::quiesce});
  };
  run.operator()<udp::Revision::documented>();
  run.operator()<udp::Revision::v0_8>();
  return 0;
}
