// What a re-handshake and a frame of a migration allocate once their machines are warm.

#include "handfast/rehandshake.hpp"
#include "handfast/rehandshake/migration.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

using handfast::test::allocations_in;
using namespace handfast;
using namespace handfast::rehandshake;

namespace {

SessionKeys keys_of(bool is_first) {
  const std::array<std::uint8_t, 32> one{1}, two{2};
  return {SessionId{7}, Secret<32>::from(is_first ? one : two),
          Secret<32>::from(is_first ? two : one), 0};
}
void pass(Time& now, Duration duration) {
  now.steady += duration;
  now.utc += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}
Time some_time() {
  return {SteadyTime{} + std::chrono::hours(1), UnixTime{} + std::chrono::hours(1'000'000)};
}

/// The allocations of one run, message by message.
struct RunCounts {
  std::size_t request = 0, response = 0, complete = 0, end = 0;
  bool operator==(const RunCounts&) const = default;
};
template <class First, class Second, class StartOf>
RunCounts counts_of(Machine<First>& first, Machine<Second>& second, const StartOf& start,
                    const Time& now) {
  Output<First> asked, done;
  Output<Second> answered, shown;
  RunCounts counts;
  counts.request = allocations_in([&] { asked = first.handle(start, now); });
  REQUIRE(asked.transmit.size() == 1);
  counts.response =
      allocations_in([&] { answered = second.receive(asked.transmit[0].bytes, now); });
  REQUIRE(answered.transmit.size() == 1);
  counts.complete = allocations_in([&] { done = first.receive(answered.transmit[0].bytes, now); });
  REQUIRE(done.transmit.size() == 1);
  counts.end = allocations_in([&] { shown = second.receive(done.transmit[0].bytes, now); });
  REQUIRE(shown.template event<Commit>() != nullptr);
  return counts;
}

using Mover = Machine<Migration<Part::initiator>>;
using Follower = Machine<Migration<Part::responder>>;

/// The allocations of one payload, and of its acknowledgement.
struct DataCounts {
  std::size_t sent = 0, delivered = 0, acknowledged = 0, taken = 0;
  bool operator==(const DataCounts&) const = default;
};
template <class From, class To>
DataCounts counts_of(From& from, To& to, Link path, Bytes payload, Time& now) {
  DataCounts counts;
  decltype(from.handle(Send{payload}, now)) sent, taken;
  decltype(to.advance(now)) delivered, acknowledged;
  counts.sent = allocations_in([&] { sent = from.handle(Send{payload}, now); });
  REQUIRE(sent.transmit.size() == 1);
  counts.delivered =
      allocations_in([&] { delivered = to.receive(path, sent.transmit[0].bytes, now); });
  REQUIRE(delivered.template event<Delivered>() != nullptr);
  pass(now, 20ms);
  counts.acknowledged = allocations_in([&] { acknowledged = to.advance(now); });
  REQUIRE(acknowledged.transmit.size() == 1);
  counts.taken =
      allocations_in([&] { taken = from.receive(path, acknowledged.transmit[0].bytes, now); });
  REQUIRE(taken.events.empty());
  return counts;
}

}  // namespace

TEST_CASE("rehandshake: a run on warm machines allocates nothing, in either profile",
          "[allocation]") {
  Time now = some_time();
  Machine<Initiator<>> first{Context(keys_of(true), ChannelBinding::none())};
  Machine<Responder<>> second{Context(keys_of(false), ChannelBinding::none())};
  Machine<Initiator<Compat>> deployed_first{compat::Context(keys_of(true))};
  Machine<Responder<Compat>> deployed_second{compat::Context(keys_of(false))};
  for (int i = 0; i < 200; ++i) {
    pass(now, 1s);  // 61 challenges are remembered at a time
    const RunCounts ours = counts_of(first, second, Start{}, now);
    const RunCounts deployed = counts_of(deployed_first, deployed_second, compat::Start{}, now);
    if (i < 100) continue;
    CAPTURE(i);
    CHECK(ours == RunCounts{});
    CHECK(deployed == RunCounts{});
  }
}

TEST_CASE("rehandshake: a message that is forged, or comes again, allocates nothing",
          "[allocation]") {
  const Time now = some_time();
  Machine<Initiator<>> first{Context(keys_of(true), ChannelBinding::none())};
  Machine<Responder<>> second{Context(keys_of(false), ChannelBinding::none())};
  const auto asked = first.handle(Start{}, now);
  std::vector<std::uint8_t> request(asked.transmit[0].bytes.begin(), asked.transmit[0].bytes.end());
  REQUIRE(second.receive(request, now).transmit.size() == 1);
  CHECK(allocations_in([&] { (void)second.receive(request, now); }) == 0);
  request.back() ^= 1;
  std::optional<Fault> fault;
  CHECK(allocations_in([&] { fault = second.receive(request, now).fault(); }) == 0);
  CHECK(fault == Fault::not_authentic);
}

TEST_CASE("rehandshake: a frame of a migration allocates nothing, either way", "[allocation]") {
  Time now = some_time();
  const PathBindings unbound{ChannelBinding::none(), ChannelBinding::none()};
  Mover first{MigrationContext(keys_of(true), unbound)};
  Follower second{MigrationContext(keys_of(false), unbound)};
  REQUIRE(first.handle(Start{}, now).events.empty());
  REQUIRE(second.handle(Start{}, now).events.empty());
  for (const std::size_t size : {std::size_t{0}, std::size_t{64}, payload_size_max}) {
    const std::vector<std::uint8_t> payload(size, 'x');
    for (int i = 0; i < 60; ++i) {
      const DataCounts there = counts_of(first, second, relay_link, payload, now);
      const DataCounts back = counts_of(second, first, relay_link, payload, now);
      if (i < 20) continue;
      CAPTURE(size, i);
      CHECK(there == DataCounts{});
      CHECK(back == DataCounts{});
    }
  }
}

TEST_CASE(
    "rehandshake: of a burst a migration keeps the memory of 16 payloads, and none at its end",
    "[allocation]") {
  Time now = some_time();
  const PathBindings unbound{ChannelBinding::none(), ChannelBinding::none()};
  Mover first{MigrationContext(keys_of(true), unbound)};
  Follower second{MigrationContext(keys_of(false), unbound)};
  REQUIRE(first.handle(Start{}, now).events.empty());
  REQUIRE(second.handle(Start{}, now).events.empty());
  for (int i = 0; i < 40; ++i) {
    const auto sent = first.handle(Send{bytes_of("a payload")}, now);
    REQUIRE(second.receive(relay_link, sent.transmit[0].bytes, now).event<Delivered>() != nullptr);
  }
  pass(now, 20ms);
  const auto acknowledged = second.advance(now);
  REQUIRE(first.receive(relay_link, acknowledged.transmit[0].bytes, now).events.empty());
  REQUIRE(first.context().spare.size() == MigrationConfig::spare_max);
  for (const WipingBuffer& one : first.context().spare) CHECK(one.empty());
  REQUIRE(first.handle(Disconnect{}, now).transmit.size() == 1);
  pass(now, 1h);
  REQUIRE(first.advance(now).event<Closed>() != nullptr);
  CHECK(first.context().spare.empty());
}
