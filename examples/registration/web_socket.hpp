#pragma once

// A WebSocket that carries frames: one a message, text where it begins with `{`, else binary.

#include <deque>
#include <functional>
#include <handfast/core/link.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "registration/connection.hpp"

namespace web {

inline constexpr auto opening_limit = std::chrono::seconds(10);  // for TLS and the upgrade
inline constexpr std::size_t buffer_size_kept = 4096;            // bytes, while nothing is read
inline constexpr int send_buffer_size = 64 * 1024;               // bytes; Linux takes it twice

/// What every accepted connection is given. Who reads nothing has the kernel keep no more than that
/// beside what the hub lets wait; left to itself it keeps megabytes.
inline void prepare(tcp::socket& socket) {
  beast::error_code ignored;  // it is gone already, then
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(net::socket_base::send_buffer_size(send_buffer_size), ignored);
}

/// What a write ends in: of one type, so that Beast's part of it is compiled once for each kind of
/// socket, whoever writes.
using Written = std::function<void(beast::error_code)>;

/// Writes one message, which lives until `written` is called.
template <class Socket>
void write_message(Socket& socket, Bytes frame, Written written) {
  socket.text(!frame.empty() && frame[0] == '{');
  socket.async_write(
      net::const_buffer(frame.data(), frame.size()),
      [written = std::move(written)](beast::error_code error, std::size_t) { written(error); });
}

/// One WebSocket of a hub's. It lives as long as something is read or written.
template <class Socket, class Hub>
class WebSocketConnection final
    : public Connection,
      public std::enable_shared_from_this<WebSocketConnection<Socket, Hub>> {
 public:
  WebSocketConnection(Socket socket, Hub& hub) : socket_(std::move(socket)), hub_(hub) {}

  /// Answers the upgrade, and reads until the peer or the hub ends it.
  void start(http::request<http::string_body> upgrade) {
    const auto executor = socket_.get_executor();
    net::co_spawn(
        executor,
        [self = this->shared_from_this(), upgrade = std::move(upgrade)]() mutable {
          return self->run(std::move(upgrade));
        },
        net::detached);
  }
  /// The same for a client's, whose upgrade was answered.
  void start() {
    const auto executor = socket_.get_executor();
    set_limits(beast::role_type::client);
    net::co_spawn(
        executor, [self = this->shared_from_this()] { return self->talk(); }, net::detached);
  }
  [[nodiscard]] Socket& socket() noexcept { return socket_; }

  void send(Bytes frame) override {
    queue_.emplace_back(frame.begin(), frame.end());
    if (!is_writing_) write();
  }
  void close(bool when_sent) override {
    closes_when_sent_ = true;
    if (!when_sent) return cut();
    // Who reads nothing does not stay for that.
    leaving_.emplace(socket_.get_executor(), hub_.goodbye_max());
    leaving_->async_wait([weak = this->weak_from_this()](beast::error_code error) {
      const auto self = weak.lock();
      if (self && !error) self->cut();
    });
    if (!is_writing_) say_goodbye();
  }

 private:
  void set_limits(beast::role_type role) {
    beast::get_lowest_layer(socket_).expires_never();  // the WebSocket has limits of its own
    auto limits = websocket::stream_base::timeout::suggested(role);
    limits.handshake_timeout = opening_limit;
    limits.idle_timeout = websocket::stream_base::none();  // the protocol has its own
    if (const auto silence = hub_.silence_max()) {
      limits.idle_timeout = *silence;
      limits.keep_alive_pings = true;
    }
    socket_.set_option(limits);
    socket_.read_message_max(Hub::frame_size_max);
    socket_.auto_fragment(false);  // it would write 4 KiB at a time
  }
  net::awaitable<void> run(http::request<http::string_body> upgrade) {
    set_limits(beast::role_type::server);
    beast::error_code error;
    co_await socket_.async_accept(upgrade, net::redirect_error(net::use_awaitable, error));
    if (error) co_return;
    upgrade = {};
    co_await talk();
  }
  net::awaitable<void> talk() {
    link_ = hub_.open(this->shared_from_this());
    is_open_ = true;
    beast::flat_buffer buffer;
    for (beast::error_code error; !error;) {
      co_await socket_.async_read(buffer, net::redirect_error(net::use_awaitable, error));
      if (error) break;
      hub_.receive(link_, {static_cast<const std::uint8_t*>(buffer.cdata().data()), buffer.size()});
      buffer.consume(buffer.size());
      if (buffer.capacity() > buffer_size_kept) buffer.shrink_to_fit();
    }
    is_open_ = false;
    hub_.closed(link_);
  }
  void write() {
    is_writing_ = true;
    write_message(
        socket_, queue_.front(),
        [self = this->shared_from_this()](beast::error_code error) { self->written(error); });
  }
  void written(beast::error_code error) {
    is_writing_ = false;
    const std::size_t size = queue_.front().size();
    queue_.pop_front();
    if (error) return;  // the reader hears of it too
    if (is_open_) hub_.drained(link_, size);
    if (is_writing_) return;  // what was drained made the hub send
    if (!queue_.empty())
      write();
    else if (closes_when_sent_)
      say_goodbye();
  }
  void say_goodbye() {
    socket_.async_close(websocket::close_code::normal,
                        [self = this->shared_from_this()](beast::error_code) { self->cut(); });
  }
  void cut() {
    beast::error_code ignored;  // it is gone already, then
    beast::get_lowest_layer(socket_).socket().shutdown(tcp::socket::shutdown_both, ignored);
    beast::get_lowest_layer(socket_).socket().close(ignored);
  }

  Socket socket_;
  Hub& hub_;
  handfast::Link link_;
  std::deque<std::vector<std::uint8_t>> queue_;
  std::optional<net::steady_timer> leaving_;
  bool is_open_ = false, is_writing_ = false, closes_when_sent_ = false;
};

}  // namespace web
