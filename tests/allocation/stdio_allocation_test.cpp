// What a record of stdio allocates once a session is warm.

#include "tests/bench/stdio_sessions.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

using handfast::test::allocations_in;
using namespace sessions;

namespace {

/// The allocations of one request and its response, step by step.
struct Counts {
  std::size_t request_sent = 0, request_received = 0, response_sent = 0, response_received = 0;
  bool operator==(const Counts&) const = default;
};

Counts counts_of(Machines<stdio::Hardened>& machines, Bytes payload) {
  auto& [parent, child] = machines;
  Output<stdio::Parent<>> sent, received;
  Output<stdio::Child<>> delivered, answered;
  Counts counts;
  counts.request_sent = allocations_in([&] { sent = parent.handle(stdio::Send{payload}, now); });
  counts.request_received = allocations_in(
      [&] { delivered = child.receive(stdio::channel_link, sent.transmit[0].bytes, now); });
  const auto* const asked = delivered.event<stdio::Delivered>();
  REQUIRE(asked != nullptr);
  const stdio::Respond response{asked->correlation, payload};
  counts.response_sent = allocations_in([&] { answered = child.handle(response, now); });
  counts.response_received = allocations_in(
      [&] { received = parent.receive(stdio::channel_link, answered.transmit[0].bytes, now); });
  REQUIRE(received.event<stdio::Answered>() != nullptr);
  return counts;
}

Counts counts_of(BareHardened& channel, std::uint64_t correlation, Bytes payload) {
  auto& [of_parent, of_child, parent, child] = channel;
  Counts counts;
  Bytes record;
  counts.request_sent = allocations_in(
      [&] { record = parent.request(correlation, parent.keep(correlation, payload)); });
  counts.request_received = allocations_in([&] { (void)child.open(record); });
  counts.response_sent = allocations_in([&] {
    (void)child.keep(correlation, payload);
    record = child.response(correlation, payload);
  });
  counts.response_received = allocations_in([&] { (void)parent.open(record); });
  return counts;
}

void check_records(std::size_t size) {
  // At GCM's set_key, in 2.19 only.
  constexpr std::size_t botans_own = BOTAN_VERSION_MAJOR >= 3 ? 0 : 1;
  constexpr int warm_up = 200;  // exchanges: every place for a kept request or answer was used
  Machines<stdio::Hardened> machines;
  machines.run();
  BareHardened by_hand(machines, size);
  const std::vector<std::uint8_t> payload(size, 'x');
  std::uint64_t correlation = 0;
  for (int i = 0; i < warm_up; ++i) {
    counts_of(machines, payload);
    counts_of(by_hand, ++correlation, payload);
  }
  for (int i = 0; i < 100; ++i) {
    const Counts ours = counts_of(machines, payload);
    const Counts botans = counts_of(by_hand, ++correlation, payload);
    CAPTURE(size, i);
    CHECK(ours.request_sent == botans.request_sent);
    CHECK(ours.request_received == botans.request_received);
    CHECK(ours.response_sent == botans.response_sent);
    CHECK(ours.response_received == botans.response_received);
    CHECK(botans == Counts{botans_own, botans_own, botans_own, botans_own});
  }
}

}  // namespace

TEST_CASE("stdio: the allocation counter counts", "[helpers]") {
  // Called as functions: the compiler may leave out those of a new expression.
  CHECK(allocations_in([] { ::operator delete(::operator new(8)); }) == 1);
  CHECK(allocations_in([] { std::vector<int>(3).clear(); }) == 1);
}

TEST_CASE("stdio: a record of 64 bytes allocates nothing but what Botan does", "[allocation]") {
  check_records(64);
}

TEST_CASE("stdio: a record of 16 KiB allocates nothing but what Botan does", "[allocation]") {
  check_records(16384);
}
