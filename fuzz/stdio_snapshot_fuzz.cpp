// Snapshots of every role of stdio. The input says which role, then what is in its snapshot.

#include "fuzz/snapshots.hpp"
#include "handfast/stdio.hpp"

using namespace handfast;
using namespace handfast::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using stdio::Child, stdio::Compat, stdio::Parent;
  if (size == 0) return 0;
  const Bytes content{data + 1, size - 1};
  switch (data[0]) {
    case 0: reads_snapshot<Parent<>>(content); break;
    case 1: reads_snapshot<Child<>>(content); break;
    case 2: reads_snapshot<Parent<Compat>>(content); break;
    case 3: reads_snapshot<Child<Compat>>(content); break;
  }
  return 0;
}
