// The roles of x3dh's profiles that count, the document's and the one made of it, in a world whose
// every move the input says. Of the document's it is known what goes wrong, and nothing crashes; of
// the other no oracle finds anything.

#include "tests/x3dh/scene.hpp"
//
#include "handfast/testing/fuzz_world.hpp"

using namespace handfast;

namespace {

using x3dh::Issuer, x3dh::Holder, x3dh::Counter, x3dh::Documented;

const testing::RowReport<Issuer<Counter>, Holder<Counter>> counter{"x3dh counter"};

const testing::RowReport<Issuer<Documented>, Holder<Documented>> documented{"x3dh documented"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using testing::Oracle;
  testing::fuzz_world<x3dh_test::SceneOf<Counter>>({data, size});
  testing::fuzz_world<x3dh_test::SceneOf<Documented>>(
      {data, size}, {Oracle::claims, Oracle::ledger, Oracle::quiesce});
  return 0;
}
