#pragma once

// How much goes each way, a line a second while anything does.

#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <iostream>

#include "udp/socket.hpp"

namespace over_udp {

/// Application data only: bytes and packets.
class Meter {
 public:
  explicit Meter(net::io_context& io) : timer_(io) {}
  void sent(std::size_t size) { count(up_, size); }
  void received(std::size_t size) { count(down_, size); }

 private:
  struct Count {
    std::uint64_t packets = 0, bytes = 0;
  };

  void count(Count& way, std::size_t size) {
    ++way.packets;
    way.bytes += size;
    if (!std::exchange(is_waiting_, true)) wait();
  }
  void wait() {
    began_ = std::chrono::steady_clock::now();
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) show();
    });
  }
  void show() {
    is_waiting_ = false;
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - began_;
    const auto rate = [&](std::uint64_t count) {
      return static_cast<double>(count) / time.count();
    };
    char line[160];
    std::snprintf(line, sizeof line, "up %.0f packets/s %.2f MB/s, down %.0f packets/s %.2f MB/s",
                  rate(up_.packets), rate(up_.bytes) / 1e6, rate(down_.packets),
                  rate(down_.bytes) / 1e6);
    std::cerr << line << std::endl;
    up_ = down_ = {};
  }

  net::steady_timer timer_;
  std::chrono::steady_clock::time_point began_;
  Count up_, down_;
  bool is_waiting_ = false;
};

}  // namespace over_udp
