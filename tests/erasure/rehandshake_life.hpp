#pragma once

// Both sides of a re-handshake, and both of a connection that migrates, that leave no secret behind
// but their own; and every secret that they ever have.

#include <memory>

#include "handfast/rehandshake.hpp"
#include "handfast/rehandshake/migration.hpp"
#include "tests/erasure/life.hpp"

namespace erasure {

/// Two machines on the heap that are given one session's keys and keep what is derived of them.
/// Each step runs well below its caller's frames (search.hpp).
template <class First, class Second>
class KeysLife {
 public:
  KeysLife();

  Departure first_does(const auto& command) {
    return done(*first, [&](auto& m) -> decltype(auto) { return m.handle(command, now); });
  }
  Departure second_does(const auto& command) {
    return done(*second, [&](auto& m) -> decltype(auto) { return m.handle(command, now); });
  }
  Departure first_gets(const Departed& frame) {
    return done(*first, [&](auto& m) { return m.receive(frame.link, frame.bytes, now); });
  }
  Departure second_gets(const Departed& frame) {
    return done(*second, [&](auto& m) { return m.receive(frame.link, frame.bytes, now); });
  }
  Departure first_waits(Duration duration) {
    now.steady += duration;
    return done(*first, [&](auto& m) { return m.advance(now); });
  }
  Departure second_waits(Duration duration) {
    now.steady += duration;
    return done(*second, [&](auto& m) { return m.advance(now); });
  }

  std::uint64_t seed = next_seed();  // every life has secrets of its own
  LoggedRandom keys{seed};           // TX and RX, then those of the next epoch
  LoggedRandom challenges{seed + 1};
  std::unique_ptr<Machine<First>> first;
  std::unique_ptr<Machine<Second>> second;
  Time now{SteadyTime{std::chrono::hours(1)}, {}};
  std::uint32_t epoch = 0;
  int refused = 0;

 protected:
  Departure done(auto& machine, auto call) {
    Departure frames;
    well_below([&] {
      const auto out = call(machine);
      refused += out.fault() ? 1 : 0;
      for (const Frame& frame : out.transmit)
        frames.push_back({frame.link, {frame.bytes.begin(), frame.bytes.end()}});
    });
    return frames;
  }
};

struct RehandshakeLife : KeysLife<rehandshake::Initiator<>, rehandshake::Responder<>> {
  /// Request, response, complete.
  void shake_hands();
  /// Both take the keys of the next epoch.
  void rotate();
};
struct MigrationLife : KeysLife<rehandshake::Migration<rehandshake::Part::initiator>,
                                rehandshake::Migration<rehandshake::Part::responder>> {
  /// Message `number` of the first side's, on its way.
  Departure send(int number);
};

/// Every secret so far: TX and RX, what HKDF extracts from them, the keys of proofs and of data in
/// each epoch, and payloads 1 to 3.
[[nodiscard]] std::vector<Watched> secrets_of(const RehandshakeLife& life);
[[nodiscard]] std::vector<Watched> secrets_of(const MigrationLife& life);
[[nodiscard]] Expected expected_of(const RehandshakeLife& life);
[[nodiscard]] Expected expected_of(const MigrationLife& life);

}  // namespace erasure
