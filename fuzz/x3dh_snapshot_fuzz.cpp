// Snapshots of both roles of x3dh, of each profile, a store's records, and what those are sealed in.
// The input says which, then what is in it.

#include "fuzz/snapshots.hpp"
#include "handfast/x3dh.hpp"
#include "handfast/x3dh/counter.hpp"
#include "handfast/x3dh/documented.hpp"
#include "handfast/x3dh/sealed_store.hpp"

using namespace handfast;
using namespace handfast::fuzz;
using namespace handfast::x3dh;

namespace {

/// Records that are read are written as they were.
void reads_records(Bytes content) {
  MemoryStore store;
  SnapshotReader reader(content);
  if (!store.dangerous_read(reader) || !reader.at_end()) return;
  Buffer written;
  SnapshotWriter writer(written);
  store.dangerous_write(writer);
  require(std::ranges::equal(written.bytes(), content));
  require(store.sessions().size() <= Store::records_max);
}
/// And so is what they are sealed in.
void reads_sealed(Bytes content) {
  const auto sealed = wire::binary::decode<SealedRecords>(content);
  if (!sealed) return;
  Buffer written;
  wire::GrowingWriter writer(written);
  require(wire::binary::encode(*sealed, writer).has_value());
  require(std::ranges::equal(written.bytes(), content));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Context context{xeddsa::PrivateKey{}};
  if (size == 0) return 0;
  const Bytes content{data + 1, size - 1};
  switch (data[0]) {
    case 0: reads_snapshot<Issuer<>>(content, context); break;
    case 1: reads_snapshot<Holder<>>(content, context); break;
    case 2: reads_records(content); break;
    case 3: reads_sealed(content); break;
    case 4: reads_snapshot<Issuer<Counter>>(content, context); break;
    case 5: reads_snapshot<Holder<Counter>>(content, context); break;
    case 6: reads_snapshot<Issuer<Documented>>(content, context); break;
    case 7: reads_snapshot<Holder<Documented>>(content, context); break;
  }
  return 0;
}
