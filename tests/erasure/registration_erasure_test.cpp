// What is left of registration's secrets, after each step and after each end: in the machines, on
// the heap with all that was ever freed, in variables and on the stack.

#include "tests/erasure/left_over.hpp"
#include "tests/erasure/registration_life.hpp"

using namespace erasure;
using namespace handfast::registration;

namespace {

using Life = RegistrationLife;
const std::set<std::string> lasting = {"client's lasting key", "server's lasting key"};

/// The last character but one of the proof at the end of a line, changed.
Departed forged(Departed line) {
  auto& character = line.bytes[line.bytes.size() - 4];
  character = character == 'A' ? 'Q' : 'A';
  return line;
}
void talk(Life& life) {
  for (int i = 1; i <= 3; ++i) {
    (void)life.server_gets(life.send(i).at(0));
    (void)life.client_gets(
        life.server_does(Report{static_cast<std::uint64_t>(i), Fate::forwarded}).at(0));
    life.deliver(i);
  }
}

}  // namespace

TEST_CASE("erasure: each step of a registration leaves only the keys that come after it") {
  Life life;
  check(life);
  (void)life.client_does(Connect{});
  const Departure challenge = life.server_does(Accept{});
  check(life);
  const Departure response = life.client_gets(challenge.at(0));
  check(life);
  (void)life.server_gets(response.at(0));
  check(life);
  const Departure success = life.server_does(Admit{});
  check(life);
  (void)life.client_gets(success.at(0));
  check(life);
  CHECK(life.refused == 0);
  // Named, so that this does not hang on what `check` calls needed.
  auto needed = lasting;
  needed.insert({"key to the server", "key to the client"});
  CHECK(expected_of(life).needed == needed);
}

TEST_CASE("erasure: a proof that is refused leaves nothing of the keys that it led to") {
  Life life;
  (void)life.client_does(Connect{});
  const Departure response = life.client_gets(life.server_does(Accept{}).at(0));
  CHECK(life.server_gets(forged(response.at(0))).empty());
  check(life);
  (void)life.server_gets(response.at(0));
  const Departure success = life.server_does(Admit{});
  CHECK(life.client_gets(forged(success.at(0))).empty());
  CHECK(life.refused == 2);
  check(life);
}

TEST_CASE("erasure: messages of the registered leave nothing of what they said") {
  Life life;
  life.shake_hands();
  const Departure first = life.send(1);
  check(life);
  // Until the next input the server's memory has what it tells.
  (void)life.server_gets(first.at(0));
  check(life, {"sent 1"});
  (void)life.server_does(Drained{1});
  check(life);
  life.deliver(1);
  check(life, {"delivered 1"});
  talk(life);
  (void)life.client_does(Send{life.somebody, {}});
  check(life);
}

namespace {

/// A way in which both sides come to `Closed`.
struct Ending {
  const char* name;
  void (*run)(Life&);
};

void close_both(Life& life) {
  (void)life.client_does(LinkClosed{});
  (void)life.server_does(LinkClosed{});
}

const Ending endings[] = {
    {"nobody answers",
     [](Life& life) {
       (void)life.client_does(Connect{});
       (void)life.server_does(Accept{});
       life.wait(11s);
     }},
    {"the link closes before the response",
     [](Life& life) {
       (void)life.client_does(Connect{});
       (void)life.server_does(Accept{});
       close_both(life);
     }},
    {"nobody says whether the client may come in",
     [](Life& life) {
       life.introduce();
       life.wait(11s);
     }},
    {"the client is declined",
     [](Life& life) {
       life.introduce();
       (void)life.client_gets(life.server_does(Decline{}).at(0));
     }},
    {"the link closes before the result",
     [](Life& life) {
       life.introduce();
       close_both(life);
     }},
    {"the link closes",
     [](Life& life) {
       life.shake_hands();
       talk(life);
       close_both(life);
     }},
    {"silence",
     [](Life& life) {
       life.shake_hands();
       talk(life);
       life.wait(60s);  // a ping that is lost
       life.wait(1s);
     }},
    {"the client is superseded",
     [](Life& life) {
       life.shake_hands();
       talk(life);
       (void)life.client_gets(life.server_does(Supersede{}).at(0));
       life.wait(11s);
     }},
};

}  // namespace

TEST_CASE("erasure: each way in which a registration ends leaves only the lasting keys") {
  for (const Ending& ending : endings) {
    INFO(ending.name);
    Life life;
    ending.run(life);
    CHECK(life.client->state_name() == "Ended");
    CHECK(life.server->state_name() == "Ended");
    check(life);
    CHECK(expected_of(life).needed == lasting);
  }
}

TEST_CASE("erasure: a client and a server that are destroyed leave nothing") {
  Life life;
  life.shake_hands();
  talk(life);
  well_below([&] {
    life.client.reset();
    life.server.reset();
  });
  check_nothing_left(life);
}
