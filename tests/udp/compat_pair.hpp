#pragma once

// The deployed client and server in one process, with time and randomness that a test decides.

#include <string>
#include <vector>

#include "handfast/testing/seeded_random.hpp"
#include "handfast/udp/compat.hpp"

namespace udp_test {

using namespace handfast;
using namespace handfast::udp;
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

/// One role's machine, its clock and its randomness.
template <class Role>
class Side {
 public:
  Side(compat::Config config, std::uint64_t seed)
      : random_(seed), machine_(compat::Context(std::move(config), Random(random_))) {}

  template <class Command>
  Result<Role> does(const Command& command) {
    return kept(machine_.handle(command, now));
  }
  Result<Role> gets(Bytes datagram) { return kept(machine_.receive(datagram, now)); }
  Result<Role> waits(Duration duration) {
    now.steady += duration;
    now.utc += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
    return kept(machine_.advance(now));
  }
  /// Sends this, as the one datagram that comes of it.
  Kept says(std::string_view text, compat::Header header = {}) {
    return does(compat::Send{bytes_of(text), header}).frames.at(0);
  }
  [[nodiscard]] std::string_view state() const { return machine_.state_name(); }
  [[nodiscard]] Kept snapshot() const { return keep(machine_.dangerous_snapshot().bytes()); }
  [[nodiscard]] Machine<Role>& machine() { return machine_; }
  [[nodiscard]] testing::SeededRandom& random() { return random_; }

  Time now{SteadyTime{} + 1h, UnixTime{} + 1'700'000'000s};

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
