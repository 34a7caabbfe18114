#pragma once

// Two contacts that leave no secret behind but their own, as machines or as messengers, and every
// secret that they ever have between them.

#include <memory>

#include "handfast/core/machine.hpp"
#include "handfast/registration.hpp"
#include "tests/erasure/life.hpp"

namespace erasure {

/// What two contacts have said to agree on sessions, and what they drew for it: 0 is Alice, 1 Bob.
/// The first private key of each is the lasting one.
struct Agreed {
  struct Session {
    int caller = 0;
    std::vector<std::uint8_t> hello, ack;
    std::size_t caller_key = 0, answerer_key = 0;  // places in `private_keys`
  };

  /// Looks at a frame on its way.
  void saw(int from, Bytes frame);
  /// How many-th of `sessions` has this name, from 0 on.
  [[nodiscard]] std::size_t number_of(const registration::peer::SessionId& id) const;

  std::uint64_t seed = next_seed();  // everybody has secrets of his own
  LoggedRandom randoms[2]{LoggedRandom{seed}, LoggedRandom{seed + 1}};
  std::vector<Session> sessions;

 private:
  Session last_[2];  // that each has asked for
};

/// Two machines on the heap. Each step runs well below its caller's frames (search.hpp).
class PeerLife {
 public:
  using Peer = registration::Peer;

  PeerLife();

  using Command = handfast::detail::AsVariant<Peer::Commands>;

  /// What `who` sends because of the command, the frame, or the time.
  Departure does(int who, const Command& command);
  Departure gets(int who, const Departed& frame);
  Departure advance(int who);
  /// Message `number` of `who`.
  Departure says(int who, int number);
  /// Carries what `from` has sent, and what it causes, to the end.
  void carry(int from, const Departure& frames);
  void meet();

  Agreed agreed;
  std::unique_ptr<Machine<Peer>> machines[2];
  Time now{SteadyTime{std::chrono::hours(1)}, {}};
  int refused = 0;

 private:
  Departure departed(int who, const Output<Peer>& out);
};

/// Two messengers, each on its connection to a server that carries what they say.
class MessengerLife {
 public:
  using Messenger = registration::Messenger;
  using Server = registration::Server<>;

  MessengerLife();

  /// Message `number` of `who`, on its way; `wait` has it arrive.
  void say(int who, int number);
  void forget(int who);
  /// Time passes, and everything that is on its way arrives.
  void wait(Duration duration);

  Agreed agreed;
  std::unique_ptr<Messenger> messengers[2];
  int heard = 0;

 private:
  void take(int who, const Messenger::Output& out);
  void run();

  LoggedRandom server_random_{agreed.seed + 2};
  std::unique_ptr<Machine<Server>> servers_[2];
  Departure to_server_[2], to_client_[2];
  x25519::PublicKey keys_[2];
  Time now_{SteadyTime{std::chrono::hours(1)}, {}};
};

/// Every secret so far: private keys, what the lasting ones give, and of each session agreements,
/// what HKDF extracts from them, and its chains' first keys; payloads 1 to 5.
[[nodiscard]] std::vector<Watched> secrets_of(const Agreed& agreed);
[[nodiscard]] inline std::vector<Watched> secrets_of(const PeerLife& life) {
  return secrets_of(life.agreed);
}
[[nodiscard]] inline std::vector<Watched> secrets_of(const MessengerLife& life) {
  return secrets_of(life.agreed);
}
[[nodiscard]] Expected expected_of(const PeerLife& life);
/// As if nobody knew anybody.
[[nodiscard]] Expected expected_of(const MessengerLife& life);

}  // namespace erasure
