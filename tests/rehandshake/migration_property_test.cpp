#include <algorithm>

#include "handfast/testing/seeded.hpp"
#include "tests/rehandshake/paths.hpp"
#include "tests/support/seed.hpp"

// Claim 19: no packet is lost in migration. Both sides talk over two paths that lose, repeat, delay
// and reorder frames and are cut at any moment, noticed by both, by one, or by nobody; whatever is
// said arrives exactly once and in order.

using namespace rehandshake_test;

namespace {

struct World {
  explicit World(std::uint64_t seed) : numbers(seed), ends(config()) {
    take(ends.first.does(Start{}), true);
    take(ends.second.does(Start{}), false);
    paths[0].is_up = true;
    believes[0][0] = believes[1][0] = true;
  }
  static MigrationConfig config() {
    MigrationConfig made;
    made.silence_timeout = 6s;
    made.heartbeat_interval = 2s;
    made.migrate_repeat = 5s;
    made.reconnect_repeat = 1s;
    made.reconnects_max = 1000;
    return made;
  }

  struct Path {
    bool is_up = false;
    int generation = 0;
  };
  struct Travelling {
    SteadyTime at;
    bool is_to_first;
    Link link;
    int generation;
    Bits frame;
  };
  /// Something that a side's application does later.
  struct Intent {
    enum Kind { open, notice } kind;
    SteadyTime at;
    bool is_first;
    Link link;
    int generation;
  };

  [[nodiscard]] SteadyTime now() const { return ends.first.now.steady; }
  [[nodiscard]] SteadyTime in(std::uint64_t milliseconds_max) {
    return now() + Duration(1ms) * static_cast<int>(numbers.below(milliseconds_max + 1));
  }

  template <class Role>
  void take(const Result<Role>& result, bool is_first) {
    for (std::size_t i = 0; i < result.frames.size(); ++i) {
      const Path& path = paths[result.links[i].number];
      if (!path.is_up || numbers.chance(loss)) continue;
      for (unsigned copies = 1 + numbers.chance(loss / 2); copies > 0; --copies)
        travelling.push_back(
            {in(delay), !is_first, result.links[i], path.generation, result.frames[i]});
    }
    std::size_t payload = 0;
    for (const auto& event : result.events) {
      if (std::holds_alternative<Delivered>(event)) {
        const Bits expected = Ends::message(got[is_first]++);
        REQUIRE(result.payloads[payload++] == expected);
      }
      if (const auto* wanted = std::get_if<PathWanted>(&event))
        intents.push_back({Intent::open, in(800), is_first, wanted->link, 0});
      if (const auto* lost = std::get_if<PathLost>(&event)) {
        cut(lost->link, 50);
        believes[!is_first][lost->link.number] = false;
      }
      if (std::holds_alternative<RelayDone>(event)) {
        ++relay_done;
        believes[!is_first][0] = false;
        if (is_first)
          take_later_close(true);
        else
          take_later_close(false);
        cut(relay_link, 0);
      }
      if (std::holds_alternative<Switched>(event)) ++switched;
      CHECK_FALSE(std::holds_alternative<Closed>(event));
    }
  }
  void take_later_close(bool is_first) {
    intents.push_back({Intent::notice, now(), is_first, relay_link, -1});
  }
  /// What travels is lost; each side notices some time, or never.
  void cut(Link link, unsigned unnoticed_percent) {
    Path& path = paths[link.number];
    path.is_up = false;
    for (const bool is_first : {true, false})
      if (believes[!is_first][link.number] && !numbers.chance(unnoticed_percent))
        intents.push_back({Intent::notice, in(1500), is_first, link, path.generation});
  }
  void open(Link link) {
    if (paths[link.number].is_up) return;
    Path& path = paths[link.number];
    path.is_up = true;
    ++path.generation;
    for (const bool is_first : {false, true}) {
      if (believes[!is_first][link.number]) close(link, is_first);
      believes[!is_first][link.number] = true;
      if (is_first)
        take(opens(ends.first, link), true);
      else
        take(opens(ends.second, link), false);
    }
  }
  void close(Link link, bool is_first) {
    believes[!is_first][link.number] = false;
    if (is_first)
      take(ends.first.does(LinkClosed{link}), true);
    else
      take(ends.second.does(LinkClosed{link}), false);
  }

  void run(Duration duration) {
    const SteadyTime end = now() + duration;
    while (now() < end) {
      take(ends.first.waits(10ms), true);
      take(ends.second.waits(10ms), false);
      take(ends.first.waits(0s), true);
      take(ends.second.waits(0s), false);
      for (std::size_t i = 0; i < intents.size(); ++i) {
        if (intents[i].at > now()) continue;
        const Intent one = intents[i];
        intents.erase(intents.begin() + static_cast<std::ptrdiff_t>(i--));
        if (one.kind == Intent::open)
          open(one.link);
        else if (one.generation == -1 || (one.generation == paths[one.link.number].generation &&
                                          believes[!one.is_first][one.link.number]))
          close(one.link, one.is_first);
      }
      for (std::size_t i = 0; i < travelling.size(); ++i) {
        if (travelling[i].at > now()) continue;
        const Travelling one = std::move(travelling[i]);
        travelling.erase(travelling.begin() + static_cast<std::ptrdiff_t>(i--));
        const Path& path = paths[one.link.number];
        if (!path.is_up || path.generation != one.generation) continue;
        if (one.is_to_first)
          take(ends.first.gets(one.frame, one.link), true);
        else
          take(ends.second.gets(one.frame, one.link), false);
      }
    }
  }
  void say(bool is_first) {
    const Bits payload = Ends::message(said[is_first]);
    const auto count = [&](const auto& result) {
      if (!result.fault()) ++said[is_first];
      take(result, is_first);
    };
    if (is_first)
      count(ends.first.does(Send{payload}));
    else
      count(ends.second.does(Send{payload}));
  }

  testing::Seeded numbers;
  Ends ends;
  Path paths[2];
  bool believes[2][2]{};  // whether a side has the link open: the first side is 0
  std::vector<Travelling> travelling;
  std::vector<Intent> intents;
  int got[2]{}, said[2]{};  // by whether it is the first side
  int relay_done = 0, switched = 0;
  unsigned loss = 0;
  std::uint64_t delay = 5;
};

}  // namespace

TEST_CASE(
    "rehandshake: whatever becomes of both paths, all that is said arrives once and in order "
    "(claim 19)",
    "[property]") {
  const test::Seed base = test::seed();
  INFO(base.again());
  int relay_done = 0, switched = 0, said = 0;
  for (std::uint64_t i = 0; i < 30; ++i) {
    const std::uint64_t seed = base.value + i;
    INFO("world " << i << ", seed " << seed);
    World world(seed);
    for (int step = 0; step < 120; ++step) {
      world.loss = static_cast<unsigned>(world.numbers.below(4)) * 12;
      world.delay = 1 + world.numbers.below(300);
      if (world.numbers.chance(70)) world.say(true);
      if (world.numbers.chance(70)) world.say(false);
      if (world.numbers.chance(6)) world.cut(relay_link, 40);
      if (world.numbers.chance(8)) world.cut(direct_link, 40);
      if (world.numbers.chance(8)) world.open(direct_link);
      if (world.numbers.chance(3)) world.open(relay_link);
      world.run(Duration(1ms) * static_cast<int>(world.numbers.below(400)));
    }
    world.loss = 0;
    world.delay = 5;
    world.run(60s);
    for (const bool is_first : {true, false}) {
      CHECK(world.got[!is_first] == world.said[is_first]);
      said += world.said[is_first];
    }
    CHECK(world.ends.first.state() == "Steady");
    CHECK(world.ends.second.state() == "Steady");
    relay_done += world.relay_done;
    switched += world.switched;
  }
  // It was worth asking.
  CHECK(relay_done > 10);
  CHECK(switched > 100);
  CHECK(said > 2000);
}
