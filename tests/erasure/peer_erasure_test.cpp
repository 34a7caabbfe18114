// What is left of the secrets of two contacts, after each step and after each end: in the machines,
// on the heap with all that was ever freed, in variables and on the stack.

#include "tests/erasure/left_over.hpp"
#include "tests/erasure/peer_life.hpp"

using namespace erasure;
using namespace std::chrono_literals;
using Peer = handfast::registration::Peer;

namespace {

const std::set<std::string> lasting = {"Alice's lasting key", "Bob's lasting key"};
const std::set<std::string> of_contacts = {"Alice's lasting key", "Bob's lasting key", "hello key",
                                           "new session key"};

bool is_of_session(const std::string& name, int number) {
  return name.starts_with("session " + std::to_string(number) + ":");
}

}  // namespace

TEST_CASE("erasure: each step in which contacts agree on a session leaves only what comes after") {
  PeerLife life;
  check(life);
  life.meet();
  check(life);
  const Departure hello = life.does(0, Peer::Call{});
  check(life);
  const Departure ack = life.gets(1, hello.at(0));
  check(life);
  const Departure first = life.gets(0, ack.at(0));
  check(life);
  const Departure answer = life.gets(1, first.at(0));
  check(life);
  CHECK(life.gets(0, answer.at(0)).empty());
  check(life);
  CHECK(life.refused == 0);
}

TEST_CASE("erasure: a HELLO_ACK that proves nothing leaves nothing of the keys that it led to") {
  PeerLife life;
  life.meet();
  const Departure ack = life.gets(1, life.does(0, Peer::Call{}).at(0));
  Departed forged = ack.at(0);
  forged.bytes.back() ^= 1;
  CHECK(life.gets(0, forged).empty());
  CHECK(life.refused == 1);
  check(life);
}

TEST_CASE("erasure: messages of contacts leave nothing of what they said") {
  PeerLife life;
  life.meet();
  life.carry(0, life.does(0, Peer::Call{}));
  const Departure first = life.says(0, 1);
  check(life);
  // Until the next input the receiver's memory has what it tells.
  CHECK(life.gets(1, first.at(0)).empty());
  check(life, {"said 1"});
  life.carry(1, life.says(1, 2));
  check(life, {"said 2"});
  life.carry(0, life.does(0, Peer::Send{}));
  check(life);
  CHECK(life.refused == 0);
}

TEST_CASE("erasure: a renewal leaves nothing of the session before once the contact is heard") {
  PeerLife life;
  life.meet();
  life.carry(0, life.does(0, Peer::Call{}));
  life.carry(0, life.says(0, 1));
  const Departure hello = life.does(0, Peer::Call{});
  check(life, {"said 1"});
  const Departure ack = life.gets(1, hello.at(0));
  check(life);
  const Departure first = life.gets(0, ack.at(0));  // she may still be sent frames of the first
  check(life);
  const Departure answer = life.gets(1, first.at(0));
  check(life);
  CHECK(life.gets(0, answer.at(0)).empty());
  check(life);
  for (const std::string& name : expected_of(life).needed) CHECK_FALSE(is_of_session(name, 1));
  CHECK(life.refused == 0);
}

TEST_CASE("erasure: a session that has ended leaves only the contacts' lasting keys", "[timeout]") {
  PeerLife life;
  life.meet();
  life.carry(0, life.does(0, Peer::Call{}));
  life.carry(0, life.says(0, 1));
  // Nobody is heard any more: each asks for another session as long as this one is there.
  for (int i = 0; i < 24 * 60 + 10; ++i) {
    life.now.steady += 1min;
    for (const int who : {0, 1}) (void)life.advance(who);
  }
  for (const int who : {0, 1}) CHECK(life.machines[who]->state_name() == "Met");
  CHECK(expected_of(life).needed == of_contacts);
  CHECK(expected_of(life).held.empty());
  check(life);
}

TEST_CASE("erasure: contacts that are destroyed leave nothing") {
  PeerLife life;
  life.meet();
  life.carry(0, life.does(0, Peer::Call{}));
  life.carry(0, life.says(0, 1));
  well_below([&] {
    for (auto& machine : life.machines) machine.reset();
  });
  check_nothing_left(life);
}

TEST_CASE("erasure: a messenger that forgets its contact keeps nothing of their session") {
  MessengerLife life;
  for (const int who : {0, 1}) {
    life.say(who, who + 1);
    life.wait(2s);
  }
  life.wait(2s);
  CHECK(life.heard == 2);
  for (const int who : {0, 1}) life.forget(who);
  check(life);
  CHECK(expected_of(life).needed == lasting);
}

TEST_CASE("erasure: a messenger that forgets its contact keeps nothing of what waited") {
  MessengerLife life;
  life.say(0, 1);
  life.forget(0);
  check(life);
  well_below([&] {
    for (auto& messenger : life.messengers) messenger.reset();
  });
  check_nothing_left(life);
}
