#pragma once

// A client and a server of registration that leave no secret behind but their own, and every secret
// that they ever have.

#include <memory>
#include <variant>

#include "handfast/core/machine.hpp"
#include "handfast/registration.hpp"
#include "tests/erasure/life.hpp"

namespace erasure {

/// Two machines on the heap. Each step runs well below its caller's frames (search.hpp). The first
/// private key of each is the lasting one, the second that of the handshake.
class RegistrationLife {
 public:
  using Client = registration::Client<>;
  using Server = registration::Server<>;

  RegistrationLife();

  using ClientCommand = handfast::detail::AsVariant<Client::Commands>;
  using ServerCommand = handfast::detail::AsVariant<Server::Commands>;

  /// What the client, or the server, sends because of the command, the frame, or the time.
  Departure client_does(const ClientCommand& command) { return does(*client, command); }
  Departure server_does(const ServerCommand& command) { return does(*server, command); }
  Departure client_gets(const Departed& frame) { return gets(*client, frame); }
  Departure server_gets(const Departed& frame) { return gets(*server, frame); }
  void wait(Duration duration);

  /// Up to where the server knows the client; up to where it is registered.
  void introduce();
  void shake_hands();
  /// Message `number` of the client's, on its way; another client's to it, delivered.
  Departure send(int number);
  void deliver(int number);

  std::uint64_t seed = next_seed();  // every life has secrets of its own
  LoggedRandom client_random{seed}, server_random{seed + 1};
  std::unique_ptr<Machine<Client>> client;
  std::unique_ptr<Machine<Server>> server;
  Time now{SteadyTime{std::chrono::hours(1)}, {}};
  x25519::PublicKey somebody;
  int refused = 0;

 private:
  Departure does(auto& machine, const auto& command) {
    Departure frames;
    std::visit(
        [&](const auto& one) { well_below([&] { frames = departed(machine.handle(one, now)); }); },
        command);
    return frames;
  }
  Departure gets(auto& machine, const Departed& frame) {
    Departure frames;
    well_below([&] { frames = departed(machine.receive(frame.link, frame.bytes, now)); });
    return frames;
  }
  Departure departed(const auto& out) {
    Departure frames;
    refused += out.fault() ? 1 : 0;
    for (const Frame& frame : out.transmit)
      frames.push_back({frame.link, {frame.bytes.begin(), frame.bytes.end()}});
    return frames;
  }
};

/// Every secret of `life` so far: private keys, agreements, what HKDF extracts from them, proof
/// keys, the keys of both ways, and the payloads of messages 1 to 5 each way.
[[nodiscard]] std::vector<Watched> secrets_of(const RegistrationLife& life);
[[nodiscard]] Expected expected_of(const RegistrationLife& life);

}  // namespace erasure
