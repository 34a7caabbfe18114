#pragma once

// What cases have in common: the check that a fault costs nobody else anything, and nothing for
// good.

#include <algorithm>
#include <cstdio>

#include "tests/soak/case.hpp"
#include "tests/soak/pair.hpp"

namespace soak {

/// A case that is the same in both profiles; `run` is given an object of each.
template <class Run>
[[nodiscard]] std::function<void()> in_both(Run run) {
  return [run] {
    run(Hardened{});
    run(Compat{});
  };
}

inline void must(bool holds, const std::string& words) {
  if (!holds) throw Failure(words);
}

/// Limits that no case comes upon by accident.
[[nodiscard]] inline Setting patient() {
  Setting setting;
  setting.config.names = {std::string(audience)};
  setting.config.messages_a_second = 1'000'000;
  setting.config.messages_at_once = 1'000'000;
  setting.config.frames_a_second = 1'000'000;
  setting.config.frames_at_once = 1'000'000;
  setting.config.silence_timeout = std::chrono::minutes(10);
  return setting;
}

template <class Profile>
[[nodiscard]] const RouterState& router_in(const State& state) {
  if constexpr (registration::HardenedProfile<Profile>)
    return state.hardened;
  else
    return state.compat;
}

/// Bytes by which a server's heap may have grown when a fault is over: what containers and Asio
/// keep for the next time, Asio 200 bytes for each descriptor of the most that were ever open. A
/// connection takes 8 KiB: eight that are not forgotten are more.
inline constexpr std::uint64_t slack = 64 * 1024;
/// Bytes that a fault may take while it lasts, beside what its case says: connections, buffers, and
/// what a queue of small frames takes beside their bytes.
inline constexpr std::uint64_t room = 512 * 1024;

/// A server with a pair of clients that talk.
template <class Profile>
class Scene {
 public:
  explicit Scene(const Setting& setting, Clock::duration pause = std::chrono::milliseconds(1))
      : server(setting), pair(server.port(), pause) {}

  [[nodiscard]] RouterState router() { return router_in<Profile>(server.state()); }

  /// Waits until only the pair is there and the heap holds no more than `heap_max`.
  State settled(std::uint64_t heap_max = ~std::uint64_t{0}) {
    const auto until = Clock::now() + patience;
    for (;;) {
      pair.exchange(10);
      const State state = server.state();
      if (router_in<Profile>(state).connections == 2 && state.heap <= heap_max) return state;
      if (Clock::now() > until)
        throw Failure(
            "afterwards " + std::to_string(state.heap) + " bytes of the heap are in use, " +
            std::to_string(router_in<Profile>(state).connections) +
            " connections are there; only 2 and " + std::to_string(heap_max) + " bytes may be");
    }
  }
  /// Does `fault(rounds)` once in small, for what is made once, then in full while the pair talks.
  template <class Fault>
  void beside(int rounds, Fault&& fault) {
    beside(std::max(rounds / 16, 1), rounds, fault);
  }
  /// The same with `first` rounds at first. Where very many connections are there at a time these are
  /// all: what is kept for the next time is then there, and only what is forgotten grows.
  template <class Fault>
  void beside(int first, int rounds, Fault&& fault) {
    pair.start();
    fault(first);
    pair.stop();
    const std::uint64_t before = settled().heap;
    pair.start();
    fault(rounds);
    const std::uint64_t count = pair.stop();
    const std::uint64_t after = settled(before + slack).heap;
    std::printf(
        "  %s: %llu messages beside it, the slowest in %.0f ms; heap %+lld bytes after it\n",
        std::string(name_of<Profile>).c_str(), static_cast<unsigned long long>(count),
        std::chrono::duration<double, std::milli>(pair.slowest()).count(),
        static_cast<long long>(after - before));
  }

  Server server;
  Pair<Profile> pair;
};

}  // namespace soak
