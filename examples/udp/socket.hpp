#pragma once

// A UDP socket, on one thread.

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <functional>
#include <string>
#include <utility>

#include "shared/alarm.hpp"
#include "shared/lines.hpp"

namespace over_udp {

namespace net = boost::asio;
using handfast::Bytes;
using net::ip::udp;
using shared::Alarm, shared::Lines;

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

}  // namespace over_udp
