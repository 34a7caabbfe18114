#include "tests/rehandshake/said.hpp"

// What is said and heard while anything else is under way: both parts are taken to each state that
// they can be in, with a path to send on and without, and the same holds there.

using namespace rehandshake_test;

namespace {

/// Where one side of a connection can be.
struct Place {
  std::string_view state;
  Link used;   // the path that it sends on, or `no_link`
  Link heard;  // one that is open, by which nothing of the state ends
  Link spare;  // one whose end is not the end of the state
  std::function<void(Ends&)> go;
};

void lose(Ends& ends, Link path) {
  (void)ends.first.does(LinkClosed{path});
  (void)ends.second.does(LinkClosed{path});
}

void move_to_direct(Ends& ends) {
  ends.migrate();
  lose(ends, relay_link);
}

template <class Role>
std::vector<Place> places();
template <>
std::vector<Place> places<Mover>() {
  return {{"Steady", relay_link, relay_link, direct_link, [](Ends&) {}},
          {"Steady", direct_link, direct_link, relay_link, move_to_direct},
          {"Proving", relay_link, relay_link, relay_link,
           [](Ends& ends) { (void)request_on(ends, direct_link); }},
          {"Proving", no_link, relay_link, direct_link,
           [](Ends& ends) {
             lose(ends, relay_link);
             (void)request_on(ends, relay_link);
           }},
          {"Switching", relay_link, relay_link, relay_link,
           [](Ends& ends) { (void)complete_on(ends, direct_link); }},
          {"Switching", no_link, direct_link, direct_link,
           [](Ends& ends) {
             lose(ends, relay_link);
             (void)complete_on(ends, relay_link);
             (void)opens(ends.first, direct_link);
           }},
          {"Stranded", no_link, direct_link, direct_link, [](Ends& ends) {
             lose(ends, relay_link);
             (void)request_on(ends, relay_link);
             (void)opens(ends.first, direct_link);
             (void)ends.first.does(LinkClosed{relay_link});
           }}};
}
template <>
std::vector<Place> places<Follower>() {
  return {{"Steady", relay_link, relay_link, direct_link, [](Ends&) {}},
          {"Steady", direct_link, direct_link, relay_link, move_to_direct},
          {"Answering", relay_link, relay_link, relay_link,
           [](Ends& ends) { (void)response_on(ends, direct_link); }},
          {"Answering", no_link, relay_link, direct_link,
           [](Ends& ends) {
             lose(ends, relay_link);
             (void)response_on(ends, relay_link);
           }},
          {"Stranded", no_link, direct_link, direct_link, [](Ends& ends) {
             lose(ends, relay_link);
             (void)opens(ends.second, direct_link);
           }}};
}

/// A connection of which the side that is `Role` is at a place.
template <class Role>
struct Connection {
  explicit Connection(Place where, const MigrationConfig& config = {})
      : place(std::move(where)), ends(config) {
    ends.start();
    place.go(ends);
    check_stays();
  }
  [[nodiscard]] auto& side() {
    if constexpr (std::same_as<Role, Mover>)
      return ends.first;
    else
      return ends.second;
  }
  [[nodiscard]] auto& other() {
    if constexpr (std::same_as<Role, Mover>)
      return ends.second;
    else
      return ends.first;
  }
  [[nodiscard]] Stream& stream() { return stream_of(side()); }
  [[nodiscard]] MigrationConfig& config() { return side().context().migration; }
  [[nodiscard]] std::string where() const {
    return "in " + std::string(place.state) + ", sending on " + name_of_path(place.used);
  }
  /// Says these on the path that it sends on, in this order, and nothing where there is none.
  void check_says(const Result<Role>& result, const Strings& names) {
    Strings expected;
    for (const std::string& name : names)
      if (place.used != no_link) expected.push_back(name + " on " + name_of_path(place.used));
    CHECK(said(result, other()) == expected);
    CHECK(result.events.empty());
    check_stays();
  }
  template <class Command>
  void check_refuses(const Command& command, Fault fault) {
    const Bits before = side().snapshot();
    const auto result = side().does(command);
    CHECK(result.fault() == fault);
    CHECK(result.frames.empty());
    CHECK(side().snapshot() == before);
  }
  void check_stays() { REQUIRE(side().state() == place.state); }
  /// The other side says this.
  template <class Message>
  Result<Role> hears(const Message& message) {
    return side().gets(sealed(other(), message), place.heard);
  }
  /// The number of something that it has said, and that has not come.
  [[nodiscard]] std::uint64_t says_unheard() {
    return stream_of(other()).keep(Unacknowledged::Kind::data, {}, other().context());
  }

  const Place place;
  Ends ends;
};

}  // namespace

TEMPLATE_TEST_CASE("rehandshake: what is said goes out at once on the path that is used", "", Mover,
                   Follower) {
  Connection<TestType> at(GENERATE(from_range(places<TestType>())));
  INFO(at.where());
  const auto said = at.side().does(Send{Ends::message(0)});
  at.check_says(said, {"Data"});
  CHECK(at.stream().unacknowledged.size() == 1);
  for (const Bits& frame : said.frames)
    CHECK(at.other().gets(frame, at.place.used).payloads == std::vector<Bits>{Ends::message(0)});
}

TEMPLATE_TEST_CASE("rehandshake: what may not be said is refused wherever a connection is",
                   "[illegal]", Mover, Follower) {
  Connection<TestType> at(GENERATE(from_range(places<TestType>())));
  INFO(at.where());
  at.check_refuses(Send{Bits(payload_size_max + 1)}, Fault::too_large);
  const auto config = at.config();
  at.config().unacknowledged_max = at.stream().unacknowledged.size();
  at.check_refuses(Send{}, Fault::back_pressure);
  at.config() = config;
  const std::uint64_t counter = at.stream().next_counter;
  at.stream().next_counter = config.counter_max - MigrationConfig::counter_reserve + 1;
  at.check_refuses(Send{}, Fault::limit_reached);
  at.stream().next_counter = counter;
  CHECK_FALSE(at.side().does(Disconnect{}).fault());
  at.check_refuses(Send{}, Fault::not_allowed_now);
  at.check_refuses(Disconnect{}, Fault::not_allowed_now);
}

TEMPLATE_TEST_CASE("rehandshake: what comes is delivered once, in order, and acknowledged in time",
                   "", Mover, Follower) {
  Connection<TestType> at(GENERATE(from_range(places<TestType>())));
  INFO(at.where());
  const std::uint64_t number = at.says_unheard(), later = at.says_unheard();
  const Bits message = Ends::message(0);
  at.check_says(at.hears(Data{later, message}), {});
  at.check_says(at.side().waits(0s), {"Ack"});
  CHECK(at.hears(Data{number, message}).payloads == std::vector<Bits>{message});
  at.check_says(at.side().waits(20ms - 1ns), {});
  at.check_says(at.side().waits(1ns), {"Ack"});
  at.check_says(at.hears(Data{number, message}), {});
  at.check_says(at.side().waits(0s), {"Ack"});
}

TEMPLATE_TEST_CASE("rehandshake: what has come is said no more, however that is heard", "", Mover,
                   Follower) {
  Connection<TestType> at(GENERATE(from_range(places<TestType>())));
  INFO(at.where());
  const auto say = [&] {
    (void)at.side().does(Send{Ends::message(0)});
    return at.stream().next_number - 1;
  };
  at.check_says(at.hears(Ack{say()}), {});
  CHECK(at.stream().unacknowledged.empty());
  at.check_says(at.hears(Heartbeat{say()}), {});
  CHECK(at.stream().unacknowledged.empty());
  at.check_says(at.side().waits(4s), {});
  at.check_says(at.hears(Switch{at.says_unheard()}), {});
  at.check_says(at.side().waits(0s), {"Ack"});
}

TEMPLATE_TEST_CASE("rehandshake: what is not acknowledged is said again, in order and as it was",
                   "", Mover, Follower) {
  Connection<TestType> at(GENERATE(from_range(places<TestType>())));
  INFO(at.where());
  (void)at.side().does(Send{Ends::message(0)});
  (void)at.stream().keep_switch(at.side().context());
  (void)at.side().does(Disconnect{});
  for (int second = 1; second <= 4; ++second) {
    at.check_says(at.side().waits(1s - 1ns), {});
    const bool is_time = second != 3;
    at.check_says(at.side().waits(1ns), is_time ? Strings{"Data", "Switch", "Close"} : Strings{});
  }
}

TEMPLATE_TEST_CASE("rehandshake: who has said nothing for a while says that it is there", "", Mover,
                   Follower) {
  MigrationConfig config;
  config.heartbeat_interval = 2s;
  config.resend_after = 10s;
  Connection<TestType> at(GENERATE(from_range(places<TestType>())), config);
  INFO(at.where());
  (void)at.side().does(Send{Ends::message(0)});
  for (int i = 0; i < 2; ++i) {
    at.check_says(at.side().waits(2s - 1ns), {});
    at.check_says(at.side().waits(1ns), {"Heartbeat"});
  }
}

TEMPLATE_TEST_CASE("rehandshake: the end is said wherever a connection is", "", Mover, Follower) {
  Connection<TestType> at(GENERATE(from_range(places<TestType>())));
  INFO(at.where());
  at.check_says(at.side().does(Disconnect{}), {"Close"});
  CHECK(at.stream().unacknowledged.size() == 1);
}

TEMPLATE_TEST_CASE("rehandshake: the other side's end is answered by ours, once all before it came",
                   "", Mover, Follower) {
  Connection<TestType> at(GENERATE(from_range(places<TestType>())));
  INFO(at.where());
  const std::uint64_t number = at.says_unheard(), later = at.says_unheard();
  at.check_says(at.hears(rehandshake::Close{later}), {});
  at.check_says(at.side().waits(0s), {"Ack"});
  CHECK_FALSE(at.side().does(Send{}).fault());
  at.check_says(at.hears(rehandshake::Close{number}), {"Close"});
  at.check_says(at.side().waits(0s), {"Ack"});
  at.check_refuses(Send{}, Fault::not_allowed_now);
  at.check_says(at.hears(rehandshake::Close{number}), {});
  at.check_says(at.side().waits(0s), {"Ack"});
}

TEMPLATE_TEST_CASE("rehandshake: an end that nobody hears is over in time, and so is an attempt",
                   "", Mover, Follower) {
  MigrationConfig config;
  config.close_timeout = 4s;
  Connection<TestType> at(GENERATE(from_range(places<TestType>())), config);
  INFO(at.where());
  (void)at.side().does(Disconnect{});
  CHECK(at.side().waits(4s - 1ns).events.empty());
  at.check_stays();
  const auto over = at.side().waits(1ns);
  REQUIRE(over.template event<Closed>());
  CHECK(over.template event<Closed>()->fault == Fault::timed_out);
  const bool is_under_way = at.place.state != "Steady" && at.place.state != "Stranded";
  CHECK((over.template event<AttemptEnded>() != nullptr) == is_under_way);
  CHECK(at.side().state() == "Ended");
}

TEMPLATE_TEST_CASE(
    "rehandshake: a path that falls silent is lost, and an attempt on another is not", "", Mover,
    Follower) {
  MigrationConfig config;
  config.heartbeat_interval = 1s;
  config.silence_timeout = 3s;
  Connection<TestType> at(GENERATE(from_range(places<TestType>())), config);
  INFO(at.where());
  const auto silent = at.side().waits(3s);
  const auto* lost = silent.template event<PathLost>();
  REQUIRE((lost != nullptr) == (at.place.used != no_link));
  if (lost != nullptr) CHECK(lost->link == at.place.used);
  CHECK(at.side().state() == (at.place.state == "Steady" ? "Stranded" : at.place.state));
}

TEMPLATE_TEST_CASE("rehandshake: a path is opened once, and again when it has closed and is bound",
                   "[illegal]", Mover, Follower) {
  Connection<TestType> at(GENERATE(from_range(places<TestType>())));
  INFO(at.where());
  const auto& place = at.place;
  auto& context = at.side().context();
  const auto is_heard = [&] {
    const Heartbeat heartbeat{at.stream().acknowledged_last()};
    return !at.side().gets(sealed(at.other(), heartbeat), place.spare).fault();
  };
  context.bind(place.heard, ChannelBinding::none());
  at.check_refuses(LinkOpened{place.heard}, Fault::bad_argument);
  CHECK(at.side().does(LinkClosed{place.spare}).is_silent());
  at.check_stays();
  CHECK_FALSE(is_heard());
  context.use_binding(place.spare);
  at.check_refuses(LinkOpened{place.spare}, Fault::bad_argument);
  CHECK_FALSE(opens(at.side(), place.spare).fault());
  CHECK(is_heard());
}
