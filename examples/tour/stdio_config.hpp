#pragma once

// What parent and child agree on, with times short enough to watch.

#include "handfast/stdio/context.hpp"

namespace tour {

inline handfast::stdio::Config tour_config() {
  using namespace std::chrono_literals;
  handfast::stdio::Config config;
  config.endpoint = "/message";
  config.answer_timeout = 5s;
  config.response_timeout = 150ms;
  config.keepalive_interval = 600ms;
  config.dead_peer_timeout = 5s;
  config.shutdown_timeout = 3s;
  return config;
}

}  // namespace tour
