#include "handfast/core/pool.hpp"

#include <map>

#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;
using namespace std::chrono_literals;
using toy::at;
using toy::Kept;
using toy::Server;

namespace {

struct Set {
  SteadyTime at = never;
};
struct Ring {};
struct Rang {};
struct Allowed {
  static constexpr Fault fault = Fault::crypto_failed;
};

/// An alarm clock: the least that has a deadline.
struct Alarm {
  struct Waiting {
    Deadline<Ring> ring;
    static constexpr auto fields = Fields{&Waiting::ring};
  };
  using Receives = List<>;
  using Commands = List<Set>;
  using Timers = List<Ring>;
  using Ends = List<Waiting>;
  using Links = List<LinkKind<"none", Framing::datagram, 8>>;
  using Table = Transitions<Row<Waiting, Set, Waiting>,
                            Row<Waiting, Ring, Waiting, Tells<Rang>, Requires<Allowed>>>;
  struct Context {
    Time now;
    Link link;
    Link barred{0xFFFF};  // whose ring is refused
  };
  static Next<Alarm, Waiting, Set> react(Waiting& state, const Set& set, Context&) {
    state.ring.at = set.at;
    return stay();
  }
  static Next<Alarm, Waiting, Ring> react(const Waiting&, const Ring&, Context& c) {
    if (auto broken = require<Allowed>(c.link != c.barred)) return broken;
    return stay(Rang{});
  }
};

}  // namespace

TEST_CASE("core: a pool opens a machine a link, up to its limit, and closes them") {
  Pool<Server> pool({}, 2);
  CHECK(pool.open(Link{5}).has_value());
  CHECK(pool.open(Link{5}).error() == Fault::bad_argument);
  CHECK(pool.open(Link{6}).has_value());
  CHECK(pool.open(Link{7}).error() == Fault::limit_reached);
  CHECK(pool.open(Link{5}).error() == Fault::bad_argument);
  CHECK(pool.size() == 2);
  CHECK(pool.find(Link{5}) != nullptr);
  CHECK(pool.find(Link{7}) == nullptr);
  CHECK(pool.close(Link{5}));
  CHECK_FALSE(pool.close(Link{5}));
  CHECK(pool.open(Link{7}).has_value());
  CHECK(pool.size() == 2);
}

TEST_CASE("core: a machine of a pool gets another link, and goes on with all that is its own") {
  Pool<Alarm, Unobserved, int> pool(Alarm::Context{}, 3);
  REQUIRE(pool.open(Link{1}));
  REQUIRE(pool.open(Link{2}));
  *pool.beside(Link{1}) = 11;
  *pool.beside(Link{2}) = 22;
  (void)pool.handle(Link{1}, Set{at(5s).steady}, at(0s));
  CHECK(pool.rename(Link{1}, Link{2}).error() == Fault::bad_argument);
  CHECK(pool.rename(Link{3}, Link{4}).error() == Fault::bad_argument);
  REQUIRE(pool.rename(Link{1}, Link{7}));
  CHECK(pool.find(Link{1}) == nullptr);
  CHECK(pool.beside(Link{1}) == nullptr);
  CHECK(*pool.beside(Link{7}) == 11);
  REQUIRE(pool.deadline());
  CHECK(pool.deadline()->at == at(5s).steady);
  const auto rang = pool.advance(at(5s));
  CHECK(rang.link == Link{7});
  CHECK(rang.event<Rang>());
  CHECK(pool.close(Link{7}));
  CHECK(*pool.beside(Link{2}) == 22);
  CHECK(pool.open(Link{1}));
}

TEST_CASE("core: a pool's machines are told apart by their links") {
  Pool<Server> pool({}, 10);
  for (const std::uint32_t link : {1u, 2u, 3u}) REQUIRE(pool.open(Link{link}).has_value());
  const auto out = pool.receive(Link{2}, toy::hello_frame(20), at(0s));
  CHECK(out.link == Link{2});
  REQUIRE(out.transmit.size() == 1);
  CHECK(out.transmit[0].link == Link{2});
  CHECK(pool.find(Link{1})->in<Server::Waiting>());
  CHECK(pool.find(Link{2})->in<Server::Serving>());
  CHECK(pool.find(Link{3})->in<Server::Waiting>());
  static_cast<void>(pool.receive(Link{3}, toy::hello_frame(30), at(0s)));
  // Another session's frame is not authentic; its own is.
  CHECK(pool.receive(Link{3}, toy::sealed_frame(20, 1, 0, bytes_of("a")), at(0s)).fault() ==
        Fault::not_authentic);
  CHECK(pool.receive(Link{2}, toy::sealed_frame(20, 1, 0, bytes_of("a")), at(0s))
            .event<toy::Received>() != nullptr);
  // The last one moves to the place of one that is closed, and is still itself.
  CHECK(pool.close(Link{1}));
  CHECK(pool.handle(Link{2}, toy::Send{bytes_of("b")}, at(0s)).transmit.size() == 1);
  CHECK(pool.receive(Link{3}, toy::sealed_frame(30, 1, 0, bytes_of("a")), at(0s))
            .event<toy::Received>() != nullptr);
}

TEST_CASE("core: a call for a link without a machine is a bad argument", "[illegal]") {
  Pool<Server> pool({}, 2);
  const auto received = pool.receive(Link{9}, toy::hello_frame(1), at(0s));
  CHECK(received.fault() == Fault::bad_argument);
  CHECK(received.link == Link{9});
  CHECK(received.transmit.empty());
  CHECK(pool.handle(Link{9}, toy::Close{}, at(0s)).fault() == Fault::bad_argument);
  CHECK(pool.size() == 0);
}

TEST_CASE("core: a pool with nothing due causes nothing, whatever the call before has caused") {
  Pool<Server> pool({}, 2);
  REQUIRE(pool.open(Link{1}).has_value());
  REQUIRE(pool.receive(Link{1}, toy::hello_frame(1), at(0s)).transmit.size() == 1);
  const auto out = pool.advance(at(1s));
  CHECK(out.transmit.empty());
  CHECK(out.events.empty());
  CHECK_FALSE(out.store_before_transmit);
  REQUIRE(out.deadline.has_value());
  CHECK(out.deadline->at == SteadyTime{toy::quiet_after});
}

TEST_CASE("core: a pool advances one machine a call, the earliest, and names it") {
  Pool<Alarm> pool({}, 10);
  for (const std::uint32_t link : {1u, 2u, 3u}) {
    REQUIRE(pool.open(Link{link}).has_value());
    static_cast<void>(pool.handle(Link{link}, Set{SteadyTime{(10 - link) * 1s}}, at(0s)));
  }
  for (const std::uint32_t link : {3u, 2u, 1u}) {
    const auto out = pool.advance(at(20s));
    CHECK(out.link == Link{link});
    CHECK(out.events.size() == 1);
    if (link > 1) {
      CHECK(out.deadline->at == SteadyTime{(11 - link) * 1s});
      CHECK(out.deadline->timer == "Ring");
    } else
      CHECK_FALSE(out.deadline.has_value());
  }
}

TEST_CASE("core: a pool keeps no memory for many when it has few, and forgets none of these") {
  constexpr std::uint32_t many = 1000;
  Pool<Alarm> pool({}, many);
  for (std::uint32_t link = 0; link < many; ++link) {
    REQUIRE(pool.open(Link{link}).has_value());
    REQUIRE_FALSE(pool.handle(Link{link}, Set{at(link * 1s).steady}, at(0s)).fault());
  }
  CHECK(pool.capacity() >= many);
  CHECK(pool.capacity() < many + 64);
  for (std::uint32_t link = 0; link < many; ++link)
    if (link % 100 != 7) CHECK(pool.close(Link{link}));
  CHECK(pool.size() == 10);
  CHECK(pool.capacity() <= 64);
  for (std::uint32_t link = 7; link < many; link += 100) {
    REQUIRE(pool.deadline());
    CHECK(pool.deadline()->at == at(link * 1s).steady);
    const auto out = pool.advance(at(link * 1s));
    CHECK(out.link == Link{link});
    CHECK(out.event<Rang>());
    CHECK(pool.close(Link{link}));
  }
  CHECK_FALSE(pool.deadline());
}

TEST_CASE("core: in a pool one machine's input can move others, and all that is caused is there") {
  Pool<Server> pool({}, 10);
  for (const std::uint32_t link : {1u, 2u}) {
    REQUIRE(pool.open(Link{link}).has_value());
    static_cast<void>(pool.receive(Link{link}, toy::hello_frame(link), at(0s)));
    REQUIRE_FALSE(
        pool.receive(Link{link}, toy::sealed_frame(link, 1, 0, bytes_of("a")), at(0s)).fault());
  }
  const auto in = pool.receive(Link{1}, toy::sealed_frame(1, 2, 0, bytes_of("onward")), at(0s));
  const Bytes text = in.event<toy::Received>()->text;
  const auto first = pool.also(Link{2}, toy::Send{text}, at(0s));
  CHECK(first.link == Link{2});
  REQUIRE(first.transmit.size() == 1);
  const Kept onward = toy::keep(first.transmit[0].bytes);
  static_cast<void>(pool.also(Link{1}, toy::Send{text}, at(0s)));  // to itself as well
  const auto refused = pool.also(Link{9}, toy::Send{text}, at(0s));
  const auto out = pool.also(Link{2}, toy::Close{}, at(0s));
  REQUIRE(out.transmit.size() == 3);
  for (const std::size_t i : {0u, 1u, 2u}) CHECK(out.transmit[i].link == Link{i == 1 ? 1u : 2u});
  CHECK(toy::keep(out.transmit[0].bytes) == onward);
  REQUIRE(out.events.size() == 3);
  CHECK(text_of(std::get<toy::Received>(out.events[0]).text) == "onward");
  CHECK(std::get<Rejected>(out.events[1]).fault == Fault::bad_argument);
  CHECK(std::get<Rejected>(out.events[1]).link == Link{9});
  CHECK(std::holds_alternative<Closed>(out.events[2]));
  CHECK(refused.link == Link{9});
  // What is opened and closed in between leaves it alone, and the deadlines follow.
  CHECK(pool.close(Link{2}));
  CHECK(pool.open(Link{3}).has_value());
  CHECK(text_of(text) == "onward");
  CHECK(toy::keep(out.transmit[0].bytes) == onward);
  CHECK(pool.deadline()->at == SteadyTime{toy::quiet_after});
  CHECK(pool.close(Link{1}));
  CHECK_FALSE(pool.deadline());
  // The next call has nothing to do with it.
  const auto next = pool.handle(Link{3}, toy::Send{bytes_of("b")}, at(0s));
  CHECK(next.transmit.empty());
  CHECK(next.events.size() == 1);
}

TEST_CASE("core: a pool stores first what any of its machines must store first") {
  Pool<toy::Client> pool({}, 2);
  for (const std::uint32_t link : {0u, 1u}) {
    REQUIRE(pool.open(Link{link}).has_value());
    static_cast<void>(pool.handle(Link{link}, toy::Connect{}, at(0s)));
    REQUIRE_FALSE(
        pool.receive(Link{link}, toy::welcome_frame(7, toy::proof_of(7)), at(0s)).fault());
  }
  CHECK(pool.handle(Link{1}, toy::Send{bytes_of("a")}, at(0s)).store_before_transmit);
  CHECK(pool.also(Link{0}, toy::Close{}, at(0s)).store_before_transmit);
  CHECK_FALSE(pool.handle(Link{1}, toy::Close{}, at(0s)).store_before_transmit);
}

TEST_CASE("core: a machine whose timer is refused does not keep a pool from the others",
          "[illegal]") {
  Alarm::Context context;
  context.barred = Link{1};
  Pool<Alarm> pool(context, 10);
  for (const std::uint32_t link : {1u, 2u}) {
    REQUIRE(pool.open(Link{link}).has_value());
    static_cast<void>(pool.handle(Link{link}, Set{SteadyTime{link * 1s}}, at(0s)));
  }
  CHECK(pool.advance(at(5s)).fault() == Fault::crypto_failed);
  const auto second = pool.advance(at(5s));
  CHECK(second.link == Link{2});
  CHECK(second.event<Rang>() != nullptr);
  CHECK(second.deadline->at == SteadyTime{5s} + refused_timer_again_after);
  CHECK(pool.advance(at(5s)).events.empty());
  pool.context().barred = Link{};
  CHECK(pool.advance(at(6s)).event<Rang>() != nullptr);
}

TEST_CASE(
    "core: a pool whose machines put off their deadlines is early, does nothing, and tells when") {
  Pool<Alarm> pool({}, 10);
  for (const std::uint32_t link : {1u, 2u, 3u}) {
    REQUIRE(pool.open(Link{link}).has_value());
    (void)pool.handle(Link{link}, Set{at(link * 1s).steady}, at(0s));
  }
  for (const std::uint32_t link : {1u, 2u})
    (void)pool.handle(Link{link}, Set{at(link * 10s).steady}, at(0s));
  REQUIRE(pool.deadline());
  CHECK(pool.deadline()->at <= at(3s).steady);
  const auto early = pool.advance(at(2s));
  CHECK(early.events.empty());
  REQUIRE(early.deadline);
  CHECK(early.deadline->at == at(3s).steady);
  // The one that is due first rings first, though another was to before it.
  (void)pool.handle(Link{3}, Set{at(30s).steady}, at(2s));
  for (const std::uint32_t link : {1u, 2u, 3u}) {
    const auto out = pool.advance(at(60s));
    CHECK(out.link == Link{link});
    CHECK(out.event<Rang>());
  }
  CHECK_FALSE(pool.deadline());
}

TEST_CASE("core: a pool agrees with a plain map of deadlines under random calls", "[property]") {
  const test::Seed seed = test::seed();
  INFO(seed.again());
  test::Random random(seed);
  constexpr std::size_t machines_max = 12;
  Pool<Alarm> pool({}, machines_max);
  std::map<std::uint32_t, SteadyTime> model;  // by link
  SteadyTime now{};
  const auto earliest = [&] {
    SteadyTime first = never;
    for (const auto& [link, deadline] : model) first = std::min(first, deadline);
    return first;
  };
  for (int step = 0; step < 20'000; ++step) {
    CAPTURE(step);
    const auto link = static_cast<std::uint32_t>(random.below(20));
    switch (random.below(8)) {
      case 0: {
        const auto opened = pool.open(Link{link});
        if (model.contains(link))
          REQUIRE(opened.error() == Fault::bad_argument);
        else if (model.size() == machines_max)
          REQUIRE(opened.error() == Fault::limit_reached);
        else {
          REQUIRE(opened.has_value());
          model[link] = never;
        }
        break;
      }
      case 1: REQUIRE(pool.close(Link{link}) == (model.erase(link) == 1)); break;
      case 2: {
        now += Duration(random.below(50));
        const SteadyTime first = earliest();
        const auto out = pool.advance({now, {}});
        if (first > now)
          REQUIRE(out.events.empty());
        else {
          REQUIRE(out.events.size() == 1);
          REQUIRE(model.at(out.link.number) == first);
          model[out.link.number] = never;
        }
        break;
      }
      default: {
        const SteadyTime deadline =
            random.below(10) == 0 ? never : now + Duration(random.below(400)) - Duration(100);
        const auto out = pool.handle(Link{link}, Set{deadline}, {now, {}});
        REQUIRE(out.fault().has_value() == !model.contains(link));
        if (model.contains(link)) model[link] = deadline;
        const SteadyTime first = earliest();
        REQUIRE(out.deadline.has_value() == (first != never));
        if (out.deadline) REQUIRE(out.deadline->at <= first);
      }
    }
    REQUIRE(pool.size() == model.size());
  }
}
