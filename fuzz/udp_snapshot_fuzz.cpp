// Snapshots of every role of udp, and of what a server keeps of sessions that are over. The input says
// which, then what is in its snapshot.

#include "fuzz/snapshots.hpp"
#include "handfast/udp.hpp"

using namespace handfast;
using namespace handfast::fuzz;

namespace {

/// As `reads_snapshot`: an empty store has the shape of every other.
void reads_store(Bytes content) {
  using udp::Resumptions;
  static const Buffer empty = Resumptions{}.dangerous_snapshot();
  Buffer snapshot;
  SnapshotWriter writer(snapshot);
  writer.bytes(empty.bytes().first(sizeof(std::uint64_t)));
  writer.bytes(content);
  writer.integer(handfast::detail::checksum_of(snapshot.bytes()));
  const auto restored = Resumptions::dangerous_restore(snapshot.bytes());
  if (!restored) return;
  require(std::ranges::equal(restored->dangerous_snapshot().bytes(), snapshot.bytes()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using udp::Client, udp::Compat, udp::Revision, udp::Server;
  if (size == 0) return 0;
  const Bytes content{data + 1, size - 1};
  switch (data[0]) {
    case 0: reads_snapshot<Client<>>(content); break;
    case 1: reads_snapshot<Server<>>(content); break;
    case 2: reads_snapshot<Client<Compat<Revision::documented>>>(content); break;
    case 3: reads_snapshot<Server<Compat<Revision::documented>>>(content); break;
    case 4: reads_snapshot<Client<Compat<Revision::v0_8>>>(content); break;
    case 5: reads_snapshot<Server<Compat<Revision::v0_8>>>(content); break;
    case 6: reads_store(content); break;
  }
  return 0;
}
