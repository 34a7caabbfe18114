#include "handfast/stdio/answers.hpp"

#include <map>
#include <random>
#include <set>

#include "tests/stdio/harness.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

// A network that loses, repeats and reorders at random, against what must hold whatever it does.

using namespace stdio_test;

namespace {

/// What no sender may ever do twice, in one direction.
struct Ledger {
  std::set<std::pair<std::uint32_t, std::uint64_t>> numbers;
  std::set<Kept> nonces;

  void note(const Kept& record) {
    const auto header = wire::binary::decode<Record>(record);
    REQUIRE(header);
    REQUIRE(numbers.emplace(header->epoch, header->sequence).second);
    REQUIRE(nonces.insert(keep(header->nonce)).second);
  }
};

struct Weather {
  unsigned loss, duplication, reordering;  // in a hundred
};

std::string answer_to(const std::string& question) { return "answer to " + question; }

void live_through(std::uint64_t seed, Weather weather, int steps) {
  INFO("seed " << seed << ", loss " << weather.loss << ", duplication " << weather.duplication
               << ", reordering " << weather.reordering);
  std::mt19937_64 random(seed);
  const auto chance = [&](unsigned of_hundred) { return random() % 100 < of_hundred; };
  Config config;
  config.answer_timeout = config.dead_peer_timeout = 1000h;
  config.response_attempts = 100000;
  config.messages_max = 40;
  config.duplex = true;
  Pair pair(Which::hardened, config, config, seed);
  pair.responds = false;
  pair.exchange_lines();

  Ledger ledgers[2];
  std::map<std::uint64_t, std::string> asked;
  std::map<std::uint64_t, int> executed, answered;
  std::map<std::string, int> noticed;
  std::deque<std::uint64_t> working;
  std::size_t parent_seen = 0, child_seen = 0, notices = 0;

  const auto look = [&] {
    for (; parent_seen < pair.parent_told.size(); ++parent_seen) {
      const Told& told = pair.parent_told[parent_seen];
      if (told.name == "Answered") {
        REQUIRE(asked.contains(told.correlation));
        REQUIRE(told.text == answer_to(asked[told.correlation]));
        REQUIRE(++answered[told.correlation] == 1);
      }
      if (told.name == "Noticed") REQUIRE(++noticed[told.text] == 1);
      REQUIRE(told.name != "Closed");
      REQUIRE(told.name != "RequestFailed");
    }
    for (; child_seen < pair.child_told.size(); ++child_seen) {
      const Told& told = pair.child_told[child_seen];
      if (told.name == "Delivered") {
        REQUIRE(asked[told.correlation] == told.text);
        REQUIRE(++executed[told.correlation] == 1);
        working.push_back(told.correlation);
      }
      REQUIRE(told.name != "Closed");
    }
  };
  const auto note = [&](const Result& result, int direction) {
    for (const Sealed& frame : result.frames)
      if (frame.link == channel_link) ledgers[direction].note(frame.bytes);
    return result;
  };
  const auto deliver = [&](std::deque<Sealed>& queue, bool is_calm) {
    if (queue.empty()) return;
    const std::size_t index = !is_calm && chance(weather.reordering) ? random() % queue.size() : 0;
    const Sealed frame = queue[index];
    if (is_calm || !chance(weather.duplication))
      queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(index));
    if (!is_calm && chance(weather.loss)) return;
    if (&queue == &pair.to_child)
      (void)note(pair.child_gets(frame), 1);
    else
      (void)note(pair.parent_gets(frame), 0);
  };
  const auto respond = [&] {
    if (working.empty()) return;
    const std::uint64_t id = working.front();
    const std::string answer = answer_to(asked[id]);
    const Result result = note(pair.child_does(Respond{id, bytes_of(answer)}), 1);
    if (!result.fault())
      working.pop_front();
    else
      REQUIRE(result.fault() == Fault::rekey);
  };
  const auto pass = [&](Duration duration) {
    pair.now.steady += duration;
    (void)note(pair.parent_caused_by_time(), 0);
    (void)note(pair.child_caused_by_time(), 1);
  };

  for (const Sealed& frame : pair.to_child) ledgers[0].note(frame.bytes);
  for (int step = 0; step < steps; ++step) {
    switch (random() % 8) {
      case 0: {
        const std::string question = "question " + std::to_string(step);
        const Result result = note(pair.send(question), 0);
        if (const Told* sent = result.find("Sent"))
          asked[sent->correlation] = question;
        else
          REQUIRE((result.fault() == Fault::back_pressure || result.fault() == Fault::rekey));
        break;
      }
      case 1: respond(); break;
      case 2: pass(std::chrono::milliseconds(random() % 1500)); break;
      case 3: {
        if (random() % 40 == 0) (void)note(pair.parent_does(Rekey{}), 0);
        const std::string news = "news " + std::to_string(notices++);
        if (pair.child->state() == "Open" && random() % 4 == 0)
          (void)note(pair.child_does(Notify{bytes_of(news)}), 1);
        break;
      }
      case 4:
      case 5: deliver(pair.to_child, false); break;
      default: deliver(pair.to_parent, false); break;
    }
    look();
  }
  // The storm is over: everything is answered, and one more question too.
  for (int i = 0; i < 400; ++i) {
    while (!pair.to_child.empty() || !pair.to_parent.empty()) {
      deliver(pair.to_child, true);
      deliver(pair.to_parent, true);
      respond();
      look();
    }
    respond();
    pass(500ms);
    look();
  }
  REQUIRE(answered.size() == asked.size());
  REQUIRE(asked.size() > static_cast<std::size_t>(steps) / 200);
  pair.responds = true;
  REQUIRE(pair.ask("one more") == "re: one more");
  REQUIRE(pair.parent->session()->current.number == pair.child->session()->current.number);
  REQUIRE(pair.parent->session()->current.number > 0);
}

}  // namespace

TEST_CASE(
    "stdio: whatever a network loses, repeats and reorders, answers are right and nothing is done "
    "twice",
    "[property]") {
  const test::Seed given = test::seed();
  INFO(given.again());
  const std::uint64_t seed = given.value;
  live_through(seed, {0, 0, 0}, 5000);
  live_through(seed + 1, {20, 10, 20}, 15000);
  live_through(seed + 2, {5, 30, 60}, 15000);
  live_through(seed + 3, {50, 5, 5}, 15000);
}
