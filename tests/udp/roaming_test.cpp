#include "tests/udp/pair.hpp"

// A client that moves, and who would like it to seem to.

using namespace udp_hardened_test;

namespace {

Paths& paths_of(Pair& pair) { return pair.server.in<Server<>::Established>().paths; }

Bits client_says(Pair& pair, std::string_view what = "Hello!") {
  return pair.client.does(Send{bytes_of(what)}).frames.at(0);
}

}  // namespace

TEST_CASE("udp: a session follows its client to another address, once it answers from there") {
  Pair pair;
  pair.establish();
  CHECK(pair.to_server({client_says(pair)}, pair.away).event<Delivered>());
  CHECK(pair.server.does(Send{bytes_of("Hi")}).fault() == Fault::back_pressure);
  const auto asks = pair.server.settles();
  CHECK(asks.frames.size() == 2);
  CHECK(asks.size_to(pair.away) == Packet::short_size);
  CHECK(asks.size_to(pair.home) == Packet::short_size);  // it may still be there
  const auto response = pair.to_client(asks.frames, pair.away);
  const auto proven = pair.to_server(response.frames, pair.away);
  REQUIRE(proven.event<Moved>());
  CHECK(proven.event<Moved>()->address == pair.away);
  CHECK(paths_of(pair).current.is_proven);
  const auto sent = pair.server.does(Send{bytes_of("Hi")});
  CHECK(sent.size_to(pair.away) > 0);
  CHECK(pair.server.lives(10s).size_to(pair.home) == 0);
}

TEST_CASE("udp: to an address that is not proven go no more bytes than came from it", "[attack]") {
  Pair pair;
  pair.establish();
  std::size_t sent = 0, received = 0;
  const auto comes = [&](const Bits& frame) {
    received += frame.size() - Address::size;
    sent += pair.to_server({frame}, pair.other).size_to(pair.other);
  };
  for (int i = 0; i < 30; ++i) {
    comes(i % 3 == 0 ? pair.client.does(Send{}).frames.at(0) : client_says(pair));
    for (int k = 0; k < 4; ++k) {
      sent += pair.server.does(Send{bytes_of("something longer than what was said before")})
                  .size_to(pair.other);
      sent += pair.server.settles().size_to(pair.other);
      CHECK(sent <= received);
    }
  }
  CHECK(sent > 0);
}

TEST_CASE("udp: the first packet from an address pays for its challenge, whatever it holds",
          "[attack]") {
  for (const std::string_view payload : {"", "x", "1234567"}) {
    Pair pair;
    pair.establish();
    const auto frame = client_says(pair, payload);
    (void)pair.to_server({frame}, pair.away);
    CHECK(pair.server.settles().size_to(pair.away) == Packet::short_size);
  }
}

TEST_CASE("udp: nothing but the challenge is the first that goes to a new address", "[attack]") {
  Pair pair;
  pair.establish();
  pair.wait(14s);
  (void)pair.to_server({pair.client.does(Send{Bits(500)}).frames.at(0)}, pair.away);
  pair.server.now.steady += 1s;
  const auto beat = pair.server.settles();  // a heartbeat is due too
  REQUIRE_FALSE(beat.frames.empty());
  CHECK(address_of(beat.frames[0]) == pair.away);
  const auto opened = pair.client.gets(coming_from(pair.server_address, beat.frames[0]));
  CHECK(opened.frames.size() == 1);  // it was the challenge: it is answered
  CHECK_FALSE(pair.server.does(Send{bytes_of("paid for")}).fault());
}

TEST_CASE("udp: who copies packets and is faster moves no session", "[attack]") {
  Pair pair;
  pair.establish();
  const auto copied = client_says(pair);
  CHECK(pair.to_server({copied}, pair.other).event<Delivered>());
  CHECK(pair.server.gets(coming_from(pair.home, copied)).fault() == Fault::replayed);
  const auto asks = pair.server.settles();
  const auto response = pair.to_client(asks.frames, pair.home);  // where the client is
  REQUIRE(response.frames.size() == 1);
  (void)pair.to_server(response.frames, pair.home);
  CHECK(paths_of(pair).current.address == pair.home);
  CHECK(paths_of(pair).current.is_proven);
  pair.check_talk();
}

TEST_CASE("udp: an address that does not answer in 3 seconds is left again", "[attack]") {
  Pair pair;
  pair.establish();
  (void)pair.to_server({client_says(pair)}, pair.other);
  const auto meanwhile = pair.server.lives(3s - 1ns);
  CHECK(paths_of(pair).current.address == pair.other);
  CHECK(meanwhile.size_to(pair.other) == Packet::short_size);
  const auto back = pair.server.lives(1ns);
  REQUIRE(back.event<Moved>());
  CHECK(back.event<Moved>()->address == pair.home);
  pair.check_talk();
}

TEST_CASE("udp: a packet that was kept back moves nothing", "[attack]") {
  Pair pair;
  pair.establish();
  const auto kept = client_says(pair), newer = client_says(pair);
  (void)pair.to_server({newer});
  CHECK(pair.to_server({kept}, pair.other).event<Delivered>());
  CHECK(paths_of(pair).current.address == pair.home);
  CHECK(pair.server.settles().size_to(pair.other) == 0);
}

TEST_CASE("udp: a forged packet moves nothing and is answered by nothing", "[attack]") {
  Pair pair;
  pair.establish();
  Bits forged = coming_from(pair.other, client_says(pair));
  forged.back() ^= 1;
  CHECK(pair.server.gets(forged).fault() == Fault::not_authentic);
  CHECK(paths_of(pair).current.address == pair.home);
  CHECK(pair.server.settles().frames.empty());
}

TEST_CASE("udp: a challenge that is lost goes again when it is paid for") {
  Pair pair;
  pair.establish();
  (void)pair.to_server({client_says(pair)}, pair.away);
  CHECK(pair.server.settles().size_to(pair.away) == Packet::short_size);  // lost
  pair.wait(500ms);
  (void)pair.to_server({client_says(pair)}, pair.away);
  pair.wait(500ms);
  const auto again = pair.server.settles();
  CHECK(again.size_to(pair.away) == Packet::short_size);
  const auto response = pair.to_client(again.frames, pair.away);
  CHECK(pair.to_server(response.frames, pair.away).event<Moved>());
}

TEST_CASE("udp: where the random source fails the session stays where it is") {
  Pair pair;
  pair.establish();
  pair.server.random().fail_next(1, 8);
  CHECK(pair.to_server({client_says(pair)}, pair.away).event<Delivered>());
  CHECK(paths_of(pair).current.address == pair.home);
  pair.check_talk();
}

TEST_CASE("udp: a Connect that came from two addresses proves neither", "[attack]") {
  for (const bool copy_is_first : {true, false}) {
    Pair pair;
    (void)pair.server.does(Listen{});
    const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames;
    if (copy_is_first) (void)pair.to_server(asked, pair.other);
    const auto answer = pair.to_server(asked);
    if (!copy_is_first) (void)pair.to_server(asked, pair.other);
    const auto first = pair.to_client(answer.frames).frames;
    // Who has seen all this says the first packet too, from where the others came from.
    (void)pair.to_server(first, pair.other);
    CHECK(pair.server.state() == "Established");
    CHECK_FALSE(paths_of(pair).current.is_proven);
    CHECK(pair.server.does(Send{bytes_of("Hi")}).fault() == Fault::back_pressure);
    CHECK(pair.server.settles().size_to(pair.other) == Packet::short_size);
  }
  Pair pair;
  (void)pair.server.does(Listen{});
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames;
  (void)pair.to_server(asked, pair.other);
  const auto first = pair.to_client(pair.to_server(asked).frames).frames;
  (void)pair.to_server(first);
  CHECK_FALSE(paths_of(pair).current.is_proven);
  const auto response = pair.to_client(pair.server.settles().frames);
  CHECK(pair.client.state() == "Established");  // the challenge was heard
  CHECK(pair.to_server(response.frames).event<Moved>());
  CHECK(pair.server.settles().frames.size() == 1);  // what was kept back goes now
  pair.check_talk();
}

TEST_CASE("udp: a cookie proves where its Connect came from, though others have said it",
          "[attack]") {
  Config config;
  config.wants_cookies = true;
  Pair pair(pinned_config(), config);
  (void)pair.server.does(Listen{});
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames;
  const auto with_cookie = pair.to_client(pair.to_server(asked).frames).frames;
  const auto answer = pair.to_server(with_cookie).frames;
  (void)pair.to_server(with_cookie, pair.other);  // good for its own address only
  (void)pair.to_server(pair.to_client(answer).frames);
  CHECK(paths_of(pair).current.is_proven);
}

TEST_CASE("udp: a first packet from elsewhere than its Connect proves no address", "[attack]") {
  Pair pair;
  const auto first = pair.connect().frames;
  (void)pair.to_server(first, pair.other);
  CHECK(pair.server.state() == "Established");
  CHECK_FALSE(paths_of(pair).current.is_proven);
  CHECK(pair.server.does(Send{bytes_of("Hi")}).fault() == Fault::back_pressure);
}

TEST_CASE("udp: a cookie proves its own address, not the one that its Connect came from before",
          "[attack]") {
  for (const bool is_heard_from_home : {true, false}) {
    Config config;
    config.wants_cookies = true;
    Pair pair(pinned_config(), config);
    (void)pair.server.does(Listen{});
    const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames;
    const auto with_cookie = pair.to_client(pair.to_server(asked).frames).frames;
    pair.server.context().config.wants_cookies = false;  // it is no longer busy
    (void)pair.to_server(asked, pair.other);
    const auto first = pair.to_client(pair.to_server(with_cookie).frames).frames;
    (void)pair.to_server(first, is_heard_from_home ? pair.home : pair.other);
    CHECK(pair.server.state() == "Established");
    CHECK(paths_of(pair).current.is_proven == is_heard_from_home);
  }
}

TEST_CASE("udp: a session that ends follows nobody", "[attack]") {
  Pair pair;
  pair.establish();
  (void)pair.to_server({client_says(pair)}, pair.other);  // and nobody answers there
  const auto closing = pair.server.does(Disconnect{});
  CHECK(closing.size_to(pair.home) == Packet::short_size);
  CHECK(closing.size_to(pair.other) == 0);
  (void)pair.to_server({client_says(pair)}, pair.other);
  const auto again = pair.server.waits(200ms);
  CHECK(again.size_to(pair.home) == Packet::short_size);
  CHECK(again.size_to(pair.other) == 0);
  const auto ours = pair.client.does(Disconnect{}).frames;
  const auto answered = pair.to_server(ours, pair.other);
  CHECK(answered.size_to(pair.home) == Packet::short_size);
  CHECK(answered.size_to(pair.other) == 0);
  CHECK(pair.server.state() == "Draining");
}

TEST_CASE("udp: an end at an address that is not proven is said no more than is paid for",
          "[attack]") {
  Pair pair;
  (void)pair.server.does(Listen{});
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames;
  (void)pair.to_server(asked, pair.other);
  const auto first = pair.to_client(pair.to_server(asked).frames).frames;
  (void)pair.to_server(first, pair.other);
  auto all = pair.server.settles();
  CHECK(all.size_to(pair.other) == Packet::short_size);
  all = pair.server.does(Disconnect{});
  CHECK(all.frames.empty());
  all.add(pair.server.lives(2s));
  CHECK(all.frames.empty());
  CHECK(all.event<Closed>());
  CHECK(pair.server.state() == "Ended");
}

TEST_CASE("udp: the client answers a challenge and stays with the address that it was given") {
  Pair pair;
  pair.establish();
  const auto frame = pair.server.does(Send{bytes_of("Hi")}).frames.at(0);
  CHECK(pair.client.gets(coming_from(pair.other, frame)).event<Delivered>());
  CHECK(address_of(client_says(pair)) == pair.server_address);
}
