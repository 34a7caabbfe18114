#include "tests/rehandshake/pair.hpp"

// Row by row: each rule in every state that has a row for it, each command and where it leads.

using namespace rehandshake_test;

namespace {

template <class AnyPair>
constexpr bool of_peers = std::derived_from<AnyPair, PairOf<Peer<>, Peer<>>>;

/// Two peers of which the second has the smaller id.
struct TurnedPeers : PairOf<Peer<>, Peer<>> {
  TurnedPeers() : PairOf(Peers::named({}, 2, 1), Peers::named({}, 1, 2)) {}
};

/// How the second side of a fresh pair comes to `state`.
template <class AnyPair>
struct Way {
  std::string_view state;
  std::function<void(AnyPair&)> go;
};
/// The asking side, the first; both clocks show the same time then.
template <class AnyPair>
std::vector<Way<AnyPair>> ways_of_asking() {
  const auto waits = [](AnyPair& pair) {
    (void)pair.first.waits(pair.first.context().config.timeout);
    pair.second.now = pair.first.now;
  };
  return {{"Idle", [](AnyPair&) {}},
          {"AwaitingResponse", [](AnyPair& pair) { (void)pair.request(); }},
          {"BackingOff",
           [=](AnyPair& pair) {
             (void)pair.request();
             waits(pair);
           }},
          {"Failed",
           [=](AnyPair& pair) {
             pair.first.context().config.attempts_max = 1;
             (void)pair.request();
             waits(pair);
           }},
          {"Confirmed", [](AnyPair& pair) { pair.confirm(); }}};
}
/// The answering side, the second. The first can begin anew.
template <class AnyPair>
std::vector<Way<AnyPair>> ways_of_answering() {
  std::vector<Way<AnyPair>> ways{{"Idle", [](AnyPair&) {}},
                                 {"Confirmed", [](AnyPair& pair) { pair.confirm(); }},
                                 {"AwaitingComplete", [](AnyPair& pair) {
                                    (void)pair.second.gets(pair.request());
                                    pair.first.forgets();
                                  }}};
  if constexpr (of_peers<AnyPair>) {
    const auto waits = [](AnyPair& pair) {
      (void)pair.second.does(Start{});
      (void)pair.second.waits(pair.second.context().config.timeout);
      pair.first.now = pair.second.now;
    };
    ways.push_back({"AwaitingResponse", [](AnyPair& pair) { (void)pair.second.does(Start{}); }});
    ways.push_back({"BackingOff", waits});
    ways.push_back({"Failed", [=](AnyPair& pair) {
                      pair.second.context().config.attempts_max = 1;
                      waits(pair);
                    }});
  }
  return ways;
}

/// A REQUEST of the first side by a clock that differs by so many milliseconds.
Bits request_at(auto& pair, std::int64_t later) {
  const Time now = pair.first.now;
  pair.first.forgets();
  pair.first.now.utc += std::chrono::milliseconds(later);
  const Bits request = pair.request();
  pair.first.now = now;
  return request;
}
/// `frame` under the name of another session.
Bits renamed(Bits frame) {
  frame[8] ^= 1;
  return frame;
}

/// What a command is refused with; nothing has changed then.
template <class Role, class Command>
void check_refuses(Side<Role>& side, const Command& command, Fault fault) {
  const Bits before = side.snapshot();
  const auto result = side.does(command);
  CHECK(result.fault() == fault);
  CHECK(result.frames.empty());
  CHECK(side.snapshot() == before);
}

}  // namespace

TEMPLATE_TEST_CASE("rehandshake: each rule of a REQUEST stands in every state that answers one",
                   "[illegal]", Pair, Peers, TurnedPeers) {
  for (const auto& way : ways_of_answering<TestType>()) {
    INFO("in " << way.state);
    TestType pair;
    way.go(pair);
    REQUIRE(pair.second.state() == way.state);
    const Bits good = request_at(pair, 0);
    check_refused(pair.second, renamed(good), Fault::wrong_session);
    check_refused(pair.second, request_at(pair, -30'001), Fault::stale);
    check_refused(pair.second, request_at(pair, 30'001), Fault::too_far_ahead);

    Config& config = pair.second.context().config;
    const Config sound = config;
    config.timeout = 0s;
    check_refused(pair.second, good, Fault::bad_argument);
    config = sound;

    // Whose own REQUEST goes on answers nothing, and needs no challenge of its own for that.
    const bool goes_on = std::same_as<TestType, TurnedPeers> && way.state == "AwaitingResponse";
    if (!goes_on) {
      pair.second.random().fail_next(1, 32);
      check_refused(pair.second, good, Fault::random_source_failed);
    }
    CHECK(pair.second.gets(good).frames.size() == (goes_on ? 0 : 1));
    CHECK(pair.second.state() == (goes_on ? "AwaitingResponse" : "AwaitingComplete"));
  }
}

TEMPLATE_TEST_CASE("rehandshake: a RESPONSE and a COMPLETE name the session too", "[illegal]", Pair,
                   Peers) {
  TestType pair;
  const Bits response = pair.second.gets(pair.request()).frames.at(0);
  check_refused(pair.first, renamed(response), Fault::wrong_session);
  const Bits complete = pair.first.gets(response).frames.at(0);
  check_refused(pair.second, renamed(complete), Fault::wrong_session);
  CHECK(pair.second.gets(complete).template event<Commit>());
}

TEMPLATE_TEST_CASE("rehandshake: who begins is sound in every state that may begin", "[illegal]",
                   Pair, Peers) {
  for (const auto& way : ways_of_asking<TestType>()) {
    if (way.state == "AwaitingResponse" || way.state == "BackingOff") continue;
    INFO("in " << way.state);
    TestType pair;
    way.go(pair);
    REQUIRE(pair.first.state() == way.state);
    Config& config = pair.first.context().config;
    const Config sound = config;
    config.timeout = 0s;
    check_refuses(pair.first, Start{}, Fault::bad_argument);
    config = sound;
    pair.first.random().fail_next(1, 32);
    check_refuses(pair.first, Start{}, Fault::random_source_failed);
    CHECK(pair.first.does(Start{}).frames.size() == 1);
    CHECK(pair.first.state() == "AwaitingResponse");
  }
}

TEMPLATE_TEST_CASE("rehandshake: other keys are taken in every state, if they are later ones", "",
                   Pair, Peers) {
  const auto check = [](auto& side, bool is_first, std::string_view state) {
    INFO("in " << state);
    REQUIRE(side.state() == state);
    check_refuses(side, Rotate{nullptr}, Fault::bad_argument);
    const SessionKeys same = keys_of(is_first, 0, 50), later = keys_of(is_first, 1, 50);
    check_refuses(side, Rotate{&same}, Fault::bad_argument);
    const auto result = side.does(Rotate{&later});
    CHECK_FALSE(result.fault());
    const auto* ended = result.template event<AttemptEnded>();
    CHECK((ended != nullptr) == state.starts_with("Awaiting"));
    if (ended != nullptr) CHECK(ended->fault == Fault::superseded);
    CHECK(side.state() == "Idle");
    CHECK(side.context().proof_macs.epoch == 1);
    CHECK_FALSE(result.due);
  };
  for (const auto& way : ways_of_asking<TestType>()) {
    TestType pair;
    way.go(pair);
    check(pair.first, true, way.state);
  }
  for (const auto& way : ways_of_answering<TestType>()) {
    TestType pair;
    way.go(pair);
    check(pair.second, false, way.state);
  }
}

TEMPLATE_TEST_CASE("rehandshake: the end may be said in every state, and is one", "", Pair, Peers) {
  const auto check = [](auto& side, std::string_view state) {
    INFO("in " << state);
    REQUIRE(side.state() == state);
    const auto result = side.does(Stop{});
    CHECK(result.template event<Closed>());
    CHECK((result.template event<AttemptEnded>() != nullptr) == state.starts_with("Awaiting"));
    CHECK(result.frames.empty());
    CHECK(side.state() == "Ended");
    CHECK_FALSE(side.context().proof_macs.own_initiator.has_key());
    CHECK_FALSE(result.due);
  };
  for (const auto& way : ways_of_asking<TestType>()) {
    TestType pair;
    way.go(pair);
    check(pair.first, way.state);
  }
  for (const auto& way : ways_of_answering<TestType>()) {
    TestType pair;
    way.go(pair);
    check(pair.second, way.state);
  }
}
