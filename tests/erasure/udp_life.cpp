#include "tests/erasure/udp_life.hpp"

namespace erasure {

using namespace handfast::udp;

namespace {

constexpr std::uint32_t epochs = 4;

std::string key_name(bool is_clients, std::uint32_t epoch) {
  return (is_clients ? "client's key " : "server's key ") + std::to_string(epoch);
}

std::vector<Watched> derived_from(const UdpLife& life) {
  std::vector<Watched> watched;
  const auto &clients = life.client_random.private_keys, &servers = life.server_random.private_keys;
  const auto add = [&](std::string name, Bytes key) {
    watched.push_back({std::move(name), complement_of(key), true});
  };
  watched.push_back({"server's lasting key", servers.at(0), true});
  if (!clients.empty()) watched.push_back({"client's passing key", clients[0], true});
  if (servers.size() > 1) watched.push_back({"server's passing key", servers[1], true});
  if (clients.empty() || servers.size() < 2) return watched;

  const auto client = key_from(clients[0]), server = key_from(servers[0]),
             passing = key_from(servers[1]);
  const auto ee = *agree(client, passing.public_key()), es = *agree(client, server.public_key());
  add("ee", ee.bytes());
  add("es", es.bytes());
  Sha256 sha256;
  Hkdf hkdf;
  const auto transcript =
      Exchange::of(life.connect, life.connected, server.public_key()).transcript(sha256);
  add("secret", hkdf.extract(transcript, {ee.bytes(), es.bytes()}).bytes());
  SessionKeys keys(hkdf, transcript, ee, &es, nullptr);
  add("confirmation key", keys.confirmation.bytes());
  add("resumption secret", keys.resumption.secret.bytes());
  for (const bool is_clients : {true, false}) {
    auto key = std::move(is_clients ? keys.client_to_server : keys.server_to_client);
    for (std::uint32_t epoch = 0; epoch < epochs; ++epoch) {
      add(key_name(is_clients, epoch), key.bytes());
      key = next_key(hkdf, key);
    }
  }
  return watched;
}

void expect(const auto& machine, bool is_client, Expected& expected) {
  std::visit(
      [&](const auto& state) {
        if constexpr (requires { state.ephemeral; }) expected.needed.insert("client's passing key");
        if constexpr (requires { state.session; }) {
          const Session& session = state.session;
          expected.needed.insert(key_name(is_client, session.sending.epoch));
          expected.needed.insert(key_name(!is_client, session.receiving.epoch));
          if (session.receiving.has_old())
            expected.needed.insert(key_name(!is_client, session.receiving.old->epoch));
          if (session.has_resumption) expected.needed.insert("resumption secret");
        }
      },
      machine.engine().state());
  const auto& context = machine.context();
  if (context.resumption || context.resumptions.size() > 0)
    expected.needed.insert("resumption secret");
}

/// Made well below: the lasting key is nowhere but in the machine.
std::unique_ptr<Machine<Server<>>> machine_with_key(const Config& config, LoggedRandom& source) {
  std::unique_ptr<Machine<Server<>>> made;
  well_below([&] {
    Random random(source);
    made = std::make_unique<Machine<Server<>>>(
        udp::Context(config, std::move(*x25519::PrivateKey::generate(random)), random));
  });
  return made;
}

}  // namespace

UdpLife::UdpLife(const Config& config) : server(machine_with_key(config, server_random)) {
  Config clients = config;
  clients.server_key = server->context().identity.public_key();
  client = std::make_unique<Machine<Client>>(udp::Context(clients, Random(client_random)));
}

void UdpLife::shake_hands() {
  (void)server_does(Listen{});
  const Departure asked = client_does(Dial{});
  connect = *wire::binary::decode<Connect>(asked.at(0).bytes);
  const Departure answer = server_gets(asked.at(0));
  connected = *wire::binary::decode<Connected>(answer.at(0).bytes);
  (void)server_gets(client_gets(answer.at(0)).at(0));
  (void)client_gets(server_waits({}).at(0));
}
Departure UdpLife::send(int number) {
  const Payload payload(number);
  return client_does(Send{payload.bytes()});
}
Departure UdpLife::send_back(int number) {
  const Payload payload(number + 1000);
  return server_does(Send{payload.bytes()});
}

std::vector<Watched> secrets_of(const UdpLife& life) {
  auto watched = in_another_process([&] { return derived_from(life); });
  for (int i = 1; i <= 5; ++i) {
    add_payload(watched, "sent " + std::to_string(i), i);
    add_payload(watched, "sent back " + std::to_string(i), i + 1000);
  }
  return watched;
}

Expected expected_of(const UdpLife& life) {
  Expected expected;
  if (life.client) expect(*life.client, true, expected);
  if (life.server) {
    expected.needed.insert("server's lasting key");
    expect(*life.server, false, expected);
  }
  return expected;
}

}  // namespace erasure
