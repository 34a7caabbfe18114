// Snapshots of both roles of x3dh. The input says which, then what is in its snapshot.

#include "fuzz/snapshots.hpp"
#include "handfast/x3dh.hpp"

using namespace handfast;
using namespace handfast::fuzz;
using namespace handfast::x3dh;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Context context{xeddsa::PrivateKey{}};
  if (size == 0) return 0;
  const Bytes content{data + 1, size - 1};
  switch (data[0]) {
    case 0: reads_snapshot<Issuer<>>(content, context); break;
    case 1: reads_snapshot<Holder<>>(content, context); break;
  }
  return 0;
}
