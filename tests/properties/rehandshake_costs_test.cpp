// What a re-handshake may take, counted: HMACs of proofs made and checked, under keys that are
// derived beforehand, and random draws.

#include "handfast/testing/ledger.hpp"
//
#include "handfast/rehandshake.hpp"
#include "handfast/rehandshake/migration.hpp"
#include "tests/rehandshake/side.hpp"

using namespace rehandshake_test;
using handfast::testing::Ledger;

namespace {

/// What was taken between two of its calls.
struct Cost {
  unsigned hmacs = 0, draws = 0;
  friend bool operator==(const Cost&, const Cost&) = default;
};
std::ostream& operator<<(std::ostream& out, const Cost& cost) {
  return out << cost.hmacs << " HMACs, " << cost.draws << " draws";
}

struct CountingRandom : testing::SeededRandom {
  using SeededRandom::SeededRandom;
  unsigned draws = 0;
  bool fill(MutableBytes out) override {
    ++draws;
    CHECK(out.size() == 32);
    return SeededRandom::fill(out);
  }
};

class Meter {
 public:
  Random random() { return Random(random_); }
  Cost take() {
    const Cost cost{ledger_.work().derived, random_.draws};
    ledger_.begin_call();
    random_.draws = 0;
    return cost;
  }

 private:
  Ledger ledger_;
  CountingRandom random_{1};
};

const Time now{SteadyTime{} + std::chrono::hours(1),
               UnixTime{} + std::chrono::milliseconds(1762230000000)};

/// The frame that `out` sends.
Bits frame_of_output(const auto& out) {
  REQUIRE(out.transmit.size() == 1);
  return bits(out.transmit[0].bytes);
}

/// A run of two machines: what each of its four steps takes.
template <class First, class Second>
std::vector<Cost> costs_of(Meter& meter, Machine<First>& first, Machine<Second>& second,
                           const auto& start) {
  std::vector<Cost> costs;
  (void)meter.take();
  const Bits request = frame_of_output(first.handle(start, now));
  costs.push_back(meter.take());
  const Bits response = frame_of_output(second.receive(request, now));
  costs.push_back(meter.take());
  const Bits complete = frame_of_output(first.receive(response, now));
  costs.push_back(meter.take());
  CHECK(second.receive(complete, now).template event<Commit>());
  costs.push_back(meter.take());
  return costs;
}

Context hardened(Meter& meter, bool is_first) {
  Config config;
  (is_first ? config.local_id : config.remote_id) = {1};
  return Context(keys_of(is_first), ChannelBinding::none(), config, meter.random());
}

}  // namespace

TEST_CASE("rehandshake: a run takes six HMACs and two draws, between peers too") {
  const std::vector<Cost> known{{1, 1}, {2, 1}, {2, 0}, {1, 0}};
  Meter meter;
  Machine<Initiator<>> initiator(hardened(meter, true));
  Machine<Responder<>> responder(hardened(meter, false));
  CHECK(costs_of(meter, initiator, responder, Start{}) == known);
  Machine<Peer<>> one(hardened(meter, true)), other(hardened(meter, false));
  CHECK(costs_of(meter, one, other, Start{}) == known);
}

TEST_CASE("rehandshake: a deployed run takes four HMACs and two draws") {
  Meter meter;
  Machine<Initiator<Compat>> initiator(compat::Context(keys_of(true), meter.random()));
  Machine<Responder<Compat>> responder(compat::Context(keys_of(false), meter.random()));
  CHECK(costs_of(meter, initiator, responder, compat::Start{}) ==
        std::vector<Cost>{{0, 1}, {1, 1}, {2, 0}, {1, 0}});
}

TEST_CASE("rehandshake: a REQUEST that is not answered anew takes one HMAC, or none") {
  Meter meter;
  Machine<Initiator<>> initiator(hardened(meter, true));
  Machine<Responder<>> responder(hardened(meter, false));
  const Bits request = frame_of_output(initiator.handle(Start{}, now));
  const auto costs = [&](std::size_t byte) {
    Bits wrong = request;
    wrong[byte] ^= 1;
    (void)meter.take();
    CHECK(responder.receive(wrong, now).template event<Rejected>());
    return meter.take();
  };
  CHECK(costs(0) == Cost{0, 0});   // version
  CHECK(costs(8) == Cost{0, 0});   // session id
  CHECK(costs(58) == Cost{0, 0});  // timestamp
  CHECK(costs(30) == Cost{1, 0});  // challenge
  CHECK(costs(95) == Cost{1, 0});  // proof
  const Bits response = frame_of_output(responder.receive(request, now));
  (void)meter.take();
  CHECK(frame_of_output(responder.receive(request, now)) == response);
  CHECK(meter.take() == Cost{0, 0});  // the same again
}

TEST_CASE("rehandshake: a migration's run takes as much, and what it seals no HMAC") {
  using namespace handfast::rehandshake;
  const PathBindings unbound{ChannelBinding::none(), ChannelBinding::none()};
  Meter meter;
  Machine<Migration<Part::initiator>> first(
      MigrationContext(keys_of(true), unbound, {}, {}, meter.random()));
  Machine<Migration<Part::responder>> second(
      MigrationContext(keys_of(false), unbound, {}, {}, meter.random()));
  (void)first.handle(Start{}, now);
  (void)second.handle(Start{}, now);
  (void)second.handle(LinkOpened{direct_link}, now);
  (void)meter.take();
  const Bits request = frame_of_output(first.handle(LinkOpened{direct_link}, now));
  CHECK(meter.take() == Cost{1, 1});
  const Bits response = frame_of_output(second.receive(direct_link, request, now));
  CHECK(meter.take() == Cost{2, 1});
  const Bits complete = frame_of_output(first.receive(direct_link, response, now));
  CHECK(meter.take() == Cost{2, 0});
  const Bits switched = frame_of_output(second.receive(direct_link, complete, now));
  CHECK(meter.take() == Cost{1, 0});
  (void)first.receive(direct_link, switched, now);
  CHECK(first.advance(now).template event<Switched>());
  (void)first.handle(Send{bytes_of("data")}, now);
  CHECK(meter.take() == Cost{0, 0});
}
