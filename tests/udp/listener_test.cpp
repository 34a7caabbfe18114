#include "handfast/udp/listener.hpp"

#include "tests/support/frozen.hpp"
#include "tests/udp/pair.hpp"

// Many clients of one server, and who would like to be more than one.

using namespace udp_hardened_test;

namespace {

ListenerConfig small_config() {
  ListenerConfig config;
  config.sessions_max = 4;
  config.half_open_max = 6;
  config.cookies_from = 6;
  config.host_max = 20;
  config.host_cookies_from = 19;
  return config;
}

/// A listener with clients, each at an address of its own.
struct Crowd {
  explicit Crowd(ListenerConfig config = small_config())
      : listener(Listener::make(std::move(config), Side<Server<>>::identity(7), Random(random))
                     .value()) {}

  Result<Server<>> kept(const Output<Server<>>& out) {
    Result<Server<>> result;
    last = out.link;
    for (const Frame& frame : out.transmit) result.frames.push_back(bits(frame.bytes));
    result.events.assign(out.events.begin(), out.events.end());
    result.due = out.deadline;
    return result;
  }
  Result<Server<>> gets(Bytes frame) { return kept(listener.receive(frame, now)); }
  /// All that is due now.
  Result<Server<>> settles() {
    Result<Server<>> all = kept(listener.advance(now));
    while (all.due && all.due->at <= now.steady) all.add(kept(listener.advance(now)));
    return all;
  }
  Side<Client<>>& add_client() {
    clients.push_back(
        std::make_unique<Side<Client<>>>(pinned_config(), std::uint8_t{0}, 100 + clients.size()));
    clients.back()->now = now;
    return *clients.back();
  }
  Bits asks(Side<Client<>>& client, const Address& from) {
    return coming_from(from, client.does(Dial{server, {}}).frames.at(0));
  }
  /// A client asks at `asked`, says the same at `from`, and is heard from there.
  Link establish_elsewhere(const Address& asked, const Address& from) {
    auto& client = add_client();
    const Bits connect = asks(client, asked);
    CHECK(gets(connect).frames.size() == 1);
    auto answer = gets(coming_from(from, connect)).frames;
    if (answer.at(0).size() == Address::size + CookieReply::size) {
      const auto with_cookie = client.gets(coming_from(server, answer[0])).frames;
      answer = gets(coming_from(from, with_cookie.at(0))).frames;
    }
    const auto first = client.gets(coming_from(server, answer.at(0)));
    CHECK(gets(coming_from(from, first.frames.at(0))).event<Commit>());
    return last;
  }
  /// What is for `client` at `from` gets there, and what it answers comes back, until all is quiet.
  Result<Server<>> exchange(Side<Client<>>& client, const Address& from, Result<Server<>> all) {
    all.add(settles());
    for (std::size_t i = 0; i < all.frames.size(); ++i) {
      if (address_of(all.frames[i]) != from) continue;
      const auto answer = client.gets(coming_from(server, all.frames[i]));
      for (const Bits& back : answer.frames) all.add(gets(coming_from(from, back)));
      all.add(settles());
    }
    return all;
  }
  /// A client at `from` has a session; its link.
  Link establish(const Address& from) {
    auto& client = add_client();
    const auto answer = gets(asks(client, from));
    REQUIRE(answer.frames.size() == 1);
    const auto first = client.gets(coming_from(server, answer.frames[0]));
    REQUIRE(gets(coming_from(from, first.frames.at(0))).event<Commit>());
    const Link link = last;
    for (const Bits& frame : settles().frames)
      if (address_of(frame) == from) (void)client.gets(coming_from(server, frame));
    return link;
  }

  testing::SeededRandom random{3};
  Listener listener;
  std::vector<std::unique_ptr<Side<Client<>>>> clients;
  Address server = host(9, 6711);
  Link last;
  Time now{SteadyTime{} + std::chrono::hours(1), {}};
};

}  // namespace

TEST_CASE("udp: a listener has a session for each client, found by its name from anywhere") {
  Crowd crowd;
  std::vector<Link> links;
  for (std::uint8_t i = 1; i <= 4; ++i) links.push_back(crowd.establish(host(i)));
  CHECK(crowd.listener.established_count() == 4);
  CHECK(crowd.listener.half_open_count() == 0);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto frame = crowd.clients[i]->does(Send{bytes_of("Hello!")}).frames.at(0);
    CHECK(crowd.gets(coming_from(host(200), frame)).event<Delivered>());  // wherever it comes from
    CHECK(crowd.last == links[i]);
  }
  CHECK(crowd.kept(crowd.listener.handle(links[1], Keep{}, crowd.now)).event<Resumable>());
}

TEST_CASE("udp: a listener answers a repeated Connect by the same session") {
  Crowd crowd;
  auto& client = crowd.add_client();
  const auto asked = crowd.asks(client, host(1));
  const auto one = crowd.gets(asked), two = crowd.gets(asked);
  CHECK(one.frames == two.frames);
  CHECK(crowd.listener.size() == 1);
  Bits other = asked;
  other[Address::size + 40] ^= 1;  // another nonce
  CHECK(crowd.gets(other).event<Running>());
  CHECK(crowd.listener.size() == 2);
}

TEST_CASE("udp: what is for nobody is refused, and nothing is kept of it", "[illegal]") {
  Crowd crowd;
  (void)crowd.establish(host(1));
  Bits frame = coming_from(host(1), crowd.clients[0]->does(Send{}).frames.at(0));
  frame[Address::size + 2] ^= 1;
  CHECK(crowd.gets(frame).fault() == Fault::wrong_session);
  for (const std::size_t size : {0u, 17u, 18u, 20u, 60u}) CHECK(crowd.gets(Bits(size)).fault());
  CHECK(crowd.gets(Bits(frame_size_max + 1)).fault() == Fault::oversized);
  CHECK(crowd.listener.size() == 1);
}

TEST_CASE("udp: of half-open sessions the oldest goes, and never one that is established",
          "[attack]") {
  ListenerConfig config = small_config();
  config.session.wants_cookies = false;
  Crowd crowd(config);
  const Link link = crowd.establish(host(1));
  auto& patient = crowd.add_client();
  const auto asked = crowd.asks(patient, host(2));
  const auto answer = crowd.gets(asked).frames;
  for (std::uint8_t i = 0; i < 5; ++i)
    (void)crowd.gets(crowd.asks(crowd.add_client(), host(static_cast<std::uint8_t>(10 + i))));
  CHECK(crowd.listener.half_open_count() == 6);
  // Now only who shows a cookie: nothing is kept for a flood.
  for (int i = 0; i < 50; ++i) {
    const auto out = crowd.gets(crowd.asks(crowd.add_client(), host(77)));
    REQUIRE(out.frames.size() == 1);
    CHECK(out.frames[0].size() == Address::size + CookieReply::size);
  }
  CHECK(crowd.listener.size() == 7);
  auto& shown = crowd.add_client();
  const auto reply = crowd.gets(crowd.asks(shown, host(78))).frames;
  const auto with_cookie = shown.gets(coming_from(crowd.server, reply.at(0))).frames;
  CHECK(crowd.gets(coming_from(host(78), with_cookie.at(0))).event<Running>());
  CHECK(crowd.listener.half_open_count() == 7);
  CHECK(crowd.settles().event<Closed>());
  CHECK(crowd.listener.half_open_count() == 6);
  const auto first = patient.gets(coming_from(crowd.server, answer.at(0))).frames;
  CHECK(crowd.gets(coming_from(host(2), first.at(0))).fault() == Fault::wrong_session);  // it went
  CHECK(crowd.listener.find(link)->in<Server<>::Established>());
}

TEST_CASE("udp: half-open sessions are over after 10 seconds, and their places free") {
  Crowd crowd;
  for (std::uint8_t i = 1; i <= 6; ++i) (void)crowd.gets(crowd.asks(crowd.add_client(), host(i)));
  crowd.now.steady += 10s;
  (void)crowd.settles();
  CHECK(crowd.listener.size() == 0);
  CHECK(crowd.listener.half_open_count() == 0);
}

TEST_CASE("udp: of too many that are established the longest silent is told that it is over") {
  Crowd crowd;
  std::vector<Link> links;
  for (std::uint8_t i = 1; i <= 4; ++i) {
    links.push_back(crowd.establish(host(i)));
    crowd.now.steady += 1s;
    for (auto& client : crowd.clients) client->now = crowd.now;
  }
  // The first one says something: the second is silent for longest now.
  (void)crowd.gets(coming_from(host(1), crowd.clients[0]->does(Send{}).frames.at(0)));
  auto& fifth = crowd.add_client();
  const auto answer = crowd.gets(crowd.asks(fifth, host(5))).frames;
  const auto first = fifth.gets(coming_from(crowd.server, answer.at(0))).frames;
  auto out = crowd.gets(coming_from(host(5), first.at(0)));
  CHECK(out.event<Commit>());
  REQUIRE(out.due);
  CHECK(out.due->at == crowd.now.steady);
  out = crowd.kept(crowd.listener.advance(crowd.now));
  CHECK(crowd.last == links[1]);
  CHECK(out.size_to(host(2)) == Packet::short_size);
  CHECK(crowd.listener.established_count() == 4);
  CHECK(crowd.listener.find(links[1])->in<Server<>::Closing>());
  const auto closed = crowd.clients[1]->gets(coming_from(crowd.server, out.frames.at(0)));
  REQUIRE(closed.event<Finished>());
  CHECK(crowd.gets(coming_from(host(2), closed.frames.at(0))).event<Closed>());
  CHECK(crowd.listener.find(links[1]) == nullptr);
  CHECK(crowd.listener.size() == 4);
}

TEST_CASE("udp: sessions that end take no place of those that begin", "[attack]") {
  ListenerConfig config = small_config();
  config.ending_max = 2;
  Crowd crowd(config);
  const Link established = crowd.establish(host(200));
  std::vector<Link> links;
  for (std::uint8_t i = 1; i <= 10; ++i) {  // each one connects, and leaves at once
    auto& client = crowd.add_client();
    const auto answer = crowd.gets(crowd.asks(client, host(i))).frames;
    (void)client.gets(coming_from(crowd.server, answer.at(0)));
    const auto end = client.does(Disconnect{}).frames;
    CHECK(crowd.gets(coming_from(host(i), end.at(0))).event<Finished>());
    links.push_back(crowd.last);
    CHECK((crowd.settles().event<Closed>() != nullptr) == (i > 2));
    CHECK(crowd.listener.ending_count() == std::min<std::size_t>(i, 2));
  }
  CHECK(crowd.listener.find(links[7]) == nullptr);
  CHECK(crowd.listener.find(links[8])->in<Server<>::Draining>());
  CHECK(crowd.listener.find(established)->in<Server<>::Established>());
  CHECK(crowd.listener.size() == 3);
}

TEST_CASE("udp: a listener whose caller does not advance refuses, and begins no more", "[attack]") {
  ListenerConfig config = small_config();
  config.cookies_from = config.half_open_max = 3;
  config.sessions_max = config.ending_max = 1;
  Crowd crowd(config);
  const auto asks = [&](std::uint8_t number) {
    auto& client = crowd.add_client();
    auto out = crowd.gets(crowd.asks(client, host(number)));
    if (!out.frames.empty() && out.frames[0].size() == Address::size + CookieReply::size)
      out = crowd.gets(coming_from(
          host(number), client.gets(coming_from(crowd.server, out.frames[0])).frames.at(0)));
    return out;
  };
  for (std::uint8_t i = 1; i <= 6; ++i) CHECK(asks(i).event<Running>());
  CHECK(asks(7).fault() == Fault::back_pressure);
  CHECK(crowd.listener.size() == 6);
  (void)crowd.settles();
  CHECK(crowd.listener.size() == 3);
  CHECK(asks(8).event<Running>());
}

TEST_CASE("udp: nothing of a session's keys is left in what all of them use", "[erasure]") {
  Crowd crowd;
  const Link link = crowd.establish(host(1));
  CHECK(crowd.listener.context().ciphers.has_keys());
  (void)crowd.kept(crowd.listener.handle(link, Disconnect{}, crowd.now));
  CHECK(crowd.kept(crowd.listener.handle(link, Disconnect{}, crowd.now)).event<Closed>());
  CHECK(crowd.listener.find(link) == nullptr);
  CHECK_FALSE(crowd.listener.context().ciphers.has_keys());
}

TEST_CASE("udp: a listener has no session of another's link") {
  Crowd crowd;
  const Link link = crowd.establish(host(1));
  CHECK(crowd.kept(crowd.listener.handle(Link{0}, Disconnect{}, crowd.now)).fault() ==
        Fault::bad_argument);
  CHECK(crowd.kept(crowd.listener.handle(Link{link.number + 1}, Disconnect{}, crowd.now)).fault() ==
        Fault::bad_argument);
  Bits frame = coming_from(host(1), crowd.clients[0]->does(Send{}).frames.at(0));
  std::fill_n(frame.begin() + Address::size + 6, 4, std::uint8_t{0});  // the server's half
  CHECK(crowd.gets(frame).fault() == Fault::wrong_session);
  CHECK(crowd.listener.find(Link{0}) == nullptr);
}

TEST_CASE("udp: one host has so many sessions, of IPv6 a whole network", "[attack]") {
  ListenerConfig config = small_config();
  config.half_open_max = config.cookies_from = 100;
  config.host_cookies_from = 2;
  config.host_max = 3;
  Crowd crowd(config);
  const auto from = [](std::uint8_t number) {
    return Address::of(std::array<std::uint8_t, 16>{0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, number, number},
                       number);
  };
  const auto asks = [&](std::uint8_t number) {
    auto& client = crowd.add_client();
    auto out = crowd.gets(crowd.asks(client, from(number)));
    if (!out.frames.empty() && out.frames[0].size() == Address::size + CookieReply::size)
      out = crowd.gets(coming_from(
          from(number), client.gets(coming_from(crowd.server, out.frames[0])).frames.at(0)));
    return out;
  };
  for (std::uint8_t i = 1; i <= 3; ++i) CHECK(asks(i).event<Running>());
  CHECK(asks(4).fault() == Fault::back_pressure);
  CHECK(crowd.listener.size() == 3);
  CHECK(crowd.gets(crowd.asks(crowd.add_client(), host(1))).event<Running>());
  crowd.now.steady += 10s;
  (void)crowd.settles();
  for (auto& client : crowd.clients) client->now = crowd.now;
  CHECK(asks(5).event<Running>());  // its places are free again
}

TEST_CASE("udp: who forges addresses uses up no other host's places", "[attack]") {
  ListenerConfig config = small_config();
  config.half_open_max = config.cookies_from = 100;
  config.host_cookies_from = 2;
  config.host_max = 3;
  Crowd crowd(config);
  for (int i = 0; i < 20; ++i) (void)crowd.gets(crowd.asks(crowd.add_client(), host(1)));
  CHECK(crowd.listener.size() == 2);
  auto& client = crowd.add_client();
  const auto reply = crowd.gets(crowd.asks(client, host(1))).frames;
  const auto with_cookie = client.gets(coming_from(crowd.server, reply.at(0))).frames;
  CHECK(crowd.gets(coming_from(host(1), with_cookie.at(0))).event<Running>());
}

TEST_CASE("udp: a session counts for the host where its client has shown to be", "[attack]") {
  ListenerConfig config = small_config();
  config.sessions_max = config.half_open_max = config.cookies_from = 100;
  config.host_cookies_from = 2;
  config.host_max = 3;
  Crowd crowd(config);
  for (int i = 0; i < 6; ++i) {  // each says first that it is another
    const Address other = host(static_cast<std::uint8_t>(10 + i));
    const Link link = crowd.establish_elsewhere(other, host(1));
    auto& client = *crowd.clients.back();
    (void)crowd.exchange(client, host(1), {});
    CHECK((crowd.listener.find(link) != nullptr) == (i < 3));  // or it is over at once
  }
  CHECK(crowd.listener.established_count() == 3);
  auto& own = crowd.add_client();
  CHECK(crowd.gets(crowd.asks(own, host(10))).event<Running>());
}

TEST_CASE("udp: sessions that move away leave their host its places") {
  ListenerConfig config = small_config();
  config.host_cookies_from = 2;
  config.host_max = 3;
  config.sessions_max = 10;
  Crowd crowd(config);
  for (std::uint8_t i = 0; i < 2; ++i) (void)crowd.establish(host(1));
  for (std::uint8_t i = 0; i < 2; ++i) {
    auto& client = *crowd.clients[i];
    const Address away = host(static_cast<std::uint8_t>(20 + i));
    const auto said = client.does(Send{bytes_of("Hello!")}).frames.at(0);
    const auto all = crowd.exchange(client, away, crowd.gets(coming_from(away, said)));
    CHECK(all.event<Moved>());
  }
  CHECK(crowd.gets(crowd.asks(crowd.add_client(), host(1))).event<Running>());  // without a cookie
  CHECK(crowd.gets(crowd.asks(crowd.add_client(), host(1))).event<Running>());
}

TEST_CASE("udp: a session whose client is nowhere proven is over, and leaves nothing", "[attack]") {
  Crowd crowd;
  const Link link = crowd.establish_elsewhere(host(1), host(2));
  (void)crowd.settles();
  CHECK(crowd.kept(crowd.listener.handle(link, Keep{}, crowd.now)).fault() == Fault::back_pressure);
  CHECK(crowd.listener.half_open_count() == 1);
  crowd.now.steady += 10s - 1ms;
  CHECK_FALSE(crowd.settles().event<Closed>());
  crowd.now.steady += 1ms;
  const auto over = crowd.settles();
  REQUIRE(over.event<Closed>());
  CHECK(over.event<Closed>()->fault == Fault::timed_out);
  CHECK(crowd.listener.size() == 0);

  (void)crowd.establish_elsewhere(host(1), host(2));
  const auto end = crowd.clients.back()->does(Disconnect{}).frames.at(0);
  const auto finished = crowd.gets(coming_from(host(2), end));
  REQUIRE(finished.event<Finished>());
  CHECK_FALSE(finished.event<Finished>()->is_kept);
  CHECK(crowd.listener.context().resumptions.size() == 0);
}

TEST_CASE("udp: what a session leaves counts for the host where its client is") {
  ListenerConfig config = small_config();
  config.session.resumptions_host_max = 1;
  Crowd crowd(config);
  for (const std::uint8_t number : std::array<std::uint8_t, 3>{1, 1, 2}) {
    (void)crowd.establish(host(number));
    const auto end = crowd.clients.back()->does(Disconnect{}).frames.at(0);
    CHECK(crowd.gets(coming_from(host(number), end)).event<Finished>()->is_kept);
  }
  CHECK(crowd.listener.context().resumptions.size() == 2);
}

TEST_CASE("udp: what is forged, and what we say, keeps no session from being silent", "[attack]") {
  Crowd crowd;
  std::vector<Link> links;
  for (std::uint8_t i = 1; i <= 4; ++i) {
    links.push_back(crowd.establish(host(i)));
    crowd.now.steady += 1s;
    for (auto& client : crowd.clients) client->now = crowd.now;
  }
  Bits forged = coming_from(host(1), crowd.clients[0]->does(Send{}).frames.at(0));
  forged.back() ^= 1;
  CHECK(crowd.gets(forged).fault() == Fault::not_authentic);
  CHECK_FALSE(crowd.kept(crowd.listener.handle(links[0], Send{}, crowd.now)).fault());
  (void)crowd.establish(host(5));
  CHECK(crowd.listener.find(links[0])->in<Server<>::Closing>());
}

TEST_CASE("udp: what we say in the moment when all are heard moves nobody in their order") {
  Crowd crowd;
  std::vector<Link> links;
  for (std::uint8_t i = 1; i <= 4; ++i) links.push_back(crowd.establish(host(i)));
  CHECK_FALSE(crowd.kept(crowd.listener.handle(links[0], Send{}, crowd.now)).fault());
  (void)crowd.establish(host(5));
  CHECK(crowd.listener.find(links[0])->in<Server<>::Closing>());
}

TEST_CASE("udp: whatever is refused or asked for a cookie, what has to go is told to be due") {
  ListenerConfig config = small_config();
  config.half_open_max = config.cookies_from = 1;
  Crowd crowd(config);
  (void)crowd.gets(crowd.asks(crowd.add_client(), host(1)));
  auto& shown = crowd.add_client();
  const auto reply = crowd.gets(crowd.asks(shown, host(2))).frames.at(0);
  const auto again = shown.gets(coming_from(crowd.server, reply)).frames.at(0);
  REQUIRE(crowd.gets(coming_from(host(2), again)).event<Running>());
  const auto cookie = crowd.gets(crowd.asks(crowd.add_client(), host(3)));
  REQUIRE(cookie.frames.size() == 1);
  REQUIRE(cookie.due);
  CHECK(cookie.due->at == crowd.now.steady);
  const auto refused = crowd.gets(Bits(40));
  REQUIRE(refused.due);
  CHECK(refused.due->at == crowd.now.steady);
}

TEST_CASE("udp: a listener may want a cookie of everybody") {
  ListenerConfig config = small_config();
  config.session.wants_cookies = true;
  Crowd crowd(config);
  CHECK(crowd.gets(crowd.asks(crowd.add_client(), host(1))).frames.at(0).size() ==
        Address::size + CookieReply::size);
  CHECK(crowd.listener.size() == 0);
}

TEST_CASE("udp: who asked before there was load gets its answer again when it shows a cookie") {
  ListenerConfig config = small_config();
  config.half_open_max = config.cookies_from = 1;
  Crowd crowd(config);
  auto& client = crowd.add_client();
  const Bits connect = crowd.asks(client, host(1));
  const auto answer = crowd.gets(connect).frames;  // lost
  const auto cookie = crowd.gets(connect).frames;
  REQUIRE(cookie.at(0).size() == Address::size + CookieReply::size);
  const auto again = client.gets(coming_from(crowd.server, cookie[0])).frames;
  CHECK(crowd.gets(coming_from(host(1), again.at(0))).frames == answer);
  CHECK(crowd.listener.size() == 1);
}

TEST_CASE("udp: no two sessions have one link, and none that of nobody") {
  test::QueuedRandom random;
  const Bits half{1, 2, 3, 4}, nobody(4), other{5, 6, 7, 8};
  std::uint8_t key = 1;
  for (const Bits& drawn : {half, half, nobody, other}) {
    random.queue.push_back(drawn);
    random.queue.push_back(Bits(32, key++));
  }
  auto listener =
      Listener::make(small_config(), Side<Server<>>::identity(7), Random(random)).value();
  const Time now{SteadyTime{} + 1h, {}};
  std::vector<std::optional<Fault>> faults;
  for (std::uint8_t i = 0; i < 4; ++i) {
    Side<Client<>> client(pinned_config(), 0, 100u + i);
    const auto asked = client.does(Dial{host(9), {}}).frames.at(0);
    faults.push_back(listener.receive(coming_from(host(i), asked), now).fault());
  }
  const std::optional<Fault> none;
  CHECK((faults == std::vector{none, std::optional(Fault::back_pressure),
                               std::optional(Fault::back_pressure), none}));
  CHECK(listener.size() == 2);
  CHECK(listener.find(Link{0x01020304}) != nullptr);
  CHECK(listener.find(Link{0x05060708}) != nullptr);
}

TEST_CASE("udp: a listener is moved with all its sessions") {
  Crowd crowd;
  const Link link = crowd.establish(host(1));
  (void)crowd.gets(crowd.asks(crowd.add_client(), host(2)));
  Listener moved = std::move(crowd.listener);
  crowd.listener = std::move(moved);
  CHECK(crowd.listener.size() == 2);
  const auto said = crowd.clients[0]->does(Send{bytes_of("Hello!")}).frames.at(0);
  CHECK(crowd.gets(coming_from(host(1), said)).event<Delivered>());
  CHECK(crowd.last == link);
  crowd.now.steady += 10s;
  (void)crowd.settles();
  CHECK(crowd.listener.size() == 1);
}

TEST_CASE("udp: a listener whose configuration cannot work is none") {
  ListenerConfig config;
  config.sessions_max = 0;
  CHECK(Listener::make(config, {}).error() == Fault::bad_argument);
  config = {};
  config.session.drain_time = 0s;
  CHECK(Listener::make(config, {}).error() == Fault::bad_argument);
  config = {};
  config.ending_max = 0;
  CHECK(Listener::make(config, {}).error() == Fault::bad_argument);
  config = {};
  config.host_cookies_from = config.host_max;
  CHECK(Listener::make(config, {}).error() == Fault::bad_argument);
  config = {};
  config.cookies_from = config.half_open_max + 1;
  CHECK(Listener::make(config, {}).error() == Fault::bad_argument);
  CHECK(Listener::make({}, {}));
}

TEST_CASE("udp: a session of a listener takes so much memory and no more") {
  CHECK(Listener::session_size() <= 544);  // bytes
}
