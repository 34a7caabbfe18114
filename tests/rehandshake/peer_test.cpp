#include "tests/rehandshake/pair.hpp"

#include "handfast/testing/seeded.hpp"

// Two sides that may both begin.

using namespace rehandshake_test;

TEST_CASE("rehandshake: where both begin, the smaller id goes on and the other one answers") {
  Peers pair;
  const Bits ours = pair.first.does(Start{}).frames.at(0);
  const Bits theirs = pair.second.does(Start{}).frames.at(0);
  const auto ignored = pair.first.gets(theirs);
  CHECK(ignored.is_silent());
  CHECK(pair.first.state() == "AwaitingResponse");
  const auto answer = pair.second.gets(ours);
  REQUIRE(answer.frames.size() == 1);
  REQUIRE(answer.event<AttemptEnded>());
  CHECK(answer.event<AttemptEnded>()->fault == Fault::superseded);
  CHECK(answer.event<AttemptEnded>()->cause == Cause::connected);
  CHECK(pair.second.state() == "AwaitingComplete");
  const auto done = pair.first.gets(answer.frames[0]);
  CHECK(pair.second.gets(done.frames.at(0)).event<Commit>());
  CHECK(pair.first.state() == "Confirmed");
  CHECK(pair.second.state() == "Confirmed");
  // What was ignored is not answered later either.
  check_refused(pair.first, theirs, Fault::replayed);
}

TEST_CASE("rehandshake: either peer may begin alone") {
  Peers pair;
  pair.confirm();
  const Bits request = pair.second.does(Start{Cause::migrated}).frames.at(0);
  const auto done = pair.second.gets(pair.first.gets(request).frames.at(0));
  CHECK(done.event<AttemptEnded>()->cause == Cause::migrated);
  CHECK(pair.first.gets(done.frames.at(0)).event<Commit>());
}

TEST_CASE("rehandshake: peers of one name are a fault of the configuration", "[illegal]") {
  Config config;
  config.local_id = config.remote_id = id(3);
  PairOf<Peer<>, Peer<>> pair(config);
  CHECK(pair.first.does(Start{}).fault() == Fault::bad_argument);
  Peers good;
  check_refused(pair.second, good.request(), Fault::bad_argument);
}

TEST_CASE("rehandshake: a peer takes nothing of its own back", "[attack]") {
  Peers pair;
  const Bits request = pair.request();
  check_refused(pair.first, request, Fault::not_authentic);
  const Bits response = pair.second.gets(request).frames.at(0);
  check_dropped(pair.second, response);  // it waits for something else
  const Bits complete = pair.first.gets(response).frames.at(0);
  check_dropped(pair.first, complete);
  (void)pair.second.gets(complete);
  const Bits next = pair.request();
  (void)pair.second.does(Start{});
  // Nor does a REQUEST of the one pass for one of the other's, nor a RESPONSE of a run before.
  check_refused(pair.second, response, Fault::not_authentic);
  check_refused(pair.first, next, Fault::not_authentic);
}

TEST_CASE("rehandshake: while a COMPLETE is awaited a start is the caller's fault") {
  Peers pair;
  (void)pair.second.gets(pair.request());
  CHECK(pair.second.does(Start{}).fault() == Fault::not_allowed_now);
  CHECK(pair.second.state() == "AwaitingComplete");
}

TEST_CASE("rehandshake: a peer that backs off, or has given up, answers") {
  Config config;
  config.attempts_max = 1;
  Peers pair(config);
  (void)pair.second.does(Start{});
  (void)pair.second.waits(5s);
  CHECK(pair.second.state() == "Failed");
  pair.first.now = pair.second.now;
  pair.confirm();

  Peers patient;
  (void)patient.second.does(Start{});
  (void)patient.second.waits(5s);
  CHECK(patient.second.state() == "BackingOff");
  patient.first.now = patient.second.now;
  patient.confirm();
}

TEST_CASE("rehandshake: a crossing REQUEST must be authentic to stop ours", "[attack]") {
  Peers pair;
  (void)pair.first.does(Start{});
  Bits theirs = pair.second.does(Start{}).frames.at(0);
  theirs.back() ^= 1;
  check_refused(pair.first, theirs, Fault::not_authentic);
  Peers other;
  Bits ours = other.request();
  ours[24] ^= 1;
  check_refused(pair.second, ours, Fault::not_authentic);
  CHECK(pair.second.state() == "AwaitingResponse");
}

TEST_CASE(
    "rehandshake: however two peers begin, and whatever is lost, delayed or repeated, "
    "they agree once the network is good",
    "[property]") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    testing::Seeded numbers(seed);
    Config config;
    config.attempts_max = 50;
    Peers pair(config);
    struct Travelling {
      Bits frame;
      bool is_to_second;
      SteadyTime at;
    };
    std::vector<Travelling> travelling;
    std::array<std::vector<Claim>, 2> running, committed;
    unsigned loss = 40;
    const auto take = [&](const auto& result, bool is_first) {
      for (const Bits& frame : result.frames) {
        const unsigned copies = numbers.chance(loss) ? 0 : 1 + numbers.chance(loss);
        for (unsigned i = 0; i < copies; ++i)
          travelling.push_back(
              {frame, is_first,
               pair.first.now.steady +
                   Duration(1ms) * static_cast<int>(numbers.below(loss == 0 ? 50 : 4000))});
      }
      for (const auto& event : result.events) {
        if (const auto* one = std::get_if<Running>(&event)) running[is_first].push_back(one->claim);
        if (const auto* one = std::get_if<Commit>(&event))
          committed[is_first].push_back(one->claim);
      }
    };
    const auto run = [&](int ticks) {
      for (int i = 0; i < ticks; ++i) {
        pair.wait(50ms);
        take(pair.first.waits(0s), true);
        take(pair.second.waits(0s), false);
        for (std::size_t k = 0; k < travelling.size(); ++k) {
          if (travelling[k].at > pair.first.now.steady) continue;
          const Travelling one = travelling[k];
          travelling.erase(travelling.begin() + static_cast<std::ptrdiff_t>(k--));
          if (one.is_to_second)
            take(pair.second.gets(one.frame), false);
          else
            take(pair.first.gets(one.frame), true);
        }
      }
    };
    for (int i = 0; i < 6; ++i) {
      if (numbers.chance(50)) take(pair.first.does(Start{}), true);
      if (numbers.chance(50)) take(pair.second.does(Start{}), false);
      run(static_cast<int>(numbers.below(160)));
    }
    loss = 0;
    run(4000);  // 200 s: what is under way ends, challenges are forgotten
    const std::array before{committed[0].size(), committed[1].size()};
    const auto asked = pair.first.does(Start{});
    take(asked, true);
    take(pair.second.does(Start{}), false);
    run(40);
    CHECK(committed[0].size() == before[0] + 1);
    CHECK(committed[1].size() == before[1] + 1);
    CHECK(pair.first.state() == "Confirmed");
    CHECK(pair.second.state() == "Confirmed");
    // Who commits agrees with somebody who was running, each run once.
    for (const std::size_t side : {0u, 1u}) {
      for (const Claim& claim : committed[side]) {
        const auto same = [&](const Claim& other) {
          return other.transcript == claim.transcript && other.key_id == claim.key_id &&
                 other.role != claim.role;
        };
        CHECK(std::ranges::count_if(running[1 - side], same) == 1);
        CHECK(std::ranges::count(committed[side], claim) == 1);
      }
    }
  }
}

TEST_CASE("rehandshake: a COMPLETE that is lost does not end what a peer does each period") {
  Config config;
  config.period = std::chrono::minutes(10);
  for (const bool has_period : {false, true}) {
    Peers pair(has_period ? config : Config{});
    pair.confirm();
    (void)pair.second.gets(pair.request());
    CHECK(pair.second.state() == "AwaitingComplete");
    const auto overdue = pair.second.waits(5s);
    REQUIRE(overdue.event<AttemptEnded>());
    CHECK(overdue.event<AttemptEnded>()->fault == Fault::timed_out);
    CHECK(pair.second.state() == (has_period ? "Failed" : "Idle"));
    CHECK(pair.second.waits(10min - 1ns).frames.empty());
    CHECK(pair.second.waits(1ns).frames.size() == (has_period ? 1 : 0));
  }
}
