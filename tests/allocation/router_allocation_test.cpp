// What a message through a router allocates once its connections are warm.

#include "tests/bench/routed.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

using handfast::test::allocations_in;
using namespace routed;

namespace {

struct Counts {
  std::size_t ours = 0, by_hand = 0;
};

/// One message to `recipient` through both.
Counts counts_of(Machines& machines, ByHand& by_hand, const x25519::PublicKey& recipient,
                 Bytes payload, Fate fate) {
  const Bytes record = machines.sender.record(recipient, payload);
  Counts counts;
  counts.by_hand = allocations_in([&] { by_hand.carry(record); });
  REQUIRE(by_hand.payload_size() == payload.size());
  Router<>::Output out;
  counts.ours = allocations_in([&] { out = machines.carry(record); });
  REQUIRE(out.transmit.size() == (fate == Fate::forwarded ? 2u : 1u));
  counts.ours += allocations_in([&] {
    for (const Member* member : {&machines.sender, &machines.recipient})
      out = machines.router.drained(member->link, std::size_t{1} << 30, now);
  });
  REQUIRE(out.events.empty());
  return counts;
}

void check_messages(std::size_t size) {
  Machines machines;
  ByHand by_hand(machines);
  const std::vector<std::uint8_t> payload(size, 'x');
  const auto to = machines.recipient.key(), self = machines.sender.key();
  const auto nobody = new_key().public_key();
  const auto one = [&](const x25519::PublicKey& recipient, Fate fate) {
    return counts_of(machines, by_hand, recipient, payload, fate);
  };
  for (int i = 0; i < 3; ++i) {
    one(to, Fate::forwarded);
    one(self, Fate::forwarded);
  }
  for (int i = 0; i < 100; ++i) {
    CAPTURE(size, i);
    CHECK(one(to, Fate::forwarded).ours == 0);
    CHECK(one(self, Fate::forwarded).ours == 0);
    CHECK(one(nobody, Fate::not_available).ours == 0);
    CHECK(one(to, Fate::forwarded).by_hand == 0);
  }
}

}  // namespace

TEST_CASE("registration: a routed message allocates nothing", "[allocation]") {
  check_messages(0);
  check_messages(64);
  check_messages(payload_size_max);
}

TEST_CASE("registration: a frame that is no message, and time that passes, allocate nothing",
          "[allocation]") {
  RouterConfig config;
  config.faults_max = 1'000'000;
  Router<> router(Context(endless(), new_key()), config);
  Member member(router, 1);
  const std::vector<std::uint8_t> cut(5, 2);
  const auto refused = [&] {
    return allocations_in([&] {
      must(router.receive(member.link, cut, now).event<Rejected>() != nullptr, "a bad frame");
    });
  };
  refused();
  CHECK(refused() == 0);
  CHECK(allocations_in([&] { (void)router.advance(now); }) == 0);
}
