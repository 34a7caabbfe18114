#pragma once

// A client and a server in one process, with keys, time and randomness that a test decides.

#include <string>

#include "handfast/registration/client.hpp"
#include "handfast/registration/compat.hpp"
#include "handfast/registration/server.hpp"
#include "tests/machines/registration.hpp"
#include "tests/machines/registration_compat.hpp"
#include "tests/support/side.hpp"

namespace registration_test {

using namespace handfast;
using namespace handfast::registration;
using test::Kept, test::keep, test::Result;

/// One role's machine with what it is given.
template <class Role>
class Side : public test::Side<Role> {
 public:
  Side(Config config, std::uint8_t key, std::uint64_t seed)
      : test::Side<Role>(seed, {}, [&](const Random& random) {
          return typename Role::Context(std::move(config), identity(key), random);
        }) {}

  /// The private key whose bytes are all `key`.
  [[nodiscard]] static x25519::PrivateKey identity(std::uint8_t key) {
    const Kept bytes(32, key);
    return x25519::PrivateKey::from(Bytes(bytes)).value();
  }
  [[nodiscard]] x25519::PublicKey key() { return this->context().identity.public_key(); }
};

inline Config client_config(std::string_view audience = "example.org:443") {
  Config config;
  config.audience = audience;
  return config;
}
inline Config server_config(std::string_view name = "example.org:443") {
  Config config;
  config.names = {std::string(name)};
  return config;
}

template <class Profile = Hardened>
struct PairOf {
  explicit PairOf(Config client_has = client_config(), Config server_has = server_config())
      : client(std::move(client_has), 1, 1), server(std::move(server_has), 2, 2) {}

  Side<Client<Profile>> client;
  Side<Server<Profile>> server;

  /// The two messages up to where the server knows the client.
  Result<Server<Profile>> introduce() {
    client.does(Connect{});
    const auto challenge = server.does(Accept{});
    const auto response = client.gets(challenge.frames.at(0));
    return server.gets(response.frames.at(0));
  }
  /// All of the registration.
  Result<Client<Profile>> register_client(bool replaced = false) {
    introduce();
    return client.gets(server.does(Admit{replaced}).frames.at(0));
  }
};
using Pair = PairOf<>;

}  // namespace registration_test
