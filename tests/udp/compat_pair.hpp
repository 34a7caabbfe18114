#pragma once

// The deployed client and server in one process, with time and randomness that a test decides.

#include <string>

#include "handfast/udp/compat.hpp"
#include "tests/machines/udp_compat.hpp"
#include "tests/support/side.hpp"

namespace udp_test {

using namespace handfast;
using namespace handfast::udp;
using test::Kept, test::keep, test::Result;

/// One role's machine, its clock and its randomness.
template <class Role>
class Side : public test::Side<Role> {
 public:
  Side(compat::Config config, std::uint64_t seed)
      : test::Side<Role>(seed, UnixTime{} + 1'700'000'000s, [&](const Random& random) {
          return compat::Context(std::move(config), random);
        }) {}

  /// Sends this, as the one datagram that comes of it.
  Kept says(std::string_view text, compat::Header header = {}) {
    return this->does(compat::Send{bytes_of(text), header}).frames.at(0);
  }
};

inline constexpr compat::Ports some_ports{7001, 7002, 7003};
inline compat::Config server_config() {
  compat::Config config;
  config.ports = some_ports;
  return config;
}

template <Revision revision>
struct CompatPair {
  using ClientRole = Client<Compat<revision>>;
  using ServerRole = Server<Compat<revision>>;

  Side<ClientRole> client{{}, 1};
  Side<ServerRole> server{server_config(), 2};

  Result<ClientRole> connect() {
    return client.gets(server.gets(client.does(compat::Start{}).frames.at(0)).frames.at(0));
  }
};

}  // namespace udp_test
