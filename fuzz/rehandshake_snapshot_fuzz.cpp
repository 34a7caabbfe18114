// Snapshots of every role of rehandshake. The input says which role, then what is in its snapshot.

#include "fuzz/snapshots.hpp"
#include "handfast/rehandshake.hpp"
#include "handfast/rehandshake/migration.hpp"

using namespace handfast;
using namespace handfast::fuzz;
using namespace handfast::rehandshake;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Context context({}, ChannelBinding::none());
  static compat::Context deployed({});
  static MigrationContext paths({}, {ChannelBinding::none(), ChannelBinding::none()});
  if (size == 0) return 0;
  const Bytes content{data + 1, size - 1};
  switch (data[0]) {
    case 0: reads_snapshot<Initiator<>>(content, context); break;
    case 1: reads_snapshot<Responder<>>(content, context); break;
    case 2: reads_snapshot<Peer<>>(content, context); break;
    case 3: reads_snapshot<Initiator<Compat>>(content, deployed); break;
    case 4: reads_snapshot<Responder<Compat>>(content, deployed); break;
    case 5: reads_snapshot<Migration<Part::initiator>>(content, paths); break;
    case 6: reads_snapshot<Migration<Part::responder>>(content, paths); break;
  }
  return 0;
}
