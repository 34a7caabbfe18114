#include "tests/erasure/registration_life.hpp"

namespace erasure {

using namespace handfast::registration;

namespace {

constexpr std::string_view where = "example.org:443";

Config config() {
  Config made;
  made.audience = where;
  made.names = {made.audience};
  return made;
}

/// A lasting key from `source`, made well below.
registration::Context context_with_key(LoggedRandom& source) {
  Random random(source);
  return {config(), std::move(*x25519::PrivateKey::generate(random)), random};
}
template <class Role>
std::unique_ptr<Machine<Role>> machine_with_key(LoggedRandom& source) {
  std::unique_ptr<Machine<Role>> made;
  well_below([&] { made = std::make_unique<Machine<Role>>(context_with_key(source)); });
  return made;
}

std::vector<Watched> derived_from(const RegistrationLife& life) {
  std::vector<Watched> watched;
  const auto &clients = life.client_random.private_keys, &servers = life.server_random.private_keys;
  const auto add = [&](std::string name, Bytes key) {
    watched.push_back({std::move(name), complement_of(key), true});
  };
  const auto add_private = [&](std::string name, const std::vector<std::uint8_t>& complement) {
    watched.push_back({std::move(name), complement, true});
  };
  add_private("client's lasting key", clients.at(0));
  add_private("server's lasting key", servers.at(0));
  if (clients.size() > 1) add_private("client's passing key", clients[1]);
  if (servers.size() > 1) add_private("server's passing key", servers[1]);
  if (clients.size() < 2 || servers.size() < 2) return watched;

  const auto client = key_from(clients[0]), passing = key_from(clients[1]),
             server = key_from(servers[0]), servers_passing = key_from(servers[1]);
  auto agreed =
      *Agreements::of_client(client, passing, server.public_key(), servers_passing.public_key());
  add("ss", agreed.ss.bytes());
  add("es", agreed.es.bytes());
  add("se", agreed.se.bytes());
  add("ee", agreed.ee.bytes());
  Sha256 sha256;
  Hkdf hkdf;
  const std::string text = config().challenge_text;
  const Exchange exchange{client.public_key(),
                          server.public_key(),
                          passing.public_key(),
                          servers_passing.public_key(),
                          text,
                          where};
  const auto transcript = exchange.transcript(sha256);
  add("secret", hkdf.extract(transcript, {agreed.ss.bytes(), agreed.es.bytes(), agreed.se.bytes(),
                                          agreed.ee.bytes()})
                    .bytes());
  const Keys keys(hkdf, transcript, agreed);
  add("client's proof key", keys.client_proof.bytes());
  add("success proof key", keys.success_proof.bytes());
  add("failure proof key", keys.failure_proof.bytes());
  add("key to the server", keys.client_to_server.bytes());
  add("key to the client", keys.server_to_client.bytes());
  return watched;
}

void expect(const auto& machine, Expected& expected) {
  std::visit(
      [&](const auto& state) {
        if constexpr (requires { state.ephemeral; }) expected.needed.insert("server's passing key");
        if constexpr (requires { state.success_proof; }) {
          expected.needed.insert("success proof key");
          expected.needed.insert("failure proof key");
        }
        if constexpr (requires { state.channel; }) {
          expected.needed.insert("key to the server");
          expected.needed.insert("key to the client");
        }
      },
      machine.engine().state());
}

}  // namespace

RegistrationLife::RegistrationLife()
    : client(machine_with_key<Client>(client_random)),
      server(machine_with_key<Server>(server_random)),
      somebody(server->context().identity.public_key()) {}

void RegistrationLife::wait(Duration duration) {
  now.steady += duration;
  well_below([&] { (void)departed(client->advance(now)); });
  well_below([&] { (void)departed(server->advance(now)); });
}
void RegistrationLife::introduce() {
  (void)client_does(Connect{});
  (void)server_gets(client_gets(server_does(Accept{}).at(0)).at(0));
}
void RegistrationLife::shake_hands() {
  introduce();
  (void)client_gets(server_does(Admit{}).at(0));
}
Departure RegistrationLife::send(int number) {
  const Payload payload(number);
  return client_does(Send{somebody, payload.bytes()});
}
void RegistrationLife::deliver(int number) {
  const Payload payload(number + 1000);
  (void)client_gets(server_does(Deliver{somebody, payload.bytes()}).at(0));
}

std::vector<Watched> secrets_of(const RegistrationLife& life) {
  auto watched = in_another_process([&] { return derived_from(life); });
  for (int i = 1; i <= 5; ++i) {
    add_payload(watched, "sent " + std::to_string(i), i);
    add_payload(watched, "delivered " + std::to_string(i), i + 1000);
  }
  return watched;
}

Expected expected_of(const RegistrationLife& life) {
  Expected expected;
  if (life.client) {
    expected.needed.insert("client's lasting key");
    expect(*life.client, expected);
  }
  if (life.server) {
    expected.needed.insert("server's lasting key");
    expect(*life.server, expected);
  }
  return expected;
}

}  // namespace erasure
