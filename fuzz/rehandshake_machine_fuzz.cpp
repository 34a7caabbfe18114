// The roles of rehandshake in worlds whose every move the input says: an initiator and a responder,
// two peers, and the deployed pair, each in one. Of the first two no oracle of the kit finds anything;
// the deployed design commits to what nobody has said.

#include "tests/rehandshake/scene.hpp"
//
#include "handfast/testing/fuzz_world.hpp"
#include "tests/rehandshake/compat_scene.hpp"

using namespace handfast;
using rehandshake::Compat, rehandshake::Initiator, rehandshake::Peer, rehandshake::Responder;

namespace {
const testing::RowReport<Initiator<>, Responder<>, Peer<>> hardened{"rehandshake"};
const testing::RowReport<Initiator<Compat>, Responder<Compat>> deployed{"rehandshake compat"};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  testing::fuzz_world<rehandshake_test::HardenedScene>(input);
  testing::fuzz_world<rehandshake_test::PeerScene>(input);
  return testing::fuzz_world<rehandshake_test::CompatScene>(input, {testing::Oracle::claims});
}
