#include "handfast/core/engine.hpp"

#include <memory>
#include <string>

#include "handfast/core/machine.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;
using namespace std::chrono_literals;
using toy::at;

namespace {

struct Start {
  SteadyTime once = never, again = never, barred = never;
  Duration period = 0s;
};
struct Once {};    // its handler leaves the deadline alone
struct Again {};   // its handler sets the deadline anew
struct Barred {};  // its row may refuse it
struct Fired {
  char which = 0;
};
struct GateOpen {
  static constexpr Fault fault = Fault::random_source_failed;
};

/// Three timers in one state, one of them apart.
struct Clock {
  struct Idle {};
  struct Gate {
    Deadline<Barred> barred;
    static constexpr auto fields = Fields{&Gate::barred};
  };
  struct Running {
    Deadline<Once> once;
    Deadline<Again> again;
    std::uint64_t period = 0;  // nanoseconds
    Apart<Gate> gate;
    static constexpr auto fields =
        Fields{&Running::once, &Running::again, &Running::period, &Running::gate};
  };
  struct Stopped {};

  using Receives = List<>;
  using Commands = List<Start>;
  using Timers = List<Again, Once, Barred>;
  using Ends = List<Stopped, Running>;
  using Links = List<LinkKind<"none", Framing::datagram, 1>>;
  using Table = Transitions<Row<Idle, Start, Running>,                   //
                            Row<Running, Once, Running, Tells<Fired>>,   //
                            Row<Running, Again, Running, Tells<Fired>>,  //
                            Row<Running, Barred, Stopped, Tells<Fired>, Requires<GateOpen>>>;
  struct Context {
    Time now;
    Link link;
    bool gate_open = false;
  };
  static Next<Clock, Idle, Start> react(const Idle&, const Start& start, Context&) {
    Running next{{start.once}, {start.again}, static_cast<std::uint64_t>(start.period.count()), {}};
    if (start.barred != never) next.gate.writable().barred.at = start.barred;
    return go(std::move(next));
  }
  static Next<Clock, Running, Once> react(const Running&, const Once&, Context&) {
    return stay(Fired{'o'});
  }
  static Next<Clock, Running, Again> react(Running& state, const Again&, Context&) {
    state.again =
        Deadline<Again>{state.again.at + Duration(static_cast<Duration::rep>(state.period))};
    return stay(Fired{'a'});
  }
  static Next<Clock, Running, Barred> react(const Running&, const Barred&, Context& c) {
    if (auto broken = require<GateOpen>(c.gate_open)) return broken;
    return go(Stopped{}, Fired{'b'});
  }
};

struct Pour {};
/// A message that knows whether the state it was made of is still there.
struct Content {
  std::weak_ptr<const std::uint8_t> byte;
};

/// Sends something of the state that it leaves.
struct Jug {
  struct Full {
    std::shared_ptr<const std::uint8_t> byte = std::make_shared<const std::uint8_t>(7);
    void dangerous_write(SnapshotWriter&) const {}
    bool dangerous_read(SnapshotReader&) { return true; }
  };
  struct Empty {};

  using Receives = List<>;
  using Commands = List<Pour>;
  using Timers = List<>;
  using Ends = List<Empty>;
  using Links = List<LinkKind<"none", Framing::datagram, 1>>;
  using Table = Transitions<Row<Full, Pour, Empty, Content>>;
  struct Context {
    Time now;
    Link link;
  };
  static Next<Jug, Full, Pour> react(const Full& full, const Pour&, Context&) {
    return go(Empty{}, Content{full.byte});
  }
  static void write(const Content& content, Context& c, Frames& frames) {
    const auto byte = content.byte.lock();
    frames.add(c.link, 1)[0] = byte ? *byte : std::uint8_t{0};
  }
};

Machine<Clock> started(const Start& start) {
  Machine<Clock> clock({});
  static_cast<void>(clock.handle(start, at(0s)));
  return clock;
}

/// What fired, in order; '!' is a refusal.
std::string fired(const Output<Clock>& out) {
  std::string all;
  for (const auto& event : out.events)
    all += std::holds_alternative<Fired>(event) ? std::get<Fired>(event).which : '!';
  return all;
}

constexpr SteadyTime when(Duration since_start) { return SteadyTime{since_start}; }

}  // namespace

TEST_CASE("core: a message may refer to the state that its row leaves") {
  Machine<Jug> jug({});
  const auto out = jug.handle(Pour{}, at(0s));
  REQUIRE(out.transmit.size() == 1);
  CHECK(out.transmit[0].bytes[0] == 7);
  CHECK(jug.in<Jug::Empty>());
}

TEST_CASE("core: a timer happens at its deadline and not a nanosecond before") {
  auto clock = started({.once = when(5s)});
  CHECK(fired(clock.advance(at(5s - 1ns))).empty());
  CHECK(fired(clock.advance(at(5s))) == "o");
}

TEST_CASE("core: a timer that its handler leaves alone happens once") {
  auto clock = started({.once = when(5s)});
  const auto out = clock.advance(at(6s));
  CHECK(fired(out) == "o");
  CHECK_FALSE(out.deadline.has_value());
  CHECK(fired(clock.advance({never - 1ns, {}})).empty());
}

TEST_CASE("core: a timer that is never set never happens, at the end of time neither") {
  auto clock = started({});
  CHECK_FALSE(clock.engine().deadline().has_value());
  CHECK(fired(clock.advance({never, {}})).empty());
}

TEST_CASE("core: looking for deadlines takes no memory for those that lie apart") {
  Machine<Clock> clock = started({.once = when(1s), .again = when(2s), .period = 1h});
  CHECK(fired(clock.advance(at(2s))) == "oa");
  CHECK_FALSE(std::get<Clock::Running>(clock.engine().state()).gate.is_there());
  Machine<Clock> other = started({.barred = when(1s)});
  CHECK(other.engine().deadline()->timer == "Barred");
  CHECK(std::get<Clock::Running>(other.engine().state()).gate.is_there());
}

TEST_CASE("core: a timer that is set anew happens as often as its deadlines have passed") {
  auto clock = started({.again = when(1s), .period = 1s});
  const auto out = clock.advance(at(4s + 500ms));
  CHECK(fired(out) == "aaaa");
  REQUIRE(out.deadline.has_value());
  CHECK(out.deadline->at == when(5s));
  CHECK(out.deadline->timer == "Again");
}

TEST_CASE("core: a timer that is set anew to the same moment is one that was left alone") {
  auto clock = started({.again = when(1s), .period = 0s});
  const auto out = clock.advance(at(2s));
  CHECK(fired(out) == "a");
  CHECK_FALSE(out.deadline.has_value());
}

TEST_CASE("core: one call fires a bounded number of timers and says that more are due") {
  auto clock = started({.again = when(1ns), .period = 1ns});
  const auto out = clock.advance(at(1s));
  CHECK(out.events.size() == 64);
  CHECK(out.deadline->at == when(65ns));
}

TEST_CASE(
    "core: several timers fire in the order of their deadlines, at one moment in the order of the "
    "list") {
  CHECK(fired(started({.once = when(2s), .again = when(3s), .period = 1h}).advance(at(3s))) ==
        "oa");
  CHECK(fired(started({.once = when(3s), .again = when(2s), .period = 1h}).advance(at(3s))) ==
        "ao");
  CHECK(fired(started({.once = when(2s), .again = when(2s), .period = 1h}).advance(at(3s))) ==
        "ao");
}

TEST_CASE(
    "core: a timer that is set anew is not stopped by another that is due at the moment it had") {
  auto clock = started({.once = when(2s), .again = when(2s), .period = 1h});
  const auto out = clock.advance(at(2s));
  CHECK(fired(out) == "ao");
  REQUIRE(out.deadline.has_value());
  CHECK(out.deadline->timer == "Again");
  CHECK(out.deadline->at == when(2s + 1h));
}

TEST_CASE(
    "core: a timer that its row refuses changes nothing, holds no other back, and is tried again",
    "[illegal]") {
  auto clock = started({.once = when(3s), .barred = when(2s)});
  const auto refused = clock.advance(at(2s));
  CHECK(fired(refused) == "!");
  CHECK(refused.fault() == Fault::random_source_failed);
  CHECK(clock.in<Clock::Running>());
  REQUIRE(refused.deadline.has_value());
  CHECK(refused.deadline->at == when(3s));

  const auto other = clock.advance(at(3s));
  CHECK(fired(other) == "!o");
  CHECK(other.deadline->at == when(3s) + refused_timer_again_after);
  CHECK(other.deadline->timer == "Barred");

  clock.context().gate_open = true;
  CHECK(fired(clock.advance(at(4s))) == "b");
  CHECK(clock.in<Clock::Stopped>());
}

TEST_CASE("core: a client tries again in place, a bounded number of times, and then gives up") {
  Machine<toy::Client> client({});
  static_cast<void>(client.handle(toy::Connect{}, at(0s)));
  int sent = 0;
  for (int second = 1; second < 10; ++second)
    sent += static_cast<int>(client.advance(at(second * 1s)).transmit.size());
  CHECK(sent == toy::retries_max);
  const auto out = client.advance(at(10s));
  CHECK(out.event<Closed>()->fault == Fault::timed_out);
  CHECK(client.in<toy::Client::Done>());
}

TEST_CASE("core: a machine that slept through everything wakes to all of it in order") {
  Machine<toy::Client> client({});
  static_cast<void>(client.handle(toy::Connect{}, at(0s)));
  const auto out = client.advance(at(1h));
  CHECK(client.in<toy::Client::Done>());
  CHECK(out.transmit.size() == 1);  // the retry that is set from now on lies after the give-up
  CHECK(out.events.size() == 1);
}

TEST_CASE("core: an engine without an observer has not a byte for it") {
  struct Bare {
    detail::AsVariant<StatesOf<toy::Client>> state;
  };
  STATIC_REQUIRE(sizeof(Engine<toy::Client>) == sizeof(Bare));
  // One that would not fit into padding, so that a byte of its own would show.
  struct alignas(64) Nothing : Unobserved {};
  struct alignas(64) Padded : Bare {};
  STATIC_REQUIRE(sizeof(Engine<toy::Client, Nothing>) == sizeof(Padded));
  struct Whole {
    toy::Client::Context context;
    Scratch<toy::Client> scratch;
    Bare engine;
  };
  STATIC_REQUIRE(sizeof(Machine<toy::Client>) == sizeof(Whole));
  STATIC_REQUIRE(sizeof(Engine<toy::Client, RowCounters<toy::Client>>) >
                 sizeof(Engine<toy::Client>));
}
