#pragma once

// One connection, as who sends on it sees it; and accepting them.

#include <handfast/core/bytes.hpp>

#include "registration/beast.hpp"

namespace web {

using handfast::Bytes;

/// One connection, as a hub sees it.
class Connection {
 public:
  virtual ~Connection() = default;
  /// Puts a copy of the frame behind those that wait.
  virtual void send(Bytes frame) = 0;
  /// Ends it, when what waits has left or at once.
  virtual void close(bool when_sent) = 0;
};

/// Has `serve(tcp::socket)`, a coroutine, serve each one that comes.
template <class Serve>
net::awaitable<void> accept_each(tcp::acceptor& acceptor, Serve serve) {
  const auto executor = acceptor.get_executor();
  for (;;) {
    beast::error_code error;
    tcp::socket socket =
        co_await acceptor.async_accept(net::redirect_error(net::use_awaitable, error));
    if (error == net::error::operation_aborted) co_return;
    if (error) {  // too many files are open: those that are there go on
      net::steady_timer later(executor, std::chrono::milliseconds(100));
      co_await later.async_wait(net::use_awaitable);
      continue;
    }
    net::co_spawn(executor, serve(std::move(socket)), net::detached);
  }
}

}  // namespace web
