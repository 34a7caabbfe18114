#include "tests/udp/pair.hpp"

// What an authentic peer says that it never should, and each message with each of its bits wrong.

using namespace udp_hardened_test;

namespace {

/// `message` as the client would seal it in its present session, if it were dishonest.
template <class State, class M>
Bits sealed_by_client(Pair& pair, const M& message) {
  Frames frames;
  (void)pair.client.in<State>().session.seal(message, pair.server_address, pair.client.context(),
                                             frames);
  return coming_from(pair.home, frames.view()[0].bytes);
}
template <class M>
Bits sealed_by_server(Pair& pair, const M& message) {
  Frames frames;
  (void)pair.server.in<Server<>::Established>().session.seal(message, pair.home,
                                                             pair.server.context(), frames);
  return coming_from(pair.server_address, frames.view()[0].bytes);
}

/// No bit of `frame` behind its address may be wrong; nothing but a count of failures changes.
template <class Role, class State>
void check_each_bit(Side<Role>& side, Bits frame) {
  auto& failed = side.template in<State>().session.failed_opens;
  const Bits before = side.snapshot();
  const auto count = failed;
  for (std::size_t bit = 8 * Address::size; bit < 8 * frame.size(); ++bit) {
    frame[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    const auto result = side.gets(frame);
    INFO("bit " << bit);
    REQUIRE(result.fault());
    CHECK(result.events.size() == 1);
    CHECK(result.frames.empty());
    frame[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
  CHECK(failed > count);
  failed = count;
  CHECK(side.snapshot() == before);
  CHECK_FALSE(side.gets(frame).fault());
}

}  // namespace

TEST_CASE("udp: nobody answers a challenge before there was one", "[illegal]") {
  Pair pair;
  (void)pair.connect();
  const auto response = sealed_by_client<Client<>::Confirming>(pair, Response{});
  check_refused(pair.server, response, Fault::unexpected_message);
  CHECK(pair.server.state() == "HalfOpen");
}

TEST_CASE("udp: an answer to no challenge of ours proves nothing", "[illegal]") {
  Pair pair;
  pair.establish();
  const auto response = sealed_by_client<Client<>::Established>(pair, Response{});
  CHECK(pair.server.gets(response).is_silent());
  const auto elsewhere = sealed_by_client<Client<>::Established>(pair, Response{});
  CHECK(pair.server.gets(coming_from(pair.other, elsewhere)).is_silent());
  CHECK_FALSE(pair.server.in<Server<>::Established>().paths.current.is_proven);
}

TEST_CASE("udp: a client challenges nobody, and a server answers no challenge", "[illegal]") {
  Pair pair;
  pair.establish();
  check_refused(pair.server, sealed_by_client<Client<>::Established>(pair, Challenge{}),
                Fault::unknown_type);
  check_refused(pair.client, sealed_by_server(pair, Response{}), Fault::unknown_type);
}

TEST_CASE("udp: what may be 0 or 1 is nothing else", "[illegal]") {
  Pair pair;
  pair.establish();
  // The contents that an encoder refuses go out as zeros, which open nowhere.
  CHECK(pair.server.gets(sealed_by_client<Client<>::Established>(pair, Heartbeat{0, 2})).fault());
  CHECK(pair.server.gets(sealed_by_client<Client<>::Established>(pair, Close{0, 2})).fault());
  CHECK(pair.server.state() == "Established");
}

TEST_CASE("udp: no bit of any packet may be wrong", "[illegal]") {
  Pair pair;
  const auto first = pair.connect().frames.at(0);
  check_each_bit<Server<>, Server<>::HalfOpen>(pair.server, coming_from(pair.home, first));
  const auto answer = pair.server.settles().frames.at(0);
  check_each_bit<Client<>, Client<>::Confirming>(pair.client, answer);
  CHECK(pair.server.state() == "Established");
  CHECK(pair.client.state() == "Established");
  const auto data = pair.server.does(Send{bytes_of("Hello!")}).frames.at(0);
  check_each_bit<Client<>, Client<>::Established>(pair.client, data);
  const auto moved = pair.client.does(Send{bytes_of("Hello!")}).frames.at(0);
  (void)pair.server.gets(coming_from(pair.away, moved));
  const auto challenge = pair.server.settles().frames.at(0);
  check_each_bit<Client<>, Client<>::Established>(pair.client, challenge);
  const auto response = sealed_by_client<Client<>::Established>(pair, Response{});
  check_each_bit<Server<>, Server<>::Established>(pair.server, response);
  const auto closing = pair.client.does(Disconnect{}).frames.at(0);
  check_each_bit<Server<>, Server<>::Established>(pair.server, coming_from(pair.home, closing));
  CHECK(pair.server.state() == "Draining");
}

TEST_CASE("udp: a cookie reply of any wrong length, version or nonce is refused", "[illegal]") {
  Config config;
  config.wants_cookies = true;
  Pair pair(pinned_config(), config);
  (void)pair.server.does(Listen{});
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames;
  Bits reply = coming_from(pair.server_address, pair.to_server(asked).frames.at(0));
  for (std::size_t size = 0; size < reply.size(); ++size)
    check_refused(pair.client, Bytes(reply).first(size));
  for (std::size_t i = Address::size; i < Address::size + 18; ++i) {
    reply[i] ^= 0x40;
    check_refused(pair.client, reply);
    reply[i] ^= 0x40;
  }
  CHECK(pair.client.gets(reply).frames.size() == 1);
}

TEST_CASE("udp: packets of each wrong length are refused, and the right one opens", "[illegal]") {
  Pair pair;
  pair.establish();
  const Bits frame = coming_from(pair.home, pair.client.does(Send{bytes_of("Hello!")}).frames[0]);
  for (std::size_t size = 0; size < frame.size(); ++size)
    CHECK(pair.server.gets(Bytes(frame).first(size)).fault());
  for (std::size_t more = 1; more < 64; ++more) {
    Bits longer = frame;
    longer.resize(frame.size() + more);
    CHECK(pair.server.gets(longer).fault());
  }
  CHECK(pair.server.gets(frame).event<Delivered>());
}

TEST_CASE("udp: data and heartbeats that come when it is over are dropped, not delivered") {
  Pair pair;
  pair.establish();
  const auto late = pair.client.does(Send{bytes_of("late")}).frames.at(0);
  const auto lates = pair.server.does(Send{bytes_of("late")}).frames.at(0);
  (void)pair.server.does(Disconnect{});
  CHECK(pair.server.gets(coming_from(pair.home, late)).is_silent());
  (void)pair.client.does(Disconnect{});
  CHECK(pair.client.gets(coming_from(pair.server_address, lates)).is_silent());
  CHECK(pair.server.state() == "Closing");
  CHECK(pair.client.state() == "Closing");
}
