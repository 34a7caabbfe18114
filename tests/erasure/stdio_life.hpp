#pragma once

// A parent and a child of stdio that leave no secret behind but their own: nothing here copies a
// key or a payload. And every secret that they ever have, computed from their private keys in a
// process of its own.

#include <memory>
#include <set>
#include <variant>

#include "handfast/core/machine.hpp"
#include "handfast/stdio/child.hpp"
#include "handfast/stdio/parent.hpp"
#include "tests/erasure/search.hpp"

namespace erasure {

using namespace handfast;
using namespace handfast::stdio;

/// Keeps the complement of every private key that it gave: a draw of 32 bytes is one.
class LoggedRandom : public RandomSource {
 public:
  explicit LoggedRandom(std::uint64_t seed) : state_(seed) {}
  bool fill(MutableBytes out) override;

  std::vector<std::vector<std::uint8_t>> private_keys;  // complements, in the order of the draws

 private:
  std::uint64_t state_;
};

/// Payloads by number: made where they are needed, wiped at once.
class Payload {
 public:
  static constexpr std::size_t size = 48;  // bytes
  explicit Payload(int number);
  ~Payload() { wipe(bytes_); }
  Payload(const Payload&) = delete;

  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, size> bytes_{};
};

/// Requests and responses have payloads of their own numbers.
[[nodiscard]] constexpr int request_payload(std::uint64_t correlation) {
  return static_cast<int>(correlation);
}
[[nodiscard]] constexpr int response_payload(std::uint64_t correlation) {
  return static_cast<int>(correlation) + 1000;
}

/// A frame on its way.
struct Departed {
  Link link;
  std::vector<std::uint8_t> bytes;
};
using Departure = std::vector<Departed>;

/// Two machines on the heap. Each step runs well below its caller's frames (search.hpp).
class Life {
 public:
  explicit Life(Config config = {});

  using ParentCommand = std::variant<Start, Send, Rekey, Shutdown, CleanedUp, LinkClosed>;
  using ChildCommand = std::variant<Listening, Respond, LinkClosed>;

  /// What the parent, or the child, sends because of the command, the frame, or the time.
  Departure parent_does(const ParentCommand& command);
  Departure child_does(const ChildCommand& command);
  Departure parent_gets(const Departed& frame);
  /// The child answers what it is asked, where `answers`.
  Departure child_gets(const Departed& frame);
  /// Time passes; each is told, and what it sends is lost.
  void wait(Duration duration);

  /// Both lines, then the first record and its acknowledgement.
  void shake_hands();
  /// A request, on its way.
  Departure ask();
  /// Delivers all, and what follows from it.
  void deliver(const Departure& to_child);

  std::uint64_t seed = next_seed();  // every life has secrets of its own
  LoggedRandom parent_random{seed}, child_random{seed + 1};
  std::unique_ptr<Machine<Parent<>>> parent;
  std::unique_ptr<Machine<Child<>>> child;
  Time now{SteadyTime{std::chrono::hours(1)}, {}};
  std::uint64_t asked = 0;
  bool answers = true;
  int refused = 0;

 private:
  static std::uint64_t next_seed();
  Departure departed(const auto& out);
};

/// Every secret of `life` so far: private keys, agreements, roots, confirmation key, next roots,
/// and of both directions of each epoch the chain and message keys up to number `last`, with the
/// keys that HKDF derives in between; then the payloads of the requests and responses.
[[nodiscard]] std::vector<Watched> secrets_of(const Life& life, std::uint64_t last = 20);

/// Which secrets the machines need as they are now, by name, and which their primitives' objects
/// may still hold: each its last key, until it is given the next one or forgets it.
struct Expected {
  std::set<std::string> needed, held;
};
[[nodiscard]] Expected expected_of(const Life& life);

}  // namespace erasure
