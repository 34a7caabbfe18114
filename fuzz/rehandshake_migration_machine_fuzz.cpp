// Both sides of a connection that migrates, in worlds whose every move the input says; no oracle of
// the kit finds anything. What is said arrives once and in order, whatever becomes of both paths.

#include "tests/rehandshake/migration_scene.hpp"
//
#include "handfast/testing/fuzz_world.hpp"

using namespace handfast;
using rehandshake::Migration, rehandshake::Part;

namespace {
const testing::RowReport<Migration<Part::initiator>, Migration<Part::responder>> rows{
    "rehandshake migration"};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return testing::fuzz_world<rehandshake_test::MigrationScene>({data, size});
}
