#include "tests/support/frozen.hpp"
#include "tests/udp/pair.hpp"

// How a session is agreed on: Connect, its answer, and the first packets.

using namespace udp_hardened_test;
using test::hex, test::text, test::unhex;
using Json = nlohmann::json;

TEST_CASE("udp: client and server agree, and both say the same of it") {
  Pair pair;
  (void)pair.server.does(Listen{});
  const auto asked = pair.client.does(Dial{pair.server_address, {}});
  REQUIRE(asked.frames.size() == 1);
  CHECK(asked.frames[0].size() == Address::size + Connect::size);
  const auto answered = pair.to_server(asked.frames);
  CHECK(pair.server.state() == "HalfOpen");
  REQUIRE(answered.event<Running>());
  REQUIRE(answered.frames.size() == 1);
  CHECK(address_of(answered.frames[0]) == pair.home);
  CHECK(answered.frames[0].size() < asked.frames[0].size());
  const auto begun = pair.to_client(answered.frames);
  CHECK(pair.client.state() == "Confirming");
  REQUIRE(begun.event<Agreed>());
  CHECK(begun.event<Agreed>()->is_authenticated);
  CHECK(begun.event<Agreed>()->is_pinned);
  CHECK_FALSE(begun.event<Agreed>()->is_resumed);
  CHECK(begun.event<handfast::Established>());
  const auto shown = pair.to_server(begun.frames);
  CHECK(pair.server.state() == "Established");
  REQUIRE(shown.event<Agreed>());
  CHECK_FALSE(shown.event<Agreed>()->is_authenticated);  // a client never is
  const Claim ours = begun.event<Commit>()->claim, theirs = shown.event<Commit>()->claim;
  CHECK(ours.transcript == theirs.transcript);
  CHECK(ours.key_id == theirs.key_id);
  CHECK(ours.peer == theirs.own);
  CHECK(begun.event<Running>()->claim == ours);
  CHECK(answered.event<Running>()->claim == theirs);
  CHECK(pair.to_client(pair.server.settles().frames).is_silent());
  CHECK(pair.client.state() == "Established");
  pair.check_talk();
}

TEST_CASE("udp: without a pin nobody is authenticated, and the claims say so") {
  Pair pair(unpinned_config(), {}, 0);
  const auto begun = pair.connect();
  REQUIRE(begun.event<Agreed>());
  CHECK_FALSE(begun.event<Agreed>()->is_authenticated);
  CHECK_FALSE(begun.event<Agreed>()->is_pinned);
  CHECK(begun.event<Commit>()->claim.peer == std::array<std::uint8_t, 32>{});
  (void)pair.to_server(begun.frames);
  (void)pair.to_client(pair.server.settles().frames);
  pair.check_talk();
}

TEST_CASE("udp: what waits goes first, and is delivered once however often it is said") {
  Pair pair;
  const auto begun = pair.connect(bytes_of("First!"));
  auto got = pair.to_server(begun.frames);
  REQUIRE(got.event<Delivered>());
  CHECK(text_of(got.payload) == "First!");
  const auto again = pair.client.waits(100ms);
  REQUIRE(again.frames.size() == 2);
  CHECK(again.frames[0] == begun.frames[0]);
  CHECK(pair.server.gets(coming_from(pair.home, again.frames[0])).fault() == Fault::replayed);
  CHECK(pair.server.gets(coming_from(pair.home, again.frames[1])).is_silent());
  (void)pair.to_client(pair.server.settles().frames);
  CHECK(pair.client.state() == "Established");
}

TEST_CASE("udp: a Connect is said 50 times, to the letter, each 100 ms, and then no more") {
  Pair pair;
  const auto first = pair.client.does(Dial{pair.server_address, {}});
  const auto all = pair.client.lives(4900ms);
  CHECK(all.frames.size() == 49);
  for (const Bits& frame : all.frames) CHECK(frame == first.frames[0]);
  CHECK(pair.client.state() == "Connecting");
  const auto end = pair.client.lives(100ms);
  REQUIRE(end.event<Closed>());
  CHECK(end.event<Closed>()->fault == Fault::timed_out);
  CHECK(pair.client.state() == "Ended");
}

TEST_CASE(
    "udp: a Connect that comes again gets the same answer, and none once its client was heard",
    "[attack]") {
  Pair pair;
  (void)pair.server.does(Listen{});
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames;
  const auto one = pair.to_server(asked).frames;
  const auto two = pair.to_server(asked);
  CHECK(two.frames == one);
  CHECK(two.events.empty());
  (void)pair.to_server(pair.to_client(one).frames);
  CHECK(pair.server.state() == "Established");
  check_dropped(pair.server, coming_from(pair.home, asked[0]));
  check_dropped(pair.server, coming_from(pair.other, asked[0]));
}

TEST_CASE("udp: another Connect disturbs no session, and no half-open one for a second",
          "[attack]") {
  Pair pair;
  (void)pair.server.does(Listen{});
  Side<Client<>> stranger(pinned_config(), 0, 5);
  const auto other =
      coming_from(pair.other, stranger.does(Dial{pair.server_address, {}}).frames[0]);
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames;
  const auto answer = pair.to_server(asked).frames;
  check_refused(pair.server, other, Fault::back_pressure);
  pair.wait(1s - 1ns);
  check_refused(pair.server, other, Fault::back_pressure);
  (void)pair.to_server(pair.to_client(answer).frames);
  check_dropped(pair.server, other);

  Pair late;
  (void)late.server.does(Listen{});
  (void)late.to_server(late.client.does(Dial{late.server_address, {}}).frames);
  late.wait(1s);
  CHECK(late.server.gets(other).event<Running>());
}

TEST_CASE("udp: a half-open session is given up after 10 seconds, longer than a client repeats") {
  Pair pair;
  (void)pair.server.does(Listen{});
  (void)pair.to_server(pair.client.does(Dial{pair.server_address, {}}).frames);
  (void)pair.server.lives(10s - 1ns);
  CHECK(pair.server.state() == "HalfOpen");
  (void)pair.server.lives(1ns);
  CHECK(pair.server.state() == "Listening");
  pair.client.now = pair.server.now;
  Pair again;
  again.establish();
}

TEST_CASE("udp: the server says nothing before the client comes back") {
  Pair pair;
  (void)pair.server.does(Listen{});
  (void)pair.to_server(pair.client.does(Dial{pair.server_address, {}}).frames);
  CHECK(pair.server.does(Send{bytes_of("Hi")}).fault() == Fault::not_allowed_now);
  CHECK(pair.server.lives(9s).is_silent());
}

TEST_CASE("udp: the first packet is repeated until the server is heard, and then no more") {
  Pair pair;
  const auto first = pair.connect().frames;  // lost
  const auto again = pair.client.lives(300ms).frames;
  CHECK(again.size() == 3);
  pair.server.now = pair.client.now;
  CHECK(pair.to_server({again[1]}).event<Commit>());
  CHECK_FALSE(pair.to_server({again[0]}).fault());  // late
  const auto heard = pair.server.settles();
  REQUIRE(heard.frames.size() == 1);
  (void)pair.to_client(heard.frames);
  CHECK(pair.client.state() == "Established");
  CHECK(pair.client.lives(1s).frames.empty());
}

TEST_CASE("udp: a server that is never heard in the session is given up") {
  Pair pair;
  (void)pair.connect();
  const auto all = pair.client.lives(5s);
  CHECK(all.frames.size() == 49);
  REQUIRE(all.event<Closed>());
  CHECK(all.event<Closed>()->fault == Fault::timed_out);
}

TEST_CASE("udp: any byte of an answer that is wrong has it refused, and the attempts go on",
          "[illegal]") {
  Pair pair;
  (void)pair.server.does(Listen{});
  const auto answer = pair.to_server(pair.client.does(Dial{pair.server_address, {}}).frames);
  Bits frame = coming_from(pair.server_address, answer.frames[0]);
  for (std::size_t i = Address::size; i < frame.size(); ++i)
    for (const unsigned bit : {1u, 128u}) {
      frame[i] = static_cast<std::uint8_t>(frame[i] ^ bit);
      INFO("byte " << i);
      // The topmost bit of a key is no other key to X25519, but not in its one encoding.
      check_refused(pair.client, frame);
      frame[i] = static_cast<std::uint8_t>(frame[i] ^ bit);
    }
  CHECK(pair.client.lives(100ms).frames.size() == 1);
  CHECK(pair.client.gets(frame).event<Commit>());
}

TEST_CASE("udp: any byte of a Connect that is wrong gives no session to its client", "[illegal]") {
  Pair pair;
  (void)pair.server.does(Listen{});
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames[0];
  for (std::size_t i = Address::size; i < asked.size(); ++i) {
    if (i >= Address::size + 55 && i < Address::size + 87) continue;  // the cookie is in nothing
    INFO("byte " << i);
    Pair meanwhile;
    (void)meanwhile.server.does(Listen{});
    Bits flipped = asked;
    flipped[i] ^= 1;
    const auto answer = meanwhile.server.gets(coming_from(pair.home, flipped));
    CHECK((answer.fault() || answer.frames.size() == 1));
    if (answer.frames.size() == 1)
      CHECK(pair.client.gets(coming_from(pair.server_address, answer.frames[0])).fault());
  }
}

TEST_CASE("udp: frames of every wrong length are refused by both", "[illegal]") {
  Pair pair;
  (void)pair.server.does(Listen{});
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames;
  for (std::size_t size = 0; size < asked[0].size(); ++size)
    check_refused(pair.server, Bytes(asked[0]).first(size));
  Bits longer = asked[0];
  longer.push_back(0);
  check_refused(pair.server, longer, Fault::oversized);
  longer.resize(frame_size_max + 1);
  check_refused(pair.server, longer, Fault::oversized);
  const auto answer = pair.to_server(asked).frames;
  for (std::size_t size = 0; size < answer[0].size(); ++size)
    check_refused(pair.client, Bytes(answer[0]).first(size));
  longer = answer[0];
  longer.push_back(0);
  check_refused(pair.client, longer, Fault::oversized);
}

TEST_CASE("udp: a client that knows its server's key takes no answer by another", "[attack]") {
  Pair pair(pinned_config(), {}, 8);  // somebody else is there
  (void)pair.server.does(Listen{});
  const auto answer = pair.to_server(pair.client.does(Dial{pair.server_address, {}}).frames);
  check_refused(pair.client, coming_from(pair.server_address, answer.frames[0]),
                Fault::not_authentic);
  Bits other = coming_from(pair.server_address, answer.frames[0]);
  other[Address::size + 2] = 0;
  check_refused(pair.client, other, Fault::wrong_session);
}

TEST_CASE("udp: a client that was told a key that everybody agrees with has no session by it",
          "[illegal]") {
  Config config;
  config.server_key =
      x25519::PublicKey::parse_as_deployed(Bits{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
          .value();
  Pair pair(config);
  (void)pair.server.does(Listen{});
  const auto answer = pair.to_server(pair.client.does(Dial{pair.server_address, {}}).frames);
  check_refused(pair.client, coming_from(pair.server_address, answer.frames.at(0)),
                Fault::low_order_key);
}

TEST_CASE("udp: a server without a key says nothing to who wants it proved") {
  Pair pair(pinned_config(), {}, 0);
  (void)pair.server.does(Listen{});
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames;
  check_refused(pair.server, coming_from(pair.home, asked[0]), Fault::unexpected_key);
}

TEST_CASE("udp: a client without the key that it must have does not connect") {
  Pair pair(Config{});
  CHECK(pair.client.does(Dial{pair.server_address, {}}).fault() == Fault::bad_argument);
  CHECK(pair.client.state() == "Idle");
}

TEST_CASE("udp: a configuration that cannot work is refused at the first command") {
  Config config;
  config.connect_repeat = 0s;
  Pair pair(pinned_config(config), config);
  CHECK(pair.client.does(Dial{pair.server_address, {}}).fault() == Fault::bad_argument);
  CHECK(pair.server.does(Listen{}).fault() == Fault::bad_argument);
}

TEST_CASE("udp: what is too large to be said first is refused") {
  Pair pair;
  const Bits large(payload_size_max + 1);
  CHECK(pair.client.does(Dial{pair.server_address, large}).fault() == Fault::too_large);
  CHECK_FALSE(
      pair.client.does(Dial{pair.server_address, Bytes(large).first(payload_size_max)}).fault());
}

TEST_CASE("udp: a random source that fails is a fault, and nothing has changed") {
  Pair pair;
  for (const unsigned size : {4u, 16u, 32u}) {
    pair.client.random().fail_next(1, size);
    CHECK(pair.client.does(Dial{pair.server_address, {}}).fault() == Fault::random_source_failed);
    CHECK(pair.client.state() == "Idle");
  }
  (void)pair.server.does(Listen{});
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames;
  for (const unsigned size : {4u, 32u}) {
    pair.server.random().fail_next(1, size);
    check_refused(pair.server, coming_from(pair.home, asked[0]), Fault::random_source_failed);
  }
  CHECK(pair.to_server(asked).frames.size() == 1);
}

TEST_CASE("udp: a server under load wants a cookie first, and keeps nothing for it") {
  Config config;
  config.wants_cookies = true;
  Pair pair(pinned_config(), config);
  (void)pair.server.does(Listen{});
  const auto asked = pair.client.does(Dial{pair.server_address, {}});
  const Bits before = pair.server.snapshot();
  const auto reply = pair.to_server(asked.frames);
  CHECK(pair.server.snapshot() == before);
  REQUIRE(reply.frames.size() == 1);
  CHECK(reply.frames[0].size() == Address::size + CookieReply::size);
  const auto again = pair.to_client(reply.frames);
  REQUIRE(again.frames.size() == 1);
  CHECK(again.frames[0] != asked.frames[0]);
  const auto answer = pair.to_server(again.frames);
  CHECK(pair.server.state() == "HalfOpen");
  (void)pair.to_server(pair.to_client(answer.frames).frames);
  CHECK(pair.server.state() == "Established");
}

TEST_CASE("udp: a cookie that somebody else says neither delays nor ends the attempts",
          "[attack]") {
  Pair pair;
  const auto asked = pair.client.does(Dial{pair.server_address, {}}).frames[0];
  CookieReply forged{pair.server_address, {}, {}};
  forged.cookie.fill(1);
  const auto frame = [&] { return bits(*wire::binary::encode(forged)); };
  check_refused(pair.client, frame(), Fault::not_authentic);  // of another's nonce
  forged.nonce = wire::binary::decode<Connect>(asked)->nonce;
  check_refused(pair.client, coming_from(pair.other, frame()), Fault::not_authentic);
  (void)pair.client.waits(50ms);
  for (int i = 0; i < 4; ++i) {  // the server's own may come behind it
    const auto one = pair.client.gets(frame());
    CHECK(one.frames.size() == 1);
    CHECK(one.due->at == pair.client.now.steady + 50ms);  // as before
  }
  check_refused(pair.client, frame(), Fault::stale);
  auto next = pair.client.waits(50ms);
  REQUIRE(next.frames.size() == 1);
  CHECK(pair.client.gets(frame()).frames.size() == 1);  // another one for another time
  const auto all = pair.client.lives(4900ms);
  CHECK(all.event<Closed>());
  CHECK(all.frames.size() == 48);
}

TEST_CASE("udp: the roles speak the frozen bytes", "[vectors]") {
  const Json all = Json::parse(test::read_file("vectors/udp_hardened.json"));
  for (std::size_t i = 0; i < 4; ++i) {
    const Json& session = all["sessions"][i];
    test::QueuedRandom client_random, server_random;
    client_random.queue = {unhex(all["nonce"]), unhex(all["client_half"]), unhex(all["client"])};
    server_random.queue = {unhex(all["cookie_secret"]), unhex(all["server_half"]),
                           unhex(all["server"])};
    const auto identity = [&] {
      return x25519::PrivateKey::from(Bytes(unhex(all["identity"]))).value();
    };
    Config client_has, server_has;
    client_has.is_pinned = i % 2 == 1;
    if (client_has.is_pinned) client_has.server_key = identity().public_key();
    server_has.wants_cookies = true;
    Machine<Client<>> client(Context(client_has, Random(client_random)));
    Machine<Server<>> server(Context(server_has, identity(), Random(server_random)));
    const Time now{SteadyTime{} + 1h, {}};
    if (i >= 2) {
      const Json& left = all["sessions"][i - 2]["resumption"];
      const auto made = [&] {
        Resumption one;
        std::ranges::copy(unhex(left["id"]), one.id.begin());
        one.secret = Secret<32>::from(Bytes(unhex(left["secret"])));
        return one;
      };
      client.context().resumption = made();
      server.context().resumptions.put(made(), {}, {1, 1}, now);
    }
    const Address home = Address::parse(unhex(all["client_address"])).value();
    const auto only = [&](const auto& out) {
      REQUIRE_FALSE(out.fault());
      REQUIRE(out.transmit.size() == 1);
      return bits(out.transmit[0].bytes);
    };
    const auto check = [&](const Bits& frame, const Json& datagram) {
      CHECK(hex(Bytes(frame).subspan(Address::size)) == text(datagram));
    };
    (void)server.handle(Listen{}, now);
    auto frame = only(client.handle(Dial{host(9), bytes_of("Hello!")}, now));
    check(frame, session["connect"]);
    frame = only(server.receive(coming_from(home, frame), now));
    check(frame, session["cookie_reply"]);
    frame = only(client.receive(coming_from(host(9), frame), now));
    check(frame, session["connect_with_cookie"]);
    frame = only(server.receive(coming_from(home, frame), now));
    check(frame, session["connected"]);
    frame = only(client.receive(coming_from(host(9), frame), now));
    if (i == 1) check(frame, all["packets"][0]["packet"]);
    CHECK(server.receive(coming_from(home, frame), now).event<Delivered>());
    frame = only(server.advance(now));
    if (i == 1) check(frame, all["packets"][1]["packet"]);
    CHECK_FALSE(client.receive(coming_from(host(9), frame), now).fault());
  }
}

TEST_CASE("udp: a client takes an answer by the key that it asked with, whatever else it is told") {
  Pair pair;
  (void)pair.server.does(Listen{});
  const auto answer =
      pair.to_server(pair.client.does(Dial{pair.server_address, {}}).frames).frames.at(0);
  pair.client.context().config.server_key.reset();
  pair.client.restarts();
  const auto begun = pair.client.gets(coming_from(pair.server_address, answer));
  REQUIRE(begun.event<Agreed>());
  CHECK(begun.event<Agreed>()->is_pinned);
}
