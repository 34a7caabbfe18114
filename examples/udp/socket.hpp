#pragma once

// A UDP socket, one timer and the lines of the standard input, on one thread.

#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <handfast/core/deadline.hpp>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

namespace over_udp {

namespace net = boost::asio;
using handfast::Bytes;
using net::ip::udp;

/// `address[:port]`, `[IPv6][:port]` or a name, with the document's defaults.
[[nodiscard]] inline udp::endpoint endpoint_of(net::io_context& io, std::string text) {
  std::string port = "6711";
  const auto colon = text.rfind(':'), bracket = text.rfind(']');
  const bool is_bare_v6 = bracket == text.npos && text.find(':') != colon;
  if (colon != text.npos && !is_bare_v6 && (bracket == text.npos || colon > bracket)) {
    port = text.substr(colon + 1);
    text.resize(colon);
  }
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return udp::resolver(io).resolve(text, port)->endpoint();
}

/// Datagrams in and out. What cannot be sent is lost, as it may be on its way: there is no room
/// (ENOBUFS), no way (ENETUNREACH), or nobody there (ECONNREFUSED, about one that went before).
class Socket {
 public:
  using Receive = std::function<void(const udp::endpoint&, Bytes)>;

  /// `local`: the address to be reached at; any port where its port is 0.
  Socket(net::io_context& io, const udp::endpoint& local, Receive receive)
      : socket_(io, local), receive_(std::move(receive)) {
    socket_.non_blocking(true);
    wait();
  }

  void send(const udp::endpoint& to, Bytes datagram) {
    boost::system::error_code lost;
    socket_.send_to(net::buffer(datagram.data(), datagram.size()), to, 0, lost);
  }
  [[nodiscard]] udp::endpoint local() const { return socket_.local_endpoint(); }

 private:
  void wait() {
    socket_.async_receive_from(net::buffer(buffer_), from_,
                               [this](boost::system::error_code error, std::size_t size) {
                                 if (error == net::error::operation_aborted) return;
                                 // An error is about something that was sent.
                                 if (!error) receive_(from_, Bytes{buffer_.data(), size});
                                 wait();
                               });
  }

  udp::socket socket_;
  Receive receive_;
  udp::endpoint from_;
  std::array<std::uint8_t, 65536> buffer_{};
};

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

/// The lines of the standard input, and its end: one each time that it is asked, so that none waits
/// where nobody can say it yet.
class Lines {
 public:
  Lines(net::io_context& io, std::function<void(std::string_view)> line, std::function<void()> end)
      : input_(io, ::dup(STDIN_FILENO)), line_(std::move(line)), end_(std::move(end)) {}

  /// Has `line` or `end` called, later.
  void ask() {
    if (is_file_) return net::post(input_.get_executor(), [this] { read_file(); });
    net::async_read_until(input_, net::dynamic_buffer(text_, line_size_max), '\n',
                          [this](boost::system::error_code error, std::size_t size) {
                            if (error == net::error::operation_aborted) return;
                            // A file is always there: it cannot be waited for.
                            is_file_ = error == net::error::no_permission ||
                                       error == net::error::operation_not_supported;
                            if (is_file_) return ask();
                            take(error, size);
                          });
  }

 private:
  static constexpr std::size_t line_size_max = 60'000;  // bytes

  void read_file() {
    boost::system::error_code error;
    const auto size =
        net::read_until(input_, net::dynamic_buffer(text_, line_size_max), '\n', error);
    take(error, size);
  }
  void take(boost::system::error_code error, std::size_t size) {
    if (error == net::error::not_found) std::cerr << "a line is too long to be one" << std::endl;
    const bool is_last = error == net::error::eof && !text_.empty();  // and has no line feed
    if (error && !is_last) return end_();
    std::string line = is_last ? std::exchange(text_, {}) : text_.substr(0, size - 1);
    if (!is_last) text_.erase(0, size);
    line_(line);
  }

  net::posix::stream_descriptor input_;
  std::function<void(std::string_view)> line_;
  std::function<void()> end_;
  std::string text_;
  bool is_file_ = false;
};

}  // namespace over_udp
