// A machine whose rows are counted: compiled as libFuzzer's targets are, to look for the section in
// which it finds the counters.

#include "handfast/core/machine.hpp"
#include "handfast/testing/fuzz.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;

bool counts() {
  Machine<toy::Client, testing::FuzzedRows<toy::Client>> client{toy::Client::Context{}};
  return client.handle(toy::Connect{}, {}).transmit.empty();
}
