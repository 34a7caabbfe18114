#include <algorithm>

#include "handfast/testing/seeded.hpp"
#include "tests/rehandshake/paths.hpp"
#include "tests/support/seed.hpp"

// Claim 19: no packet is lost in migration. Both sides talk over two paths that lose, repeat, delay
// and reorder frames and are cut at any moment, noticed by both, by one, or by nobody; each connection
// is known by bytes of its own; processes end and come back from what they had stored, with their
// connections or without; clocks of the day jump. Whatever is said arrives exactly once and in order,
// and where either ends without a fault both have been heard to the last word.

using namespace rehandshake_test;

namespace {

struct World {
  explicit World(std::uint64_t seed, Duration close_timeout = 45s)
      : numbers(seed), ends(config(close_timeout)) {
    take(ends.first.does(Start{}), true);
    take(ends.second.does(Start{}), false);
    paths[0].is_up = true;
    believes[0][0] = believes[1][0] = true;
  }
  static MigrationConfig config(Duration close_timeout) {
    MigrationConfig made;
    made.silence_timeout = 6s;
    made.heartbeat_interval = 2s;
    made.migrate_repeat = 5s;
    made.reconnect_repeat = 1s;
    made.reconnects_max = 1000;
    made.close_timeout = close_timeout;
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
    int number;  // of all that was sent
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
      if (!path.is_up) continue;
      if (numbers.chance(loss)) {
        ++lost;
        continue;
      }
      ++sent;
      const unsigned copies = 1 + numbers.chance(loss / 2);
      repeated += copies > 1;
      for (unsigned copy = 0; copy < copies; ++copy)
        travelling.push_back(
            {in(delay), !is_first, result.links[i], path.generation, result.frames[i], sent});
    }
    std::size_t payload = 0;
    for (const auto& event : result.events) {
      if (std::holds_alternative<Delivered>(event)) {
        const Bits expected = Ends::message(got[is_first]++);
        REQUIRE(result.payloads[payload++] == expected);
      }
      if (const auto* wanted = std::get_if<PathWanted>(&event))
        intents.push_back({Intent::open, in(800), is_first, wanted->link, 0});
      if (const auto* dead = std::get_if<PathLost>(&event)) {
        cut(dead->link, 50);
        believes[!is_first][dead->link.number] = false;
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
      if (const auto* closed = std::get_if<Closed>(&event)) {
        CHECK((has_disconnected[0] || has_disconnected[1]));
        ends_of[!is_first] = closed->fault ? End::with_fault : End::heard;
        // All that either has said was delivered then.
        if (!closed->fault) CHECK(got[0] == said[1]);
        if (!closed->fault) CHECK(got[1] == said[0]);
      }
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
      with(is_first, [&](auto& side) {
        side.context().bind(link, binding_of(link));
        take(side.does(LinkOpened{link}), is_first);
      });
    }
  }
  /// What the connection on `link` is known by that is there, or was the last.
  [[nodiscard]] ChannelBinding binding_of(Link link) const {
    const int generation = paths[link.number].generation;
    if (generation == 0) return ChannelBinding::none();
    std::array<std::uint8_t, 32> exporter{static_cast<std::uint8_t>(link.number),
                                          static_cast<std::uint8_t>(generation)};
    return ChannelBinding::of(exporter);
  }
  /// The process ends and comes back from what it had stored; with its connections, of which it is
  /// told again what they are known by, or without.
  void restart(bool is_first) {
    ++restarts;
    with(is_first, [&](auto& side) {
      side.restarts();
      side.context().bindings = {binding_of(relay_link), binding_of(direct_link)};
    });
    if (numbers.chance(50)) return;
    for (const Link link : {relay_link, direct_link}) {
      cut(link, 40);
      if (believes[!is_first][link.number]) close(link, is_first);
    }
  }
  /// The clock of the day of one side says something else, by at most a minute.
  void move_clock(bool is_first) {
    with(is_first, [&](auto& side) {
      side.now.utc = true_time() + Milliseconds(numbers.below(120'001)) - Milliseconds(60'000);
    });
  }
  void set_clocks() {
    for (const bool is_first : {true, false})
      with(is_first, [&](auto& side) { side.now.utc = true_time(); });
  }
  void disconnect(bool is_first) {
    with(is_first, [&](auto& side) {
      const auto result = side.does(Disconnect{});
      has_disconnected[!is_first] |= !result.fault();
      take(result, is_first);
    });
  }
  /// Calls `what` with one of both sides.
  template <class What>
  void with(bool is_first, What&& what) {
    if (is_first)
      what(ends.first);
    else
      what(ends.second);
  }
  using Milliseconds = std::chrono::milliseconds;
  [[nodiscard]] UnixTime true_time() const {
    return UnixTime{} + 1762230000s +
           std::chrono::duration_cast<Milliseconds>(now().time_since_epoch());
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
        if (!path.is_up || path.generation != one.generation) {
          ++cut_off;
          continue;
        }
        int& newest = newest_to[one.is_to_first];
        overtaken += one.number < newest;
        newest = std::max(newest, one.number);
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
  enum class End { none, with_fault, heard };
  End ends_of[2]{};
  bool has_disconnected[2]{};
  int relay_done = 0, switched = 0, restarts = 0;
  int sent = 0, lost = 0, repeated = 0, overtaken = 0, cut_off = 0;  // frames
  int newest_to[2]{};                                                // number, by whom it is to
  unsigned loss = 0;
  std::uint64_t delay = 5;
};

/// So many steps of a bad time for both.
void suffer(World& world, int steps) {
  for (int step = 0; step < steps; ++step) {
    world.loss = static_cast<unsigned>(world.numbers.below(4)) * 12;
    world.delay = 1 + world.numbers.below(300);
    if (world.numbers.chance(70)) world.say(true);
    if (world.numbers.chance(70)) world.say(false);
    if (world.numbers.chance(6)) world.cut(relay_link, 40);
    if (world.numbers.chance(8)) world.cut(direct_link, 40);
    if (world.numbers.chance(8)) world.open(direct_link);
    if (world.numbers.chance(3)) world.open(relay_link);
    if (world.numbers.chance(4)) world.restart(world.numbers.chance(50));
    if (world.numbers.chance(4)) world.move_clock(world.numbers.chance(50));
    if (world.numbers.chance(10)) world.set_clocks();
    world.run(Duration(1ms) * static_cast<int>(world.numbers.below(400)));
  }
}
void rest(World& world) {
  world.set_clocks();
  world.loss = 0;
  world.delay = 5;
  world.run(60s);
}

}  // namespace

TEST_CASE(
    "rehandshake: whatever becomes of both paths, all that is said arrives once and in order "
    "(claim 19)",
    "[property]") {
  const test::Seed base = test::seed();
  INFO(base.again());
  int relay_done = 0, switched = 0, restarts = 0, said = 0;
  int lost = 0, repeated = 0, overtaken = 0, cut_off = 0;
  for (std::uint64_t i = 0; i < 30; ++i) {
    const std::uint64_t seed = base.value + i;
    INFO("world " << i << ", seed " << seed);
    World world(seed);
    suffer(world, 120);
    rest(world);
    for (const bool is_first : {true, false}) {
      CHECK(world.got[!is_first] == world.said[is_first]);
      said += world.said[is_first];
    }
    CHECK(world.ends.first.state() == "Steady");
    CHECK(world.ends.second.state() == "Steady");
    relay_done += world.relay_done;
    switched += world.switched;
    restarts += world.restarts;
    lost += world.lost;
    repeated += world.repeated;
    overtaken += world.overtaken;
    cut_off += world.cut_off;
    // All goes well, and one of both ends, or both do: each is heard to the end.
    const bool first_ends = i % 3 != 0;
    for (int k = 0; k < 10; ++k) world.say(k % 2 == 0);
    if (first_ends) world.disconnect(true);
    if (i % 3 != 1) world.disconnect(false);
    world.run(30s);
    for (const bool is_first : {true, false}) {
      CHECK(world.got[!is_first] == world.said[is_first]);
      CHECK(world.ends_of[!is_first] == World::End::heard);
    }
  }
  // It was worth asking.
  CHECK(relay_done > 10);
  CHECK(switched > 100);
  CHECK(restarts > 50);
  CHECK(said > 2000);
  CHECK(lost > 1000);
  CHECK(repeated > 500);
  CHECK(overtaken > 1000);
  CHECK(cut_off > 200);
}

TEST_CASE(
    "rehandshake: whatever becomes of both paths after an end is said, both are heard to the last "
    "word, or who does not know that says so",
    "[property]") {
  const test::Seed base = test::seed();
  INFO(base.again());
  int heard[2]{}, with_fault[2]{};
  for (std::uint64_t i = 0; i < 80; ++i) {
    const std::uint64_t seed = base.value + i;
    INFO("world " << i << ", seed " << seed);
    const bool is_patient = i % 4 < 2, is_first = i % 2 == 0;
    World world(seed, is_patient ? 45s : 7s);
    suffer(world, 20);
    world.disconnect(is_first);
    world.loss = 20;
    world.run(3s);
    suffer(world, 10);
    rest(world);
    CHECK(world.ends_of[!is_first] != World::End::none);
    for (const World::End end : world.ends_of) {
      heard[is_patient] += end == World::End::heard;
      with_fault[is_patient] += end == World::End::with_fault;
    }
  }
  CAPTURE(heard, with_fault);
  CHECK(heard[true] > 70);
  CHECK(with_fault[false] > 1);
}
