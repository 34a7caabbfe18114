// What is left of stdio's secrets, after each step and after each end: in the machines, on the heap
// with all that was ever freed, in variables and on the stack.

#include "tests/erasure/left_over.hpp"
#include "tests/erasure/stdio_life.hpp"

using namespace erasure;

namespace {

/// The lines are exchanged; the parent's first record is on its way.
Departure exchange_lines(Life& life) {
  (void)life.child_gets(life.parent_does(Start{}).at(0));
  return life.parent_gets(life.child_does(Listening{40000}).at(0));
}

void close_both(Life& life) {
  (void)life.parent_does(LinkClosed{});
  (void)life.child_does(LinkClosed{});
}

}  // namespace

TEST_CASE("erasure: each step of stdio's handshake leaves only the keys that come after it") {
  Life life;
  const Departure offer = life.parent_does(Start{});
  check(life);
  (void)life.child_gets(offer.at(0));
  check(life);
  const Departure answer = life.child_does(Listening{40000});
  check(life);
  const Departure first = life.parent_gets(answer.at(0));
  check(life);
  const Departure acknowledgement = life.child_gets(first.at(0));
  check(life);
  (void)life.parent_gets(acknowledgement.at(0));
  check(life);
  CHECK(life.refused == 0);
  // Named, so that this does not hang on what `check` calls needed.
  const Expected expected = expected_of(life);
  CHECK(expected.needed == std::set<std::string>{"epoch 0: alice chain 2", "epoch 0: bob chain 2",
                                                 "epoch 0: next root"});
}

TEST_CASE("erasure: a refused answer leaves nothing of the keys that it led to") {
  Life life;
  (void)life.child_gets(life.parent_does(Start{}).at(0));
  Departure answer = life.child_does(Listening{40000});
  auto& line = answer.at(0).bytes;
  const std::vector<std::uint8_t> right = line;
  line[line.size() - 4] = line[line.size() - 4] == 'A' ? 'Q' : 'A';  // of the confirmation
  CHECK(life.parent_gets(answer.at(0)).empty());
  CHECK(life.refused == 1);
  check(life);
  line = right;
  CHECK(life.parent_gets(answer.at(0)).size() == 1);
  check(life);
}

TEST_CASE("erasure: each record of stdio leaves only the keys and payloads that come after it") {
  Life life;
  life.shake_hands();
  for (std::uint64_t id = 1; id <= 5; ++id) {
    const std::string number = std::to_string(id), before = std::to_string(id - 1);
    const std::set<std::string> last_answer =
        id == 1 ? std::set<std::string>{} : std::set{"response " + before};
    const Departure request = life.ask();
    std::set<std::string> kept = last_answer;  // the child may be asked for it again
    kept.insert("request " + number);
    check(life, kept);
    const Departure response = life.child_gets(request.at(0));
    check(life, {"request " + number, "response " + number});
    (void)life.parent_gets(response.at(0));
    check(life, {"response " + number});
  }
  CHECK(life.refused == 0);
  CHECK(expected_of(life).needed.contains("epoch 0: alice chain 7"));
}

TEST_CASE("erasure: over a gap only the skipped message keys are kept, and each goes when used") {
  Life life;
  life.shake_hands();
  const Departure requests[] = {life.ask(), life.ask(), life.ask(), life.ask(), life.ask()};
  std::set<std::string> kept = {"request 1", "request 2", "request 3", "request 4", "request 5"};
  check(life, kept);
  // 2, 3, 4 and 5 are skipped; the window keeps three.
  life.deliver(requests[4]);
  kept.erase("request 5");
  kept.insert("response 5");
  const auto with = [&](std::set<std::string> more) {
    more.insert(kept.begin(), kept.end());
    return more;
  };
  check(life,
        with({"epoch 0: alice message 3", "epoch 0: alice message 4", "epoch 0: alice message 5"}));
  life.deliver(requests[2]);
  kept.erase("request 3");
  kept.insert("response 3");
  check(life, with({"epoch 0: alice message 3", "epoch 0: alice message 5"}),
        {"epoch 0: alice message 4"});
  life.deliver(requests[2]);  // a replay, refused
  life.deliver(requests[0]);  // its key has left the window: refused
  CHECK(life.refused == 2);
  check(life, with({"epoch 0: alice message 3", "epoch 0: alice message 5"}),
        {"epoch 0: alice message 4"});
  life.deliver(requests[1]);
  life.deliver(requests[3]);
  for (const char* const id : {"2", "4"}) {
    kept.erase("request " + std::string(id));
    kept.insert("response " + std::string(id));
  }
  check(life, kept, {"epoch 0: alice message 5"});  // the last that was opened
  life.deliver(life.ask());
  kept.insert("response 6");
  check(life, kept);
}

TEST_CASE("erasure: a forged record leaves no key of the gap that it claimed") {
  Life life;
  life.shake_hands();
  const Departure requests[] = {life.ask(), life.ask(), life.ask(), life.ask()};
  Departed forged = requests[3].at(0);
  forged.bytes.back() ^= 1;
  CHECK(life.child_gets(forged).empty());
  CHECK(life.refused == 1);
  const std::set<std::string> kept = {"request 1", "request 2", "request 3", "request 4"};
  check(life, kept);
  // Until the next input the object that opens still holds the key that was tried.
  CHECK(life.child_gets(requests[0].at(0)).size() == 1);
  check(life, {"request 1", "request 2", "request 3", "request 4", "response 1"});
}

TEST_CASE("erasure: after a rekey nothing is left of the epoch before") {
  Life life;
  life.shake_hands();
  life.deliver(life.ask());
  const Departure lost = life.ask();
  const Departure request = life.parent_does(Rekey{});
  const std::set<std::string> kept = {"response 1", "request 2"};
  check(life, kept);
  const Departure response = life.child_gets(request.at(0));
  // The child keeps the epoch before until the parent has shown that it has the new keys, and of
  // the lost request the key.
  check(life, {"response 1", "request 2", "epoch 0: alice message 3"});
  const Departure first = life.parent_gets(response.at(0));
  check(life, {"response 1", "request 2", "epoch 0: alice message 3"});
  const Departure acknowledgement = life.child_gets(first.at(0));
  check(life, kept, {"epoch 0: bob message 3", "epoch 0: bob chain extract 3"});
  (void)life.parent_gets(acknowledgement.at(0));
  check(life, kept);
  for (const std::string& name : expected_of(life).needed) CHECK(name.starts_with("epoch 1: "));
  CHECK(life.child_gets(lost.at(0)).empty());
  CHECK(life.refused == 1);
  check(life, kept);
}

TEST_CASE("erasure: the keys are gone from the parent once the child has agreed to the end") {
  Life life;
  life.shake_hands();
  life.deliver(life.ask());
  life.deliver(life.parent_does(Shutdown{}));
  CHECK(life.parent->state_name() == "ClosingConnections");
  check(life, {"response 1"});
  (void)life.child_does(LinkClosed{});
  CHECK(life.child->state_name() == "Ended");
  check_nothing_left(life);
}

namespace {

/// A way in which both sides come to `Closed`.
struct Ending {
  const char* name;
  void (*run)(Life&);
};

/// As much as there can be: answered, unanswered and skipped requests, and a delivered one.
void live_much(Life& life) {
  life.shake_hands();
  life.deliver(life.ask());
  life.answers = false;
  const Departure skipped = life.ask();
  (void)life.child_gets(life.ask().at(0));
}

const Ending endings[] = {
    {"nobody answers",
     [](Life& life) {
       (void)life.parent_does(Start{});
       life.wait(11s);
       (void)life.child_does(LinkClosed{});
     }},
    {"the child's process ends before it has answered",
     [](Life& life) {
       (void)life.parent_does(Start{});
       close_both(life);
     }},
    {"the link closes before there is a listener",
     [](Life& life) {
       (void)life.child_gets(life.parent_does(Start{}).at(0));
       close_both(life);
     }},
    {"the answer is lost",
     [](Life& life) {
       (void)life.child_gets(life.parent_does(Start{}).at(0));
       (void)life.child_does(Listening{40000});
       life.wait(11s);
     }},
    {"the first record is lost",
     [](Life& life) {
       (void)exchange_lines(life);
       life.wait(60s);
     }},
    {"the link closes before the first record",
     [](Life& life) {
       (void)exchange_lines(life);
       close_both(life);
     }},
    {"the link closes",
     [](Life& life) {
       live_much(life);
       close_both(life);
     }},
    {"silence",
     [](Life& life) {
       live_much(life);
       life.wait(60s);
     }},
    {"the link closes while new keys are asked for",
     [](Life& life) {
       live_much(life);
       (void)life.parent_does(Rekey{});
       close_both(life);
     }},
    {"the link closes when the child alone has the new keys",
     [](Life& life) {
       live_much(life);
       (void)life.child_gets(life.parent_does(Rekey{}).at(0));
       close_both(life);
     }},
    {"silence while new keys are asked for",
     [](Life& life) {
       live_much(life);
       (void)life.parent_does(Rekey{});
       life.wait(60s);
     }},
    {"a shutdown, step by step",
     [](Life& life) {
       live_much(life);
       life.deliver(life.parent_does(Shutdown{}));
       close_both(life);
       (void)life.parent_does(CleanedUp{});
     }},
    {"a shutdown that nobody acknowledges",
     [](Life& life) {
       live_much(life);
       (void)life.parent_does(Shutdown{});
       life.wait(60s);
       (void)life.parent_does(CleanedUp{});
     }},
    {"a shutdown whose acknowledgement is lost",
     [](Life& life) {
       live_much(life);
       (void)life.child_gets(life.parent_does(Shutdown{}).at(0));
       (void)life.parent_does(LinkClosed{});
       (void)life.parent_does(CleanedUp{});
       life.wait(6s);
     }},
    {"a shutdown while new keys are asked for",
     [](Life& life) {
       live_much(life);
       (void)life.parent_does(Rekey{});
       life.deliver(life.parent_does(Shutdown{}));
       close_both(life);
       (void)life.parent_does(CleanedUp{});
     }},
};

}  // namespace

TEST_CASE("erasure: each way in which stdio ends leaves no key and no payload") {
  for (const Ending& ending : endings) {
    INFO(ending.name);
    Life life;
    ending.run(life);
    CHECK(life.parent->state_name() == "Ended");
    CHECK(life.child->state_name() == "Ended");
    check_nothing_left(life);
  }
}

TEST_CASE("erasure: a machine that is destroyed leaves no key and no payload") {
  Life life;
  live_much(life);
  well_below([&] {
    life.parent.reset();
    life.child.reset();
  });
  check_nothing_left(life);
}
