// What is left of the deployed protocol's secrets, after each step and after each end. What it
// keeps on purpose is its design's, not ours to wipe: the last three receive keys, each of which
// gives all that come after it.

#include "tests/erasure/left_over.hpp"
#include "tests/erasure/stdio_life.hpp"

using namespace erasure;

namespace {

void close_both(CompatLife& life) {
  (void)life.parent_does(LinkClosed{});
  (void)life.child_does(LinkClosed{});
}

}  // namespace

TEST_CASE("erasure: each step of compat's handshake leaves only the keys that come after it") {
  CompatLife life;
  const Departure offer = life.parent_does(Start{});
  check(life);
  (void)life.child_gets(offer.at(0));
  check(life);
  const Departure answer = life.child_does(Listening{child_port});
  check(life);
  CHECK(life.parent_gets(answer.at(0)).empty());
  check(life);
  CHECK(life.refused == 0);
  CHECK(expected_of(life).needed == std::set<std::string>{"alice key 0", "bob key 0"});
}

TEST_CASE(
    "erasure: each exchange of compat leaves no key but the present ones and the three receive "
    "keys that its window keeps on purpose") {
  CompatLife life;
  life.shake_hands();
  for (std::uint64_t id = 1; id <= 6; ++id) {
    const std::string number = std::to_string(id);
    const Departure request = life.ask();
    check(life);
    const Departure response = life.child_gets(request.at(0));
    check(life);
    (void)life.parent_gets(response.at(0));
    check(life, {}, {"response " + number});  // told with this output, gone with the next
    (void)life.parent_does(Start{});          // refused: any call is the next
    check(life);
  }
  CHECK(life.refused == 6);
  CHECK(expected_of(life).needed == std::set<std::string>{"alice key 4", "alice key 5",
                                                          "alice key 6", "bob key 4", "bob key 5",
                                                          "bob key 6"});
}

TEST_CASE("erasure: a compat request that is at work leaves only its own text") {
  CompatLife life;
  life.shake_hands();
  life.answers = false;
  const Departure request = life.ask();
  CHECK(life.child_gets(request.at(0)).empty());
  CHECK(life.child->state_name() == "Answering");
  check(life, {}, {"request 1"});
  const Payload response(response_payload(1));
  (void)life.child_does(Respond{1, response.bytes()});
  life.wait(6s);  // the response is lost
  CHECK(life.parent->state_name() == "Open");
  // The answer that this test gave is on its stack.
  check(life, {"response 1"});
}

TEST_CASE(
    "erasure: where compat's acknowledgements are lost, a key that leaves the window is gone") {
  CompatLife life;
  life.shake_hands();
  for (int i = 0; i < 3; ++i) {
    CHECK(life.child_gets(life.ask().at(0)).size() == 1);  // lost
    life.wait(6s);
    check(life);
  }
  CHECK(expected_of(life).needed == std::set<std::string>{"alice key 0", "bob key 0",  // the parent
                                                          "alice key 1", "alice key 2",
                                                          "alice key 3", "bob key 3"});
  const Departure lost = life.ask();
  CHECK(life.child_gets(lost.at(0)).empty());  // out of the window, as deployed
  CHECK(life.refused == 1);
  // The parent alone still had it.
  (void)life.parent_does(LinkClosed{});
  CHECK(life.parent->state_name() == "Ended");
  check(life);
  CHECK_FALSE(expected_of(life).needed.contains("alice key 0"));
}

TEST_CASE("erasure: a forged compat record leaves nothing of what it said, nor a key more") {
  CompatLife life;
  life.shake_hands();
  for (int i = 0; i < 4; ++i) life.deliver(life.ask());
  Departure request = life.ask();
  request.at(0).bytes.back() ^= 1;
  CHECK(life.child_gets(request.at(0)).empty());
  CHECK(life.refused == 1);
  check(life, {}, {"response 4"});
  request.at(0).bytes.back() ^= 1;
  CHECK(life.child_gets(request.at(0)).size() == 1);
  check(life);
}

namespace {

/// A way in which both sides of compat come to `Closed`.
struct Ending {
  const char* name;
  void (*run)(CompatLife&);
};

/// Five exchanges, then a request at work.
void live_much(CompatLife& life) {
  life.shake_hands();
  for (int i = 0; i < 5; ++i) life.deliver(life.ask());
  life.answers = false;
  (void)life.child_gets(life.ask().at(0));
}

const Ending endings[] = {
    {"nobody answers",
     [](CompatLife& life) {
       (void)life.parent_does(Start{});
       life.wait(11s);
       (void)life.child_does(LinkClosed{});
     }},
    {"the child's process ends before it has answered",
     [](CompatLife& life) {
       (void)life.parent_does(Start{});
       close_both(life);
     }},
    {"the link closes before there is a listener",
     [](CompatLife& life) {
       (void)life.child_gets(life.parent_does(Start{}).at(0));
       close_both(life);
     }},
    {"the answer is lost",
     [](CompatLife& life) {
       (void)life.child_gets(life.parent_does(Start{}).at(0));
       (void)life.child_does(Listening{child_port});
       life.wait(11s);
       (void)life.child_does(LinkClosed{});
     }},
    {"the link closes before the first request",
     [](CompatLife& life) {
       life.shake_hands();
       close_both(life);
     }},
    {"the link closes between two requests",
     [](CompatLife& life) {
       life.shake_hands();
       life.deliver(life.ask());
       close_both(life);
     }},
    {"the link closes while a request is at work",
     [](CompatLife& life) {
       live_much(life);
       close_both(life);
     }},
    {"the link closes after a request was given up",
     [](CompatLife& life) {
       live_much(life);
       life.wait(6s);
       close_both(life);
     }},
};

}  // namespace

TEST_CASE("erasure: each way in which compat ends leaves no key and no payload, its window gone") {
  for (const Ending& ending : endings) {
    INFO(ending.name);
    CompatLife life;
    ending.run(life);
    CHECK(life.parent->state_name() == "Ended");
    CHECK(life.child->state_name() == "Ended");
    check_nothing_left(life);
  }
}

TEST_CASE("erasure: a compat machine that is destroyed leaves no key and no payload") {
  CompatLife life;
  live_much(life);
  well_below([&] {
    life.parent.reset();
    life.child.reset();
  });
  check_nothing_left(life);
}
