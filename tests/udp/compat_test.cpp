#include "handfast/udp/compat.hpp"

#include <set>

#include "tests/support/catch.hpp"
#include "tests/udp/compat_pair.hpp"

using namespace udp_test;
using Documented = CompatPair<Revision::documented>;
using Later = CompatPair<Revision::v0_8>;

namespace {

std::string text(Bytes bytes) { return std::string(text_of(bytes)); }

/// Refused with `fault`, and everything is as it was.
template <class Role>
void check_refused(Side<Role>& side, Bytes datagram, Fault fault) {
  CAPTURE(datagram.size());
  const Kept before = side.snapshot();
  const auto result = side.gets(datagram);
  CHECK(result.fault() == fault);
  CHECK(result.frames.empty());
  CHECK(result.events.size() == 1);
  CHECK(side.snapshot() == before);
}
template <class Role>
void check_ignored(Side<Role>& side, Bytes datagram) {
  const Kept before = side.snapshot();
  CHECK(side.gets(datagram).is_silent());
  CHECK(side.snapshot() == before);
}

/// What a token holds, and a token around other text.
struct Tokens {
  Fernet fernet;
  std::array<std::uint8_t, 32> key = compat::net_obs_key;

  std::string open(Bytes token) {
    Kept out(Fernet::plaintext_size_max(token.size()));
    const auto opened = fernet.open(Fernet::Key::from(key), text_of(token), out);
    REQUIRE(opened);
    return text(Bytes{out}.first(opened->size));
  }
  Kept seal(std::string_view plaintext) {
    std::string token(Fernet::token_size(plaintext.size()), '\0');
    const Kept iv(16, 9);
    REQUIRE(fernet.seal(Fernet::Key::from(key), 1, Fernet::Iv{iv}, bytes_of(plaintext), token));
    return keep(bytes_of(token));
  }
};

template <class Role>
std::string delivered(const Result<Role>& result) {
  const auto* event = result.template event<compat::Delivered>();
  return event ? text(event->payload) : "nothing";
}

const std::string zeros(8, '\0');

}  // namespace

TEMPLATE_TEST_CASE("udp: deployed client and server agree, and data goes both ways", "", Documented,
                   Later) {
  TestType pair;
  const auto result = pair.connect();
  CHECK(result.template event<Established>());
  CHECK(pair.client.state() == "Open");
  CHECK(pair.server.state() == "Open");
  for (const std::size_t size : {0u, 1u, 1200u, 65000u}) {
    const std::string payload(size, 'x');
    CHECK(delivered(pair.server.gets(pair.client.says(payload))) == payload);
    CHECK(delivered(pair.client.gets(pair.server.says(payload))) == payload);
  }
}

TEMPLATE_TEST_CASE("udp: a deployed client asks every 100 ms, 50 times, and gives up", "",
                   Documented, Later) {
  TestType pair;
  Tokens tokens;
  const auto first = pair.client.does(compat::Start{});
  CHECK(first.due->at == pair.client.now.steady + 100ms);
  const std::string asked = tokens.open(first.frames.at(0));
  std::set<Kept> seen{first.frames[0]};
  for (int i = 1; i < 50; ++i) {
    CHECK(pair.client.waits(99ms).is_silent());
    const auto again = pair.client.waits(1ms);
    REQUIRE(again.frames.size() == 1);
    // The same question in another token.
    const std::string said = tokens.open(again.frames[0]);
    CHECK(said.substr(said.size() - 70) == asked.substr(asked.size() - 70));
    CHECK(seen.insert(again.frames[0]).second);
  }
  CHECK(pair.client.waits(99ms).is_silent());
  const auto end = pair.client.waits(1ms);
  CHECK(end.frames.empty());
  REQUIRE(end.template event<Closed>());
  CHECK(end.template event<Closed>()->fault == Fault::timed_out);
  CHECK(pair.client.state() == "Ended");
  CHECK_FALSE(end.due);
}

TEST_CASE("udp: how often a deployed client asks, and how long it waits, may be chosen") {
  compat::Config config;
  config.negotiation_delay = 1s;
  config.negotiation_repeat = 1;
  Side<Client<Compat<>>> client(config, 1);
  CHECK(client.does(compat::Start{}).frames.size() == 1);
  CHECK(client.waits(999ms).is_silent());
  CHECK(client.waits(1ms).event<Closed>());
}

TEST_CASE("udp: the later revision counts its tokens before their JSON, and reads no count") {
  Later pair;
  Tokens tokens;
  CHECK(tokens.open(pair.client.does(compat::Start{}).frames.at(0)).substr(0, 8) == zeros);
  const auto second = pair.client.waits(100ms).frames.at(0);
  CHECK(tokens.open(second).substr(0, 8) == zeros.substr(0, 7) + '\x01');
  const auto answer = pair.server.gets(second);
  CHECK(tokens.open(answer.frames.at(0)).substr(0, 8) == zeros);
  const auto another = tokens.seal("whatever" + tokens.open(answer.frames[0]).substr(8));
  CHECK(pair.client.gets(another).event<Established>());
}

// Attacks that the deployed wire cannot tell: claims 12 and 14, and the page's list.

TEST_CASE("udp: claim 14, compat: where the answer takes longer than 100 ms the keys differ",
          "[attack]") {
  Documented pair;
  const auto first = pair.client.does(compat::Start{}).frames.at(0);
  const auto second = pair.client.waits(100ms).frames.at(0);
  const auto answer = pair.server.gets(first).frames.at(0);
  const auto answer_again = pair.server.gets(second).frames.at(0);
  CHECK(pair.client.gets(answer).event<Established>());
  check_ignored(pair.client, answer_again);
  check_refused(pair.server, pair.client.says("hello"), Fault::not_authentic);
  check_refused(pair.client, pair.server.says("hello"), Fault::not_authentic);
}

TEST_CASE(
    "udp: the later revision survives that, but answers another client with the first one's key",
    "[attack]") {
  Later pair;
  const auto first = pair.client.does(compat::Start{}).frames.at(0);
  const auto second = pair.client.waits(100ms).frames.at(0);
  const auto answer = pair.server.gets(first).frames.at(0);
  pair.server.gets(second);
  pair.client.gets(answer);
  CHECK(delivered(pair.server.gets(pair.client.says("hello"))) == "hello");

  // The client's program begins anew, behind the same address.
  Side<Later::ClientRole> restarted({}, 3);
  restarted.gets(pair.server.gets(restarted.does(compat::Start{}).frames.at(0)).frames.at(0));
  CHECK(restarted.state() == "Open");
  check_refused(pair.server, restarted.says("hello"), Fault::not_authentic);
}

TEMPLATE_TEST_CASE("udp: claim 12, compat: a packet that comes again, or back, is taken again",
                   "[attack]", Documented, Later) {
  TestType pair;
  pair.connect();
  const auto packet = pair.server.says("pay");
  CHECK(delivered(pair.client.gets(packet)) == "pay");
  CHECK(delivered(pair.client.gets(packet)) == "pay");
  CHECK(delivered(pair.server.gets(packet)) == "pay");
}

TEMPLATE_TEST_CASE("udp: who is between deployed programs is the peer of both", "[attack]",
                   Documented, Later) {
  TestType near, far;  // the attacker is near's server and far's client
  near.connect();
  far.connect();
  CHECK(delivered(near.server.gets(near.client.says("secret"))) == "secret");
  CHECK(delivered(far.server.gets(far.client.says("altered"))) == "altered");
}

// What the later revision adds.

TEST_CASE("udp: a header goes with each packet of the later revision") {
  Later pair;
  pair.connect();
  const compat::Header header{7, compat::Header::channel_max, ~std::uint64_t{0}, 5};
  const auto result = pair.server.gets(pair.client.says("hello", header));
  REQUIRE(result.event<compat::Delivered>());
  CHECK(result.event<compat::Delivered>()->header == header);
  CHECK(delivered(result) == "hello");
}

TEST_CASE("udp: a header that has no place is refused, and sends nothing", "[illegal]") {
  Later later;
  later.connect();
  const auto too_wide = later.client.does(compat::Send{{}, {0, 0x1000000, 0, 0}});
  CHECK(too_wide.fault() == Fault::bad_argument);
  CHECK(too_wide.frames.empty());
  CHECK(later.client.does(compat::Acknowledge{0x1000000, 0}).fault() == Fault::bad_argument);
  Documented documented;
  documented.connect();
  for (const compat::Header& header :
       {compat::Header{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}})
    CHECK(documented.client.does(compat::Send{{}, header}).fault() == Fault::bad_argument);
}

TEST_CASE("udp: the later server tells its ports once, five seconds after the first connect") {
  Later pair;
  pair.connect();
  pair.server.waits(3s);
  pair.server.gets(pair.client.does(compat::Send{}).frames.at(0));
  CHECK(pair.server.waits(1999ms).is_silent());
  const auto ports = pair.server.waits(1ms);
  REQUIRE(ports.frames.size() == 1);
  CHECK_FALSE(ports.due);
  const auto told = pair.client.gets(ports.frames[0]);
  REQUIRE(told.event<compat::PortsTold>());
  CHECK(told.event<compat::PortsTold>()->ports == some_ports);
  CHECK(pair.server.waits(1h).is_silent());
}

TEST_CASE("udp: ports are the server's word on its own channel, and on no application's") {
  Later pair;
  pair.connect();
  const std::string_view words = R"({"cmd": "ports", "ctrl_port": 1, "up_port": 2, "dn_port": 3})";
  CHECK(delivered(pair.client.gets(pair.server.says(words, {0, 1, 0, 0}))) == words);
  const auto told = pair.client.gets(pair.server.says(words));
  REQUIRE(told.event<compat::PortsTold>());
  CHECK(told.event<compat::PortsTold>()->ports == compat::Ports{1, 2, 3});
}

TEST_CASE("udp: a later server without ports says so, and the client ends") {
  Side<Client<Compat<Revision::v0_8>>> client({}, 1);
  Side<Server<Compat<Revision::v0_8>>> server({}, 2);
  const auto refusal = server.gets(client.does(compat::Start{}).frames.at(0));
  CHECK(server.state() == "Idle");
  const auto end = client.gets(refusal.frames.at(0));
  REQUIRE(end.event<compat::Refused>());
  CHECK(end.event<compat::Refused>()->message == "No ports available");
  CHECK(end.event<Closed>()->fault == Fault::peer_lost);
  // Another one, later, is answered when there are.
  server.machine().context().config.ports = some_ports;
  Side<Client<Compat<Revision::v0_8>>> other({}, 3);
  CHECK(other.gets(server.gets(other.does(compat::Start{}).frames.at(0)).frames.at(0))
            .event<Established>());
}

TEST_CASE("udp: a heartbeat is passed on three times, and takes each hop's time with it") {
  Later pair;
  pair.connect();
  const auto at = [](auto& side, int ms) {
    side.now.utc = UnixTime{std::chrono::milliseconds(ms)};
  };
  at(pair.client, 1000);
  auto beat = pair.client.does(compat::Beat{}).frames.at(0);
  at(pair.server, 2000);
  beat = pair.server.gets(beat).frames.at(0);
  at(pair.client, 3000);
  beat = pair.client.gets(beat).frames.at(0);
  at(pair.server, 4000);
  beat = pair.server.gets(beat).frames.at(0);
  const auto end = pair.client.gets(beat);
  CHECK(end.frames.empty());
  REQUIRE(end.event<compat::HeartbeatEnded>());
  CHECK(end.event<compat::HeartbeatEnded>()->times ==
        std::array<std::uint64_t, 4>{1000, 2000, 3000, 4000});
}

TEST_CASE("udp: an acknowledgement names the packet that it is for") {
  Later pair;
  pair.connect();
  pair.server.gets(pair.client.says("hello", {0, 9, 77, 0}));
  const auto told = pair.client.gets(pair.server.does(compat::Acknowledge{9, 77}).frames.at(0));
  REQUIRE(told.event<compat::Acknowledged>());
  CHECK(told.event<compat::Acknowledged>()->channel == 9);
  CHECK(told.event<compat::Acknowledged>()->sequence == 77);
}

TEMPLATE_TEST_CASE("udp: no two datagrams of a deployed role have one nonce", "", Documented,
                   Later) {
  TestType pair;
  pair.connect();
  std::set<Kept> nonces;
  for (int i = 0; i < 20; ++i) {
    CHECK(nonces.insert(keep(Bytes{pair.client.says("x")}.first(compat::nonce_size))).second);
    CHECK(nonces.insert(keep(Bytes{pair.server.says("x")}.first(compat::nonce_size))).second);
  }
}

// Input that is none.

TEMPLATE_TEST_CASE("udp: a deployed role refuses what is no token of this network", "[illegal]",
                   Documented, Later) {
  TestType pair;
  const auto connect = pair.client.does(compat::Start{}).frames.at(0);
  for (std::size_t i = 0; i < connect.size(); ++i) {
    auto changed = connect;
    changed[i] ^= 1;
    const Kept before = pair.server.snapshot();
    const auto result = pair.server.gets(changed);
    // A token that no longer begins as one is a packet, for which there is no key.
    CHECK((result.fault().has_value() || (i < 5 && result.is_silent())));
    CHECK(pair.server.snapshot() == before);
    CHECK(pair.server.state() == "Idle");
  }
  for (std::size_t size = 5; size < connect.size(); ++size)
    CHECK(pair.server.gets(Bytes{connect}.first(size)).fault());
  CHECK(pair.server.state() == "Idle");

  Tokens other;
  other.key[0] ^= 1;
  check_refused(pair.server, other.seal(Tokens{}.open(connect)), Fault::not_authentic);
  CHECK(pair.server.gets(connect).template event<Established>());
}

TEST_CASE("udp: a connect is read in any order and spacing, with names that nobody knows") {
  const std::string key = "B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9_AsrhtHHw=";
  Tokens tokens;
  for (const std::string& json :
       {R"({"cmd":"connect","pubkey":")" + key + "\"}",
        R"({ "pubkey" : ")" + key + R"(" , "cmd" : "connect" })",
        R"({"cmd": "connect", "extra": [1, {}], "pubkey": ")" + key + "\"}"}) {
    Documented pair;
    CAPTURE(json);
    CHECK(pair.server.gets(tokens.seal(json)).event<Established>());
  }
}

TEST_CASE("udp: a token that says nothing of this wire is refused, and changes nothing",
          "[illegal]") {
  struct Case {
    std::string_view json;
    Fault fault;
  };
  const Case cases[] = {
      {"", Fault::not_json},
      {"connect", Fault::not_json},
      {R"({"cmd": "other"})", Fault::unknown_type},
      {R"({"pubkey": "B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9_AsrhtHHw="})", Fault::unknown_type},
      {R"({"cmd": "connect"})", Fault::malformed},
      {R"({"cmd": "connect", "pubkey": 7})", Fault::malformed},
      {R"({"cmd": "connect", "pubkey": "B6N8"})", Fault::wrong_length},
      {R"({"cmd": "connect", "pubkey": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="})",
       Fault::low_order_key},
  };
  Tokens tokens;
  Documented pair;
  for (const Case& c : cases) {
    CAPTURE(c.json);
    check_refused(pair.server, tokens.seal(c.json), c.fault);
  }
  Later later;
  check_refused(later.server, tokens.seal("seven.."), Fault::truncated);
  // An answer is no question.
  later.client.does(compat::Start{});
  pair.connect();
  check_refused(pair.server, tokens.seal(R"({"cmd": "connected", "pubkey": "x"})"),
                Fault::unknown_type);
}

TEMPLATE_TEST_CASE("udp: claim 13, compat: a packet with a flipped bit, or cut, is refused",
                   "[illegal]", Documented, Later) {
  TestType pair;
  pair.connect();
  const auto packet = pair.client.says("hello");
  for (std::size_t bit = 0; bit < 8 * packet.size(); ++bit) {
    auto changed = packet;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    check_refused(pair.server, changed, Fault::not_authentic);
  }
  for (std::size_t size = 0; size < packet.size(); ++size) {
    const auto result = pair.server.gets(Bytes{packet}.first(size));
    CHECK(result.fault().has_value());
    CHECK(result.events.size() == 1);
  }
  CHECK(delivered(pair.server.gets(packet)) == "hello");
}

TEST_CASE("udp: a heartbeat of another length than its hops is refused", "[illegal]") {
  Later pair;
  pair.connect();
  // Application data may look like anything, flags and all.
  const auto forged = [&](std::uint64_t sequence, std::size_t size) {
    return pair.client.says(std::string(size, 't'), {0x13, 0, sequence, 0});
  };
  check_refused(pair.server, forged(3, 16), Fault::wrong_length);
  check_refused(pair.server, forged(2, 8), Fault::wrong_length);
  check_refused(pair.server, forged(3, 9), Fault::wrong_length);
  CHECK(pair.server.gets(forged(4, 8)).fault());
  CHECK(pair.server.gets(forged(3, 7)).fault());
  CHECK(pair.server.gets(forged(3, 40)).fault());
  CHECK(pair.server.gets(forged(3, 8)).frames.size() == 1);
}

TEMPLATE_TEST_CASE("udp: what is too large for a datagram is not sent", "[illegal]", Documented,
                   Later) {
  TestType pair;
  pair.connect();
  const std::string most(compat::payload_size_max, 'x');
  CHECK(delivered(pair.server.gets(pair.client.says(most))) == most);
  const std::string more = most + "x";
  const auto refused = pair.client.does(compat::Send{bytes_of(more)});
  CHECK(refused.fault() == Fault::too_large);
  CHECK(refused.frames.empty());
}

TEMPLATE_TEST_CASE("udp: a deployed role without randomness says so, and changes nothing",
                   "[illegal]", Documented, Later) {
  TestType pair;
  const auto fails = [](auto& side, const auto& act) {
    const Kept before = side.snapshot();
    side.random().fail_next(1, 12);
    const auto result = act();
    CHECK(result.fault() == Fault::random_source_failed);
    CHECK(result.frames.empty());
    CHECK(side.snapshot() == before);
  };
  fails(pair.client, [&] { return pair.client.does(compat::Start{}); });
  const auto connect = pair.client.does(compat::Start{}).frames.at(0);
  fails(pair.client, [&] { return pair.client.waits(100ms); });
  fails(pair.server, [&] { return pair.server.gets(connect); });
  const auto answer = pair.server.gets(connect).frames.at(0);
  pair.client.gets(answer);
  fails(pair.client, [&] { return pair.client.does(compat::Send{}); });
  fails(pair.server, [&] { return pair.server.does(compat::Send{}); });
}

TEMPLATE_TEST_CASE("udp: a deployed role that has left takes nothing any more", "", Documented,
                   Later) {
  TestType pair;
  const auto early = pair.client.does(compat::Start{}).frames.at(0);
  const auto answer = pair.server.gets(early).frames.at(0);
  pair.client.gets(answer);
  const auto packet = pair.client.says("hello");
  CHECK(pair.server.does(compat::Leave{}).template event<Closed>());
  CHECK(pair.client.does(compat::Leave{}).template event<Closed>());
  CHECK(pair.server.state() == "Ended");
  check_ignored(pair.server, packet);
  check_ignored(pair.server, early);
  check_ignored(pair.client, answer);
  CHECK(pair.client.does(compat::Send{}).fault() == Fault::not_allowed_now);
  CHECK(pair.client.does(compat::Start{}).fault() == Fault::not_allowed_now);
}

TEMPLATE_TEST_CASE("udp: a deployed session goes on after it was stored", "", Documented, Later) {
  TestType pair;
  pair.connect();
  const auto packet = pair.client.says("hello");
  using Server = typename TestType::ServerRole;
  auto restored =
      Machine<Server>::dangerous_restore(compat::Context(server_config()), pair.server.snapshot());
  REQUIRE(restored);
  const auto out = restored->receive(packet, pair.server.now);
  REQUIRE(out.template event<compat::Delivered>());
  CHECK(text_of(out.template event<compat::Delivered>()->payload) == "hello");
}
