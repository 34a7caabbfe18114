// What a message of x3dh allocates once a session is warm: in order, late, and beside keys of
// messages that have not come.

#include "tests/bench/x3dh_sessions.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

using handfast::test::allocations_in;
using namespace x3dh_sessions;

namespace {

// At GCM's set_key, in 2.19 only.
constexpr std::size_t botans_own = BOTAN_VERSION_MAJOR >= 3 ? 0 : 1;

std::size_t allocations_to_send(auto& both) {
  return allocations_in([&] { (void)both.seal(); });
}
/// A message that is sent now, opened.
std::size_t allocations_to_open(auto& both) {
  const Bytes frame = both.seal();
  bool is_open = false;
  const std::size_t count = allocations_in([&] { is_open = both.open(frame); });
  REQUIRE(is_open);
  return count;
}

}  // namespace

TEST_CASE("x3dh: a message allocates nothing but what Botan does", "[allocation]") {
  Machines machines;
  ByHand by_hand;
  REQUIRE(machines.say());  // buffers grow once
  for (int i = 0; i < 100; ++i) {
    CAPTURE(i);
    CHECK(allocations_to_open(machines) == botans_own);
    CHECK(allocations_to_open(by_hand) == botans_own);
  }
  CHECK(allocations_to_send(machines) == botans_own);
  CHECK(allocations_to_send(by_hand) == botans_own);
}

TEST_CASE("x3dh: nor where keys of others are kept, and one that is late does not either",
          "[allocation]") {
  Machines machines;
  REQUIRE(machines.say());
  std::vector<std::vector<std::uint8_t>> late;
  for (int i = 0; i < 10; ++i) {
    const Bytes frame = machines.seal();
    late.emplace_back(frame.begin(), frame.end());
  }
  REQUIRE(machines.say());
  REQUIRE(machines.late_count() == late.size());
  for (std::size_t i = 0; i < late.size(); ++i) {
    CAPTURE(i);
    CHECK(allocations_to_open(machines) == botans_own);
    bool is_open = false;
    CHECK(allocations_in([&] { is_open = machines.open(late[i]); }) == botans_own);
    CHECK(is_open);
    CHECK(machines.late_count() == late.size() - i - 1);
  }
}

TEST_CASE("x3dh: a message that begins a chain allocates nothing but what Botan does",
          "[allocation]") {
  Machines machines;
  ByHand by_hand;
  // The other way, and back.
  const auto turn = [](Machines& both) {
    (void)both.holder.receive(both.issuer.handle(x3dh::Send{payload}, now).transmit[0].bytes, now);
  };
  for (int i = 0; i < 3; ++i) {
    turn(machines);
    REQUIRE(machines.say());
  }
  for (int i = 0; i < 10; ++i) {
    turn(machines);
    by_hand.holder.open(by_hand.issuer.seal(payload));
    CAPTURE(i);
    CHECK(allocations_to_open(machines) == botans_own);
    CHECK(allocations_to_open(by_hand) == botans_own);
  }
}
