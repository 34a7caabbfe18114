// Snapshots of every role of stdio: bytes that are read as a state are the ones that this state is
// written as. The input says which role, then what stands between a snapshot's shape and its
// checksum: a fuzzer would not guess those two.

#include "fuzz/check.hpp"
#include "handfast/core/snapshot.hpp"
#include "handfast/stdio.hpp"

using namespace handfast;
using namespace handfast::fuzz;

namespace {

template <class Role>
void reads_snapshot(Bytes content) {
  using States = handfast::detail::AsVariant<StatesOf<Role>>;
  static typename Role::Context context;
  static Buffer snapshot, written;
  snapshot.clear(), written.clear();
  SnapshotWriter writer(snapshot);
  writer.integer(handfast::detail::shape_of<Role>());
  writer.bytes(content);
  writer.integer(handfast::detail::checksum_of(snapshot.bytes()));

  States states;
  if (!dangerous_read_snapshot<Role>(snapshot.bytes(), states, context)) return;
  dangerous_write_snapshot<Role>(states, context, written);
  require(std::ranges::equal(written.bytes(), snapshot.bytes()));
}

}  // namespace

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
