#pragma once

// The example's own server (examples/registration) in a process of its own, which says how it is.

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>

#include "handfast/registration/context.hpp"
#include "handfast/registration/router_terms.hpp"
#include "tests/soak/web_socket.hpp"

namespace soak {

using handfast::Fault;

/// What a case chooses.
struct Setting {
  handfast::registration::Config config;
  handfast::registration::RouterConfig router;
  std::chrono::seconds request_limit{30};  // of HTTP
  std::size_t visitors_max = 1000;         // of HTTP, at once
};

/// How one of the two routers is.
struct RouterState {
  std::uint64_t registered = 0, unregistered = 0;
  std::uint64_t connections = 0;             // that the hub holds
  std::array<std::uint32_t, 64> rejected{};  // frames, by fault
  std::array<std::uint32_t, 64> left{};      // connections, by fault
  std::uint64_t joined = 0, replaced = 0;

  [[nodiscard]] std::uint32_t rejected_by(Fault fault) const {
    return rejected[static_cast<std::size_t>(fault)];
  }
  [[nodiscard]] std::uint32_t left_by(Fault fault) const {
    return left[static_cast<std::size_t>(fault)];
  }
};
struct State {
  std::uint64_t heap = 0;      // bytes in use, of the whole process
  std::uint64_t resident = 0;  // bytes, of the whole process
  double processor = 0;        // seconds that it has used
  RouterState hardened, compat;
};

/// Bytes of this process's heap that are in use.
[[nodiscard]] std::uint64_t heap_in_use();

/// Starts with it and ends with it. Made while the program has one thread.
class Server {
 public:
  explicit Server(const Setting& setting);
  ~Server();
  Server(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Throws where the process has ended.
  [[nodiscard]] State state();

 private:
  void ask(void* answer, std::size_t size);

  Descriptor control_;
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace soak
