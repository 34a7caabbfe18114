#pragma once

// A parent and a child of stdio that leave no secret behind but their own: nothing here copies a
// key or a payload. And every secret that they ever have, computed from their private keys in a
// process of its own.

#include <memory>
#include <stdexcept>
#include <variant>

#include "handfast/core/machine.hpp"
#include "handfast/stdio.hpp"
#include "tests/erasure/life.hpp"

namespace erasure {

using namespace handfast;
using namespace handfast::stdio;

/// Requests and responses have payloads of their own numbers.
[[nodiscard]] constexpr int request_payload(std::uint64_t correlation) {
  return static_cast<int>(correlation);
}
[[nodiscard]] constexpr int response_payload(std::uint64_t correlation) {
  return static_cast<int>(correlation) + 1000;
}

/// Where every child listens.
inline constexpr std::uint16_t child_port = 40000;

/// Two machines on the heap. Each step runs well below its caller's frames (search.hpp).
template <class Profile>
class LifeOf {
 public:
  explicit LifeOf(Config config = {})
      : parent(std::make_unique<Machine<Parent<Profile>>>(
            stdio::Context{config, Random(parent_random)})),
        child(std::make_unique<Machine<Child<Profile>>>(
            stdio::Context{config, Random(child_random)})) {}

  using ParentCommand = handfast::detail::AsVariant<typename Parent<Profile>::Commands>;
  using ChildCommand = handfast::detail::AsVariant<typename Child<Profile>::Commands>;

  /// What the parent, or the child, sends because of the command, the frame, or the time.
  Departure parent_does(const ParentCommand& command) { return does(*parent, command); }
  Departure child_does(const ChildCommand& command) { return does(*child, command); }
  Departure parent_gets(const Departed& frame) {
    Departure frames;
    well_below([&] { frames = departed(parent->receive(frame.link, frame.bytes, now)); });
    return frames;
  }
  /// The child answers what it is asked, where `answers`.
  Departure child_gets(const Departed& frame) {
    Departure frames;
    std::uint64_t correlation = 0;
    well_below([&] {
      const auto out = child->receive(frame.link, frame.bytes, now);
      if (const auto* delivered = out.template event<Delivered>())
        correlation = delivered->correlation;
      frames = departed(out);
    });
    if (correlation == 0 || !answers) return frames;
    const Payload response(response_payload(correlation));
    for (Departed& more : child_does(Respond{correlation, response.bytes()}))
      frames.push_back(std::move(more));
    return frames;
  }
  /// Time passes; each is told, and what it sends is lost.
  void wait(Duration duration) {
    const SteadyTime end = now.steady + duration;
    for (int i = 0; i < 10000; ++i) {
      const auto due = std::min(parent->engine().deadline().value_or(Due{end, {}}).at,
                                child->engine().deadline().value_or(Due{end, {}}).at);
      now.steady = std::clamp(due, now.steady, end);
      well_below([&] { (void)departed(parent->advance(now)); });
      well_below([&] { (void)departed(child->advance(now)); });
      if (now.steady == end) return;
    }
    throw std::logic_error("time does not pass");
  }

  /// Both lines, then what the parent's last one makes it send, and what follows from that.
  void shake_hands() {
    const Departure offer = parent_does(Start{});
    (void)child_gets(offer.at(0));
    const Departure answer = child_does(Listening{child_port});
    deliver(parent_gets(answer.at(0)));
  }
  /// A request, on its way.
  Departure ask() {
    const Payload request(request_payload(++asked));
    return parent_does(Send{request.bytes()});
  }
  /// Delivers all, and what follows from it.
  void deliver(const Departure& to_child) {
    for (const Departed& frame : to_child)
      for (const Departed& reply : child_gets(frame)) deliver(parent_gets(reply));
  }

  std::uint64_t seed = next_seed();  // every life has secrets of its own
  LoggedRandom parent_random{seed}, child_random{seed + 1};
  std::unique_ptr<Machine<Parent<Profile>>> parent;
  std::unique_ptr<Machine<Child<Profile>>> child;
  Time now{SteadyTime{std::chrono::hours(1)}, {}};
  std::uint64_t asked = 0;
  bool answers = true;
  int refused = 0;

 private:
  Departure does(auto& machine, const auto& command) {
    Departure frames;
    std::visit(
        [&](const auto& one) { well_below([&] { frames = departed(machine.handle(one, now)); }); },
        command);
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
using Life = LifeOf<Hardened>;
using CompatLife = LifeOf<Compat>;
extern template class LifeOf<Hardened>;
extern template class LifeOf<Compat>;

/// Adds the payloads of so many requests and responses.
void add_payloads(std::vector<Watched>& watched, std::uint64_t count);

/// Every secret of `life` so far. Hardened: private keys, agreements, roots, confirmation key, next roots,
/// and of both directions of each epoch the chain and message keys up to number `last`, with the
/// keys that HKDF derives in between; then the payloads of the requests and responses.
[[nodiscard]] std::vector<Watched> secrets_of(const Life& life, std::uint64_t last = 20);
/// Compat: private keys, the agreement, what HKDF extracts from it, and of both directions the keys
/// up to ratchet `last`, with what HKDF extracts from each; then the payloads.
[[nodiscard]] std::vector<Watched> secrets_of(const CompatLife& life, std::uint64_t last = 20);

[[nodiscard]] Expected expected_of(const Life& life);
[[nodiscard]] Expected expected_of(const CompatLife& life);

}  // namespace erasure
