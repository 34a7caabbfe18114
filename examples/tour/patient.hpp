#pragma once

// I/O as one thing after the other on one thread, each with a limit.

#include <chrono>
#include <vector>

#include "handfast/core/bytes.hpp"
#include "tour/boost.hpp"

namespace tour {

using Letter = std::vector<std::uint8_t>;  // a frame in memory of its own

inline constexpr auto io_limit = std::chrono::seconds(5);  // for each thing

class Patient {
 public:
  [[nodiscard]] net::io_context& io() noexcept { return io_; }

  /// Starts something on `stream`, and runs until it is done; how it ended.
  [[nodiscard]] beast::error_code outcome(beast::tcp_stream& stream, auto start) {
    beast::error_code result;
    stream.expires_after(io_limit);
    start([&](beast::error_code error, auto&&...) { result = error; });
    io_.restart();
    io_.run();
    return result;
  }
  /// The same; throws where it fails or takes longer than the limit.
  void finish(beast::tcp_stream& stream, const char* what, auto start) {
    if (const auto error = outcome(stream, start)) throw beast::system_error(error, what);
  }

 private:
  net::io_context io_;
};

}  // namespace tour
