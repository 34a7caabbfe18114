// What is left of a session's keys in a re-handshake and in a migration, after each step and after
// each end: in the machines, on the heap with all that was ever freed, in variables and on the
// stack.

#include "tests/erasure/left_over.hpp"
#include "tests/erasure/rehandshake_life.hpp"

using namespace erasure;
using namespace handfast::rehandshake;

TEST_CASE("erasure: of a session's keys a re-handshake keeps those of its proofs, and no others") {
  RehandshakeLife life;
  check(life);
  const Departure request = life.first_does(Start{});
  check(life);
  const Departure response = life.second_gets(request.at(0));
  check(life);
  const Departure complete = life.first_gets(response.at(0));
  check(life);
  (void)life.second_gets(complete.at(0));
  check(life);
  CHECK(life.refused == 0);
  CHECK(expected_of(life).needed == std::set<std::string>{"first initiates 0", "first responds 0",
                                                          "second initiates 0",
                                                          "second responds 0"});
}

TEST_CASE("erasure: proofs that are refused leave nothing") {
  RehandshakeLife life;
  Departure request = life.first_does(Start{});
  request.at(0).bytes.back() ^= 1;
  (void)life.second_gets(request.at(0));
  CHECK(life.refused == 1);
  check(life);
}

TEST_CASE("erasure: keys of proofs that were replaced are gone") {
  RehandshakeLife life;
  life.shake_hands();
  life.rotate();
  check(life);
  life.shake_hands();
  CHECK(life.refused == 0);
  check(life);
  CHECK(expected_of(life).needed.contains("first initiates 1"));
  CHECK_FALSE(expected_of(life).needed.contains("first initiates 0"));
}

TEST_CASE("erasure: a re-handshake that is over leaves nothing at all") {
  RehandshakeLife life;
  life.shake_hands();
  (void)life.first_does(Stop{});
  (void)life.second_does(Stop{});
  check_nothing_left(life);

  RehandshakeLife destroyed;
  destroyed.shake_hands();
  well_below([&] {
    destroyed.first.reset();
    destroyed.second.reset();
  });
  check_nothing_left(destroyed);
}

TEST_CASE("erasure: what is said over paths is kept until it is acknowledged, and no longer") {
  MigrationLife life;
  (void)life.first_does(Start{});
  (void)life.second_does(Start{});
  check(life);
  const Departure said = life.send(1);
  check(life, {"payload 1"});
  (void)life.second_gets(said.at(0));
  const Departure acknowledged = life.second_waits(20ms);
  (void)life.first_gets(acknowledged.at(0));
  check(life);
  CHECK(life.refused == 0);
}

TEST_CASE("erasure: a migration that is over leaves nothing at all") {
  MigrationLife life;
  (void)life.first_does(Start{});
  (void)life.second_does(Start{});
  (void)life.second_gets(life.send(1).at(0));
  const Departure over = life.second_gets(life.first_does(Disconnect{}).at(0));
  const Departure acknowledged = life.second_waits(0s);
  (void)life.first_gets(over.at(0));
  (void)life.first_gets(acknowledged.at(0));
  (void)life.second_gets(life.first_waits(0s).at(0));
  (void)life.first_waits(3s);
  (void)life.second_waits(0s);
  CHECK(life.first->state_name() == "Ended");
  CHECK(life.second->state_name() == "Ended");
  check_nothing_left(life);
}
