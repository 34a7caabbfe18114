#pragma once

// A client and a server in one process, with keys, time and randomness that a test decides.

#include <string>
#include <vector>

#include "handfast/core/machine.hpp"
#include "handfast/registration/client.hpp"
#include "handfast/registration/compat.hpp"
#include "handfast/registration/server.hpp"
#include "handfast/testing/seeded_random.hpp"

namespace registration_test {

using namespace handfast;
using namespace handfast::registration;
using Kept = std::vector<std::uint8_t>;

[[nodiscard]] inline Kept keep(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// What one call caused, as values that stay.
template <class Role>
struct Result {
  std::vector<Kept> frames;
  std::vector<Event<Role>> events;  // what they refer to is valid until the next call
  std::optional<Due> due;

  template <class E>
  [[nodiscard]] const E* event() const {
    for (const auto& one : events)
      if (const E* found = std::get_if<E>(&one)) return found;
    return nullptr;
  }
  [[nodiscard]] std::optional<Fault> fault() const {
    const auto* rejected = event<Rejected>();
    return rejected ? std::optional(rejected->fault) : std::nullopt;
  }
  [[nodiscard]] bool is_silent() const { return frames.empty() && events.empty(); }
};

/// One role's machine with what it is given.
template <class Role>
class Side {
 public:
  Side(Config config, std::uint8_t key, std::uint64_t seed)
      : random_(seed),
        machine_(typename Role::Context(std::move(config), identity(key), Random(random_))) {}

  /// The private key whose bytes are all `key`.
  [[nodiscard]] static x25519::PrivateKey identity(std::uint8_t key) {
    const Kept bytes(32, key);
    return x25519::PrivateKey::from(Bytes(bytes)).value();
  }
  [[nodiscard]] x25519::PublicKey key() { return machine_.context().identity.public_key(); }

  template <class Command>
  Result<Role> does(const Command& command) {
    return kept(machine_.handle(command, now));
  }
  Result<Role> gets(Bytes frame) { return kept(machine_.receive({}, frame, now)); }
  Result<Role> waits(Duration duration) {
    now.steady += duration;
    return kept(machine_.advance(now));
  }
  [[nodiscard]] std::string_view state() const { return machine_.state_name(); }
  [[nodiscard]] Kept snapshot() const { return keep(machine_.dangerous_snapshot().bytes()); }
  [[nodiscard]] Machine<Role>& machine() { return machine_; }
  [[nodiscard]] testing::SeededRandom& random() { return random_; }

  Time now{SteadyTime{} + std::chrono::hours(1), {}};

 private:
  static Result<Role> kept(const Output<Role>& out) {
    Result<Role> result;
    for (const Frame& frame : out.transmit) result.frames.push_back(keep(frame.bytes));
    result.events.assign(out.events.begin(), out.events.end());
    result.due = out.deadline;
    return result;
  }

  testing::SeededRandom random_;
  Machine<Role> machine_;
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
