// What is left of the deployed udp's secrets, after each step and after each end. That one key is for
// both ways and for as long as a session lasts is its design's, and not ours to wipe.

#include "handfast/udp/compat.hpp"

#include <memory>

#include "tests/erasure/left_over.hpp"

using namespace erasure;
using namespace handfast::udp;

namespace {

constexpr compat::Ports some_ports{7001, 7002, 7003};

/// A client and a server on the heap; or the machines of a listener, without its server.
template <Revision of>
struct Life {
  static constexpr Revision revision = of;
  using ClientRole = Client<Compat<revision>>;
  using ServerRole = Server<Compat<revision>>;

  explicit Life(compat::Config config = with_ports())
      : client(
            std::make_unique<Machine<ClientRole>>(compat::Context(config, Random(client_random)))),
        server(
            std::make_unique<Machine<ServerRole>>(compat::Context(config, Random(server_random)))) {
  }
  static compat::Config with_ports() {
    compat::Config config;
    config.ports = some_ports;
    return config;
  }

  /// Each step well below its caller's frames (search.hpp). What is sent because of it.
  Departure done(auto&& call) {
    Departure frames;
    well_below([&] {
      const auto out = call();
      refused += out.fault() ? 1 : 0;
      for (const Frame& frame : out.transmit)
        frames.push_back({frame.link, {frame.bytes.begin(), frame.bytes.end()}});
    });
    return frames;
  }
  Departure does(auto& machine, const auto& command) {
    return done([&] { return machine->handle(command, now); });
  }
  Departure gets(auto& machine, const Departed& frame) {
    return done([&] { return machine->receive(frame.link, frame.bytes, now); });
  }
  Departure waits(auto& machine, Duration duration) {
    now.steady += duration;
    return done([&] { return machine->advance(now); });
  }
  Departure says(auto& machine, int number) {
    const Payload payload(number);
    return does(machine, compat::Send{payload.bytes()});
  }
  void connect() {
    const Departure asked = does(client, compat::Start{});
    (void)gets(client, gets(server, asked.at(0)).at(0));
  }

  std::uint64_t seed = next_seed();  // every life has secrets of its own
  LoggedRandom client_random{seed}, server_random{seed + 1};
  std::unique_ptr<Machine<ClientRole>> client;
  std::unique_ptr<Machine<ServerRole>> server;
  Time now{SteadyTime{} + 1h, UnixTime{} + 1'700'000'000s};
  std::size_t answer = 0;  // which of the server's keys the client was told
  int refused = 0;
};
using Documented = Life<Revision::documented>;
using Later = Life<Revision::v0_8>;

/// Private keys, and of each of the server's the agreement, what HKDF extracts from that, and the
/// key of the session; payloads 1 to 3.
template <Revision revision>
std::vector<Watched> secrets_of(const Life<revision>& life) {
  const auto &clients = life.client_random.private_keys, &servers = life.server_random.private_keys;
  auto watched = in_another_process([&] {
    std::vector<Watched> derived;
    Hkdf hkdf;
    for (std::size_t i = 0; !clients.empty() && i < servers.size(); ++i) {
      const std::string number = ' ' + std::to_string(i);
      const auto add = [&](std::string name, const Secret<32>& secret) {
        derived.push_back({name + number, complement_of(secret.bytes()), true});
      };
      const auto shared = *x25519::agree(key_from(clients[0]), key_from(servers[i]).public_key());
      add("agreement", shared);
      add("extract", hkdf.extract({}, shared.bytes()));
      add("key", hkdf.derive<32>(shared.bytes(), {}, bytes_of(compat::key_info)));
    }
    return derived;
  });
  if (!clients.empty()) watched.push_back({"client's private key", clients[0], true});
  for (std::size_t i = 0; i < servers.size(); ++i)
    watched.push_back({"server's private key " + std::to_string(i), servers[i], true});
  for (int i = 1; i <= 3; ++i) add_payload(watched, "payload " + std::to_string(i), i);
  return watched;
}

template <Revision revision>
Expected expected_of(const Life<revision>& life) {
  using Role = Life<revision>;
  Expected expected;
  if (life.client && life.client->template in<typename Role::ClientRole::Connecting>())
    expected.needed.insert("client's private key");
  if (life.client && life.client->template in<typename Role::ClientRole::Open>())
    expected.needed.insert("key " + std::to_string(life.answer));
  if (life.server && life.server->template in<typename Role::ServerRole::Open>())
    expected.needed.insert("key " + std::to_string(life.server_random.private_keys.size() - 1));
  return expected;
}

}  // namespace

TEMPLATE_TEST_CASE("erasure: each step of the deployed udp's handshake leaves only one key", "",
                   Documented, Later) {
  TestType life;
  const Departure asked = life.does(life.client, compat::Start{});
  check(life);
  CHECK(expected_of(life).needed == std::set<std::string>{"client's private key"});
  CHECK(life.waits(life.client, 100ms).size() == 1);  // it asks again, with the same key
  check(life);
  const Departure answer = life.gets(life.server, asked.at(0));
  check(life);
  (void)life.gets(life.client, answer.at(0));
  check(life);
  CHECK(life.refused == 0);
  CHECK(expected_of(life).needed == std::set<std::string>{"key 0"});
}

TEST_CASE("erasure: a deployed server that makes another key keeps the one before no longer") {
  Documented life;
  const Departure first = life.does(life.client, compat::Start{});
  const Departure second = life.waits(life.client, 100ms);
  (void)life.gets(life.server, first.at(0));
  (void)life.says(life.server, 1);
  // The cipher holds the key that it was given last until it is given another one.
  const Departure answer = life.gets(life.server, second.at(0));
  check(life, {}, {"key 0"});
  (void)life.says(life.server, 2);
  check(life);
  life.answer = 1;
  (void)life.gets(life.client, answer.at(0));
  check(life);
  CHECK(expected_of(life).needed == std::set<std::string>{"key 1"});
}

TEMPLATE_TEST_CASE("erasure: an answer that gives no key leaves the client what it had", "",
                   Documented, Later) {
  TestType life;
  (void)life.does(life.client, compat::Start{});
  std::string json =
      R"({"cmd": "connected", "pubkey": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="})";
  if (TestType::revision == Revision::v0_8) json.insert(0, 8, '\0');
  std::string token(Fernet::token_size(json.size()), '\0');
  const std::array<std::uint8_t, Fernet::iv_size> iv{};
  REQUIRE(Fernet{}.seal(Fernet::Key::from(compat::net_obs_key), 1, iv, bytes_of(json), token));
  (void)life.gets(life.client, {{}, {token.begin(), token.end()}});
  CHECK(life.refused == 1);
  check(life);
}

TEMPLATE_TEST_CASE("erasure: packets of the deployed udp leave nothing of what they said", "",
                   Documented, Later) {
  TestType life;
  life.connect();
  const Departure first = life.says(life.client, 1), second = life.says(life.client, 2);
  check(life);
  (void)life.gets(life.server, first.at(0));
  check(life, {"payload 1"});  // until the next input the server's memory has what it tells
  Departed forged = second.at(0);
  forged.bytes.back() ^= 1;
  (void)life.gets(life.server, forged);
  CHECK(life.refused == 1);
  check(life);
  (void)life.gets(life.server, second.at(0));
  check(life, {"payload 2"});
  (void)life.gets(life.client, life.says(life.server, 3).at(0));
  check(life, {"payload 3"});
  if constexpr (TestType::revision == Revision::v0_8)
    (void)life.gets(life.client, life.does(life.server, compat::Beat{}).at(0));
  else
    (void)life.gets(life.client, forged);
  check(life);
}

namespace {

template <class Life>
void leave_both(Life& life) {
  (void)life.does(life.client, compat::Leave{});
  (void)life.does(life.server, compat::Leave{});
}

}  // namespace

TEMPLATE_TEST_CASE("erasure: each way in which the deployed udp ends leaves nothing at all", "",
                   Documented, Later) {
  using Ending = void (*)(TestType&);
  const Ending endings[] = {
      [](TestType& life) {  // while it connects
        (void)life.does(life.client, compat::Start{});
        leave_both(life);
      },
      [](TestType& life) {  // nobody has answered
        (void)life.does(life.client, compat::Start{});
        for (int i = 0; i < 50; ++i) (void)life.waits(life.client, 100ms);
        (void)life.does(life.server, compat::Leave{});
      },
      [](TestType& life) {  // the answer is lost
        (void)life.gets(life.server, life.does(life.client, compat::Start{}).at(0));
        leave_both(life);
      },
      [](TestType& life) {  // nothing was said
        life.connect();
        leave_both(life);
      },
      [](TestType& life) {  // and much was
        life.connect();
        (void)life.gets(life.server, life.says(life.client, 1).at(0));
        (void)life.gets(life.client, life.says(life.server, 2).at(0));
        leave_both(life);
      },
  };
  for (std::size_t i = 0; i < std::size(endings); ++i) {
    CAPTURE(i);
    TestType life;
    endings[i](life);
    CHECK(life.client->state_name() == "Ended");
    CHECK(life.server->state_name() == "Ended");
    check_nothing_left(life);
  }
}

TEST_CASE("erasure: a client that the later server refuses leaves nothing") {
  Later life{compat::Config{}};
  (void)life.gets(life.client,
                  life.gets(life.server, life.does(life.client, compat::Start{}).at(0)).at(0));
  CHECK(life.client->state_name() == "Ended");
  check_nothing_left(life);
}

TEMPLATE_TEST_CASE("erasure: a client that a deployed listener lets go leaves nothing there", "",
                   Documented, Later) {
  TestType life;
  life.server.reset();
  const Address at = Address::of(std::array<std::uint8_t, 4>{192, 0, 2, 1}, 1000);
  compat::Listener<TestType::revision> listener(
      compat::Context(TestType::with_ports(), Random(life.server_random)));
  const Departure asked = life.does(life.client, compat::Start{});
  const auto answer = life.done([&] { return listener.receive(at, asked.at(0).bytes, life.now); });
  (void)life.gets(life.client, answer.at(0));
  check(life);
  const Departure said = life.says(life.client, 1);
  Link link;
  (void)life.done([&] {
    auto out = listener.receive(at, said.at(0).bytes, life.now);
    link = out.link;
    return out;
  });
  check(life, {"payload 1"});
  (void)life.done([&] { return listener.handle(link, compat::Leave{}, life.now); });
  (void)life.does(life.client, compat::Leave{});
  CHECK(listener.size() == 0);
  CHECK(life.refused == 0);
  check_nothing_left(life);
}

TEMPLATE_TEST_CASE("erasure: machines of the deployed udp that are destroyed leave nothing", "",
                   Documented, Later) {
  TestType life;
  life.connect();
  (void)life.gets(life.server, life.says(life.client, 1).at(0));
  well_below([&] {
    life.client.reset();
    life.server.reset();
  });
  check_nothing_left(life);
}
