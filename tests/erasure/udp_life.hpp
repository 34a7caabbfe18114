#pragma once

// A client and a server of udp that leave no secret behind but their own, and every secret that they
// ever have.

#include <memory>

#include "handfast/udp.hpp"
#include "tests/erasure/life.hpp"

namespace erasure {

/// Two machines on the heap, the second of which has a lasting key that the first knows. Each step
/// runs well below its caller's frames (search.hpp).
class UdpLife {
 public:
  using Client = udp::Client<>;
  using Server = udp::Server<>;

  explicit UdpLife(const udp::Config& config = {});

  /// What the client, or the server, sends because of the command, the frame, or the time.
  Departure client_does(const auto& command) { return does(*client, command); }
  Departure server_does(const auto& command) { return does(*server, command); }
  Departure client_gets(const Departed& frame) { return gets(*client, frame); }
  Departure server_gets(const Departed& frame) { return gets(*server, frame); }
  Departure client_waits(Duration duration) { return waits(*client, duration); }
  Departure server_waits(Duration duration) { return waits(*server, duration); }

  /// Up to where both have heard each other.
  void shake_hands();
  /// Message `number` of the client's, on its way; of the server's.
  Departure send(int number);
  Departure send_back(int number);

  std::uint64_t seed = next_seed();  // every life has secrets of its own
  LoggedRandom client_random{seed}, server_random{seed + 1};
  std::unique_ptr<Machine<Server>> server;
  std::unique_ptr<Machine<Client>> client;
  Time now{SteadyTime{std::chrono::hours(1)}, {}};
  // What of a handshake is public, as the server answered it last.
  udp::Connect connect;
  udp::Connected connected;
  int refused = 0;

 private:
  Departure does(auto& machine, const auto& command) {
    Departure frames;
    well_below([&] { frames = departed(machine.handle(command, now)); });
    return frames;
  }
  Departure gets(auto& machine, const Departed& frame) {
    Departure frames;
    well_below([&] { frames = departed(machine.receive(frame.link, frame.bytes, now)); });
    return frames;
  }
  Departure waits(auto& machine, Duration duration) {
    Departure frames;
    now.steady += duration;
    well_below([&] { frames = departed(machine.advance(now)); });
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

/// Every secret of `life` so far: private keys, agreements, what HKDF extracts from them, the
/// confirmation key, the keys of both ways in epochs 0 to 3, what the session leaves, and the
/// payloads of messages 1 to 5 each way.
[[nodiscard]] std::vector<Watched> secrets_of(const UdpLife& life);
[[nodiscard]] Expected expected_of(const UdpLife& life);

}  // namespace erasure
