#pragma once

// Two clients that are each other's contacts, in one process, and what carries their frames.

#include <deque>
#include <stdexcept>
#include <vector>

#include "handfast/registration/peer.hpp"
#include "handfast/testing/seeded_random.hpp"
#include "tests/machines/registration_peer.hpp"

namespace peer_test {

using namespace handfast;
using namespace std::chrono_literals;
using registration::Peer;
namespace peer = handfast::registration::peer;
using Kept = std::vector<std::uint8_t>;

[[nodiscard]] inline Kept keep(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// What one call caused, as values that stay.
struct Result {
  std::vector<Kept> frames;
  std::vector<Event<Peer>> events;  // what they refer to is in `payload`
  std::optional<Kept> payload;
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
  [[nodiscard]] std::string said() const {
    return payload ? std::string(text_of(*payload)) : std::string();
  }
};

/// The private key whose bytes are all `key`.
[[nodiscard]] inline x25519::PrivateKey identity(std::uint8_t key) {
  return x25519::PrivateKey::from(Bytes(Kept(32, key))).value();
}

/// One machine with what it is given.
class Side {
 public:
  Side(std::uint8_t key, std::uint64_t seed, peer::Config config = {})
      : random_(std::make_unique<testing::SeededRandom>(seed)),
        machine_(peer::Context(config, identity(key), Random(*random_))) {}

  [[nodiscard]] const x25519::PublicKey& key() const {
    return machine_.context().identity.public_key();
  }
  template <class Command>
  Result does(const Command& command) {
    return kept(machine_.handle(command, now));
  }
  Result says(std::string_view text) { return does(peer::Send{bytes_of(text)}); }
  Result gets(Bytes frame) { return kept(machine_.receive({}, frame, now)); }
  Result waits(Duration duration) {
    now.steady += duration;
    return kept(machine_.advance(now));
  }
  /// What is due when exactly `duration` has passed. Throws where something was due, or the state
  /// another, a nanosecond before.
  Result waits_just(Duration duration) {
    const auto before = state();
    if (!waits(duration - 1ns).is_silent() || state() != before)
      throw std::runtime_error("something was due too early");
    return waits(1ns);
  }
  [[nodiscard]] std::string_view state() const { return machine_.state_name(); }
  [[nodiscard]] Kept snapshot() const { return keep(machine_.dangerous_snapshot().bytes()); }
  [[nodiscard]] Machine<Peer>& machine() { return machine_; }
  [[nodiscard]] testing::SeededRandom& random() { return *random_; }

  Time now{SteadyTime{} + 1h, {}};

 private:
  static Result kept(const Output<Peer>& out) {
    Result result;
    for (const Frame& frame : out.transmit) result.frames.push_back(keep(frame.bytes));
    result.events.assign(out.events.begin(), out.events.end());
    if (const auto* delivered = out.event<peer::Delivered>())
      result.payload = keep(delivered->payload);
    result.due = out.deadline;
    return result;
  }

  std::unique_ptr<testing::SeededRandom> random_;
  Machine<Peer> machine_;
};

/// The public keys of these private ones, in the order of their bytes: the first counts where
/// HELLOs cross.
[[nodiscard]] inline bool is_smaller(std::uint8_t a, std::uint8_t b) {
  return identity(a).public_key() < identity(b).public_key();
}

/// `smaller` has the smaller key.
struct Pair {
  explicit Pair(peer::Config config = {}, std::uint64_t seed = 1)
      : smaller(is_smaller(1, 2) ? 1 : 2, seed, config),
        larger(is_smaller(1, 2) ? 2 : 1, seed + 1, config) {
    smaller.does(peer::Meet{larger.key()});
    larger.does(peer::Meet{smaller.key()});
  }
  Side smaller, larger;

  /// A session of which `caller` is the caller; nothing is on its way then.
  static void establish(Side& caller, Side& answerer) {
    const auto hello = caller.does(peer::Call{});
    const auto ack = answerer.gets(hello.frames.at(0));
    const auto first = caller.gets(ack.frames.at(0));
    const auto answer = answerer.gets(first.frames.at(0));
    caller.gets(answer.frames.at(0));
  }
  void wait(Duration duration) {
    smaller.now.steady += duration;
    larger.now.steady += duration;
  }
};

/// Carries everything, in order, until nobody says anything more; what was delivered at each.
inline std::vector<std::string> carry_all(Side& a, Side& b, std::vector<Kept> to_b,
                                          std::vector<Kept> to_a = {}) {
  std::vector<std::string> said;
  std::deque<std::pair<Side*, Kept>> way;
  const auto add = [&](Side& to, std::vector<Kept>& frames) {
    for (Kept& frame : frames) way.emplace_back(&to, std::move(frame));
  };
  add(b, to_b);
  add(a, to_a);
  for (int i = 0; i < 1000 && !way.empty(); ++i) {
    auto [to, frame] = std::move(way.front());
    way.pop_front();
    Result result = to->gets(frame);
    if (result.payload) said.push_back(result.said());
    add(to == &a ? b : a, result.frames);
  }
  return said;
}

}  // namespace peer_test
