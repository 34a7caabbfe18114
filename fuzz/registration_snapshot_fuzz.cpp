// Snapshots of every role of registration. The input says which role, then what is in its snapshot.

#include "fuzz/snapshots.hpp"
#include "handfast/registration.hpp"

using namespace handfast;
using namespace handfast::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using registration::Client, registration::Compat, registration::Peer, registration::Server;
  if (size == 0) return 0;
  const Bytes content{data + 1, size - 1};
  switch (data[0]) {
    case 0: reads_snapshot<Client<>>(content); break;
    case 1: reads_snapshot<Server<>>(content); break;
    case 2: reads_snapshot<Client<Compat>>(content); break;
    case 3: reads_snapshot<Server<Compat>>(content); break;
    case 4: reads_snapshot<Peer>(content); break;
  }
  return 0;
}
