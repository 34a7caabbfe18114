// What a packet of udp allocates once a session is warm.

#include "tests/bench/udp_sessions.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

using handfast::test::allocations_in;
using namespace udp_sessions;

namespace {

/// The allocations of one packet each way, step by step.
struct Counts {
  std::size_t client_sealed = 0, server_opened = 0, server_sealed = 0, client_opened = 0;
  bool operator==(const Counts&) const = default;
};

/// One packet each way; `seal` and `open` are the server's side.
template <class Seal, class Open>
Counts counts_of(Machine<Client<>>& client, Bytes payload, Seal&& seal, Open&& open) {
  Output<Client<>> sent, received;
  Output<Server<>> opened, answered;
  Counts counts;
  counts.client_sealed = allocations_in([&] { sent = client.handle(Send{payload}, now); });
  counts.server_opened = allocations_in([&] { opened = open(sent.transmit[0].bytes); });
  REQUIRE(opened.template event<Delivered>() != nullptr);
  counts.server_sealed = allocations_in([&] { answered = seal(Send{payload}); });
  REQUIRE(answered.transmit.size() == 1);
  counts.client_opened =
      allocations_in([&] { received = client.receive(answered.transmit[0].bytes, now); });
  REQUIRE(received.template event<Delivered>() != nullptr);
  return counts;
}

void check_machines(std::size_t size) {
  Machines machines;
  const Bits payload(size, 'x');
  const auto one = [&] {
    return counts_of(
        machines.client, payload,
        [&](const Send& send) { return machines.server.handle(send, now); },
        [&](Bytes frame) { return machines.server.receive(frame, now); });
  };
  one();
  for (int i = 0; i < 100; ++i) {
    CAPTURE(size, i);
    CHECK(one() == Counts{});
  }
}

void check_listener(std::size_t size) {
  Crowd crowd(3);
  const Bits payload(size, 'x');
  const auto one = [&](Crowd::Member& member) {
    return counts_of(
        member.client, payload,
        [&](const Send& send) { return crowd.listener.handle(member.link, send, now); },
        [&](Bytes frame) { return crowd.listener.receive(frame, now); });
  };
  for (const auto& member : crowd.members) one(*member);
  for (int i = 0; i < 100; ++i) {
    CAPTURE(size, i);
    CHECK(one(*crowd.members[static_cast<std::size_t>(i) % 3]) == Counts{});
  }
}

}  // namespace

TEST_CASE("udp: a packet of a client and of a server allocates nothing", "[allocation]") {
  check_machines(0);
  check_machines(64);
  check_machines(payload_size_max);
}

TEST_CASE("udp: a packet through a listener allocates nothing, whoever the last one was of",
          "[allocation]") {
  check_listener(0);
  check_listener(64);
  check_listener(payload_size_max);
}

TEST_CASE("udp: a packet that is cut, or comes again, allocates nothing", "[allocation]") {
  Machines machines;
  const Bits sent = frame_of(machines.client.handle(Send{bytes_of("a payload")}, now));
  Bits cut = sent;
  cut.resize(Address::size + 10);
  CHECK(machines.server.receive(cut, now).fault() == Fault::truncated);
  CHECK(allocations_in([&] { (void)machines.server.receive(cut, now); }) == 0);
  CHECK(machines.server.receive(sent, now).event<Delivered>() != nullptr);
  std::optional<Fault> fault;
  CHECK(allocations_in([&] { fault = machines.server.receive(sent, now).fault(); }) == 0);
  CHECK(fault == Fault::replayed);
}
