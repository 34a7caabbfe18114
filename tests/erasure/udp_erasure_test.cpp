// What is left of udp's secrets, after each step and after each end: in the machines, on the heap
// with all that was ever freed, in variables and on the stack.

#include "tests/erasure/left_over.hpp"
#include "tests/erasure/udp_life.hpp"

using namespace erasure;
using namespace handfast::udp;

namespace {

using Life = UdpLife;

Config rotating() {
  Config config;
  config.epoch_packets_max = 2;
  return config;
}

}  // namespace

TEST_CASE("erasure: each step of a udp handshake leaves only the keys that come after it") {
  Life life;
  (void)life.server_does(Listen{});
  check(life);
  const Departure asked = life.client_does(Dial{});
  life.connect = *wire::binary::decode<Connect>(asked.at(0).bytes);
  check(life);
  const Departure answer = life.server_gets(asked.at(0));
  life.connected = *wire::binary::decode<Connected>(answer.at(0).bytes);
  check(life);
  const Departure first = life.client_gets(answer.at(0));
  check(life);
  (void)life.server_gets(first.at(0));
  check(life);
  (void)life.client_gets(life.server_waits({}).at(0));
  check(life);
  CHECK(life.refused == 0);
  // Named, so that this does not hang on what `check` calls needed.
  CHECK(expected_of(life).needed == std::set<std::string>{"server's lasting key", "client's key 0",
                                                          "server's key 0", "resumption secret"});
}

TEST_CASE("erasure: a Connected that is refused leaves nothing of the keys that it led to") {
  Life life;
  (void)life.server_does(Listen{});
  const Departure asked = life.client_does(Dial{});
  life.connect = *wire::binary::decode<Connect>(asked.at(0).bytes);
  Departure answer = life.server_gets(asked.at(0));
  life.connected = *wire::binary::decode<Connected>(answer.at(0).bytes);
  answer.at(0).bytes.back() ^= 1;
  CHECK(life.client_gets(answer.at(0)).empty());
  CHECK(life.refused == 1);
  check(life);
}

TEST_CASE("erasure: keys of udp that were replaced are gone, the receiver's 10 seconds later") {
  Life life(rotating());
  life.shake_hands();
  for (int i = 1; i <= 5; ++i) {
    (void)life.server_gets(life.send(i).at(0));
    check(life, {"sent " + std::to_string(i)});
    for (const Departed& frame : life.server_waits({})) (void)life.client_gets(frame);
    check(life);
  }
  const auto expected = expected_of(life).needed;
  CHECK(expected.contains("client's key 2"));
  CHECK_FALSE(expected.contains("client's key 0"));
  (void)life.server_waits(10s);
  (void)life.client_waits({});
  check(life);
  CHECK_FALSE(expected_of(life).needed.contains("client's key 1"));
  CHECK(life.refused == 0);
}

TEST_CASE("erasure: packets leave nothing of what they said, opened or refused") {
  Life life;
  life.shake_hands();
  const Departure first = life.send(1), second = life.send(2);
  check(life);
  (void)life.server_gets(first.at(0));
  check(life, {"sent 1"});  // until the next input the server's memory has what it tells
  Departed forged = second.at(0);
  forged.bytes.back() ^= 1;
  (void)life.server_gets(forged);
  check(life);
  Departed ahead = second.at(0);
  ahead.bytes[Address::size + 13] = 3;  // an epoch that never was
  (void)life.server_gets(ahead);
  check(life, {}, {"client's key 3"});  // tried, and held until the next is
  (void)life.server_gets(second.at(0));
  check(life, {"sent 2"});
  (void)life.client_gets(life.send_back(1).at(0));
  check(life, {"sent back 1"});
}

TEST_CASE("erasure: an end of udp leaves what another session goes on from, and else nothing") {
  Life life;
  life.shake_hands();
  const Departure answer = life.server_gets(life.client_does(Disconnect{}).at(0));
  (void)life.client_gets(answer.at(0));
  (void)life.server_waits(3s);
  check(life);
  CHECK(expected_of(life).needed ==
        std::set<std::string>{"server's lasting key", "resumption secret"});
  life.client->context().resumption.reset();
  life.server->context().resumptions = {};
  check(life);
}

TEST_CASE("erasure: sessions of udp that are lost leave nothing, half-open ones too") {
  Life life;
  life.shake_hands();
  (void)life.client_waits(50s);
  (void)life.server_waits(50s);
  check(life);
  CHECK(expected_of(life).needed == std::set<std::string>{"server's lasting key"});

  Life half;
  (void)half.server_does(Listen{});
  const Departure asked = half.client_does(Dial{});
  half.connect = *wire::binary::decode<Connect>(asked.at(0).bytes);
  half.connected = *wire::binary::decode<Connected>(half.server_gets(asked.at(0)).at(0).bytes);
  (void)half.server_waits(10s);
  (void)half.client_does(Disconnect{});
  check(half);
  CHECK(expected_of(half).needed == std::set<std::string>{"server's lasting key"});
}

TEST_CASE("erasure: machines of udp that are destroyed leave nothing at all") {
  Life life(rotating());
  life.shake_hands();
  (void)life.server_gets(life.send(1).at(0));
  well_below([&] {
    life.client.reset();
    life.server.reset();
  });
  check_nothing_left(life);
}
