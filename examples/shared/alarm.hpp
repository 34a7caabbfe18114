#pragma once

// A timer for deadlines, on one thread.

#include <boost/asio/steady_timer.hpp>
#include <handfast/core/deadline.hpp>
#include <optional>

namespace shared {

namespace net = boost::asio;

/// Calls when the earliest deadline is there.
class Alarm {
 public:
  explicit Alarm(net::io_context& io) : timer_(io) {}
  template <class Act>
  void at(const std::optional<handfast::Due>& due, Act act) {
    timer_.cancel();
    if (!due) return;
    timer_.expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(due->at));
    timer_.async_wait([act](boost::system::error_code error) {
      if (!error) act();
    });
  }

 private:
  net::steady_timer timer_;
};

}  // namespace shared
