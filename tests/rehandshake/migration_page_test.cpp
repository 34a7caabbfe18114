#include "tests/rehandshake/paths.hpp"

// The numbers of the page that handfast/rehandshake/migration.hpp begins with, each measured: where
// nothing is configured, that is what happens then, and not a nanosecond or a byte before.

using namespace rehandshake_test;

namespace {

constexpr Duration least = 1ns;

/// The first side has sent its REQUEST on the direct path, which the second has open.
Bits request_of(Ends& ends) {
  ends.start();
  (void)opens(ends.second, direct_link);
  return opens(ends.first, direct_link).frames.at(0);
}
/// The number of frames with a payload of `size` bytes; those of no application have none.
std::ptrdiff_t said(const auto& result, std::size_t size) {
  return std::ranges::count(result.frames, SealedFrame::head_size + 9 + size + 16, &Bits::size);
}
/// What happens after `duration`, and not before.
auto only_after(auto& side, Duration duration) {
  CHECK(side.waits(duration - least).is_silent());
  return side.waits(least);
}
/// A frame of the second side's under another counter than the next.
Bits at_counter(Ends& ends, std::uint64_t counter, const auto& message) {
  Stream& stream = ends.second.in<Follower::Steady>().stream;
  const std::uint64_t next = std::exchange(stream.next_counter, counter);
  Frames frames;
  stream.seal(message, relay_link, ends.second.context(), frames);
  stream.next_counter = next;
  return bits(frames.view()[0].bytes);
}

}  // namespace

TEST_CASE("rehandshake: both begin on the relay, and nothing is sent on another path unproven") {
  Ends ends;
  ends.start();
  CHECK(ends.first.in<Mover::Steady>().paths.current == relay_link);
  CHECK(ends.second.in<Follower::Steady>().paths.current == relay_link);
  (void)opens(ends.second, direct_link);
  const auto check_relay = [](auto& side) {
    CHECK(side.does(Send{Ends::message(0)}).links == std::vector{relay_link});
  };
  check_relay(ends.first);
  check_relay(ends.second);
  const auto response = ends.second.gets(opens(ends.first, direct_link).frames.at(0), direct_link);
  check_relay(ends.first);
  check_relay(ends.second);
  const auto complete = ends.first.gets(response.frames.at(0), direct_link);
  check_relay(ends.first);  // it has not heard the responder there
  const auto switched = ends.second.gets(complete.frames.at(0), direct_link);
  CHECK(ends.second.does(Send{Ends::message(1)}).links == std::vector{direct_link});
  check_relay(ends.first);
  (void)ends.first.gets(switched.frames.at(0), direct_link);
  const auto moved = ends.first.waits(0s);
  REQUIRE_FALSE(moved.links.empty());
  CHECK(std::ranges::count(moved.links, direct_link) == std::ssize(moved.links));
}

TEST_CASE("rehandshake: of the last 1024 counters each opens once") {
  Ends ends;
  ends.start();
  CHECK_FALSE(ends.first.gets(at_counter(ends, 5000, Heartbeat{}), relay_link).fault());
  const Bits last = at_counter(ends, 5000 - 1023, Heartbeat{});
  CHECK_FALSE(ends.first.gets(last, relay_link).fault());
  check_refused(ends.first, last, Fault::replayed, relay_link);
  check_refused(ends.first, at_counter(ends, 5000 - 1024, Heartbeat{}), Fault::stale, relay_link);
}

TEST_CASE("rehandshake: 256 frames are kept, and 1 MiB, and no byte more") {
  Ends ends;
  ends.start();
  for (int i = 0; i < 256; ++i) CHECK_FALSE(ends.first.does(Send{}).fault());
  CHECK(ends.first.does(Send{}).fault() == Fault::back_pressure);

  Ends large;
  large.start();
  std::size_t left = std::size_t{1} << 20;
  for (const Bits most(payload_size_max, 7); left >= most.size(); left -= most.size())
    REQUIRE_FALSE(large.first.does(Send{most}).fault());
  REQUIRE(left > 0);
  CHECK(large.first.does(Send{Bits(left + 1)}).fault() == Fault::back_pressure);
  CHECK_FALSE(large.first.does(Send{Bits(left)}).fault());
  CHECK(large.first.does(Send{Bits(1)}).fault() == Fault::back_pressure);
}

TEST_CASE("rehandshake: what nobody acknowledges is said again after 1 s, and at most 15 s later") {
  Ends ends;
  ends.start();
  (void)ends.first.does(Send{Bits(5)});
  std::vector<int> when;
  for (int second = 1; second < 50; ++second) {
    CHECK(said(ends.first.waits(1s - least), 5) == 0);
    if (said(ends.first.waits(least), 5) == 1) when.push_back(second);
  }
  CHECK(when == std::vector<int>{1, 2, 4, 8, 16, 31, 46});
}

TEST_CASE("rehandshake: data is acknowledged after 20 ms, a Switch and what comes again at once") {
  Ends ends;
  ends.start();
  (void)ends.first.gets(at_counter(ends, 0, Data{1, {}}), relay_link);
  CHECK(only_after(ends.first, 20ms).frames.size() == 1);
  (void)ends.first.gets(at_counter(ends, 1, Data{1, {}}), relay_link);
  CHECK(ends.first.waits(0s).frames.size() == 1);
  (void)ends.first.gets(at_counter(ends, 2, Switch{2}), relay_link);
  CHECK(ends.first.waits(0s).frames.size() == 1);
}

TEST_CASE("rehandshake: a heartbeat fills each 15 s, and a path is lost after 50 s of silence") {
  Ends ends;
  ends.start();
  for (int i = 0; i < 3; ++i) CHECK(only_after(ends.first, 15s).frames.size() == 1);
  const auto lost = only_after(ends.first, 5s);
  REQUIRE(lost.event<PathLost>());
  CHECK(lost.event<PathLost>()->link == relay_link);
  REQUIRE(lost.event<PathWanted>());
  CHECK(lost.event<PathWanted>()->link == relay_link);
  CHECK(lost.frames.empty());
  CHECK(ends.first.state() == "Stranded");
}

TEST_CASE("rehandshake: an attempt is over after 5 s, whatever it waits for") {
  const auto check_over = [](auto& side, bool is_lost, std::size_t frames) {
    CHECK(side.waits(5s - least).is_silent());
    const auto over = side.waits(least);
    REQUIRE(over.template event<AttemptEnded>());
    CHECK(over.template event<AttemptEnded>()->fault == Fault::timed_out);
    CHECK(over.template event<AttemptEnded>()->duration == 5s);
    CHECK((over.template event<PathLost>() != nullptr) == is_lost);
    CHECK(over.frames.size() == frames);
    CHECK(side.state() == "Steady");
    // As it was before: on the relay.
    CHECK(side.does(Send{}).links == std::vector{relay_link});
  };
  Ends asked;
  (void)request_of(asked);
  check_over(asked.first, true, 0);
  Ends answered;
  (void)answered.second.gets(request_of(answered), direct_link);
  check_over(answered.second, false, 0);
  Ends shown;
  const auto response = shown.second.gets(request_of(shown), direct_link);
  (void)shown.first.gets(response.frames.at(0), direct_link);
  REQUIRE(shown.first.state() == "Switching");
  check_over(shown.first, true, 1);  // it says that it is still here
}

TEST_CASE("rehandshake: without a path a relay is wanted at once and 120 times more, each 5 s") {
  const auto check = [](auto& side, bool has_direct) {
    const Link last = has_direct ? direct_link : relay_link;
    CHECK(side.does(LinkClosed{last}).template event<PathWanted>()->link == relay_link);
    for (int i = 0; i < 120; ++i) {
      const auto wanted = only_after(side, 5s);
      REQUIRE(wanted.template event<PathWanted>());
      CHECK(wanted.template event<PathWanted>()->link == relay_link);
    }
    const auto closed = only_after(side, 5s);
    REQUIRE(closed.template event<Closed>());
    CHECK(closed.template event<Closed>()->fault == Fault::link_closed);
    CHECK(side.state() == "Ended");
  };
  Ends ends;
  ends.start();
  check(ends.first, false);
  Ends moved;
  moved.start();
  moved.migrate();
  (void)moved.first.does(LinkClosed{relay_link});
  check(moved.first, true);
  Ends other;
  other.start();
  check(other.second, false);
}

TEST_CASE("rehandshake: a direct path is wanted a minute after the relay was taken, not before") {
  Ends ends;
  ends.start();
  ends.migrate();
  // It has gone, and comes again at once: that is no reason to wait.
  ends.settle(ends.first.does(LinkClosed{direct_link}));
  ends.settle(ends.second.does(LinkClosed{direct_link}));
  CHECK(opens(ends.first, direct_link).frames.size() == 1);
  (void)ends.first.does(LinkClosed{direct_link});
  // But nobody asks for it sooner, whatever became of that.
  const SteadyTime fell_back = ends.first.now.steady;
  Duration wanted{};
  while (wanted == Duration{}) {
    const auto result = ends.first.waits(5ms);
    for (const auto& event : result.events)
      if (const auto* one = std::get_if<PathWanted>(&event)) {
        CHECK(one->link == direct_link);
        wanted = ends.first.now.steady - fell_back;
      }
    ends.settle(result, ends.second.waits(5ms));
    REQUIRE(ends.first.now.steady - fell_back < 70s);
  }
  CHECK(wanted == 60s);
}

TEST_CASE(
    "rehandshake: an end that nobody acknowledges is one after 90 s, an answered one in 3 s") {
  Ends ends;
  ends.start();
  (void)ends.first.does(Disconnect{});
  CHECK_FALSE(ends.first.waits(90s - least).event<Closed>());
  const auto closed = ends.first.waits(least);
  REQUIRE(closed.event<Closed>());
  CHECK(closed.event<Closed>()->fault == Fault::timed_out);

  Ends other;
  other.start();
  other.settle(other.first.does(Disconnect{}));
  const auto check_drains = [](auto& side) {
    CHECK(side.waits(3s - least).events.empty());
    const auto over = side.waits(least);
    REQUIRE(over.template event<Closed>());
    CHECK_FALSE(over.template event<Closed>()->fault);
  };
  check_drains(other.first);
  check_drains(other.second);
}

TEST_CASE("rehandshake: what is kept beyond the bounds is 16 Switches, and 1024 counters") {
  CHECK(MigrationConfig::switches_max == 16);
  CHECK(MigrationConfig::spare_max == 16);
  Ends ends;
  ends.start();
  Stream& stream = ends.first.in<Mover::Steady>().stream;
  stream.next_counter = ~std::uint64_t{0} - 1024;
  CHECK_FALSE(ends.first.does(Send{}).fault());
  CHECK(ends.first.does(Send{}).fault() == Fault::limit_reached);
}

TEST_CASE("rehandshake: what a configuration may be has bounds, and they may be reached") {
  const auto is_sound = [](auto change) {
    MigrationConfig config;
    change(config);
    return config.is_sound();
  };
  using C = MigrationConfig;
  constexpr Duration year = std::chrono::hours(24 * 365);
  for (const auto time : {&C::ack_delay, &C::resend_after, &C::migrate_repeat, &C::reconnect_repeat,
                          &C::close_timeout, &C::drain_time, &C::silence_timeout}) {
    CHECK(is_sound([&](C& c) { c.*time = year; }));
    CHECK_FALSE(is_sound([&](C& c) { c.*time = year + least; }));
    CHECK_FALSE(is_sound([&](C& c) { c.*time = 0s; }));
  }
  CHECK_FALSE(is_sound([](C& c) { c.heartbeat_interval = 0s; }));
  CHECK(is_sound([](C& c) { c.heartbeat_interval = c.silence_timeout - least; }));
  CHECK_FALSE(is_sound([](C& c) { c.heartbeat_interval = c.silence_timeout; }));
  CHECK(is_sound([](C& c) { c.unacknowledged_max = 65536; }));
  CHECK_FALSE(is_sound([](C& c) { c.unacknowledged_max = 65537; }));
  CHECK(is_sound([](C& c) { c.unacknowledged_size_max = payload_size_max; }));
  CHECK_FALSE(is_sound([](C& c) { c.unacknowledged_size_max = payload_size_max - 1; }));
  CHECK(is_sound([](C& c) { c.counter_max = 2048; }));
  CHECK_FALSE(is_sound([](C& c) { c.counter_max = 2047; }));
  CHECK(is_sound([](C& c) { c.reconnects_max = 1; }));

  Config config;
  config.challenges_max = 4096;
  CHECK(config.is_sound());
  config.challenges_max = 4097;
  CHECK_FALSE(config.is_sound());
}
