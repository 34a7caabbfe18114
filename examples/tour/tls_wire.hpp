#pragma once

// A TLS connection of this machine, both of whose ends are in this process. It carries frames that
// say in their header how long they are. Knows no protocol but that.

#include "tour/boost.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "rehandshake/pinned.hpp"
#include "tour/patient.hpp"
#include "tour/screen.hpp"

namespace tour {

enum class End : std::uint8_t { client, server };

class TlsWire {
 public:
  /// Connects; throws where either end refuses the other, or takes longer than the limit.
  TlsWire(net::io_context& io, const over_paths::Identity* client,
          const over_paths::Identity& server, bool is_mutual)
      : io_(io),
        client_tls_(over_paths::pinned_tls(net::ssl::context::tls_client, client, server.pin())),
        server_tls_(
            over_paths::pinned_tls(net::ssl::context::tls_server, &server,
                                   is_mutual ? std::optional(client->pin()) : std::nullopt)),
        ends_{Stream(io, *client_tls_), Stream(io, *server_tls_)} {
    tcp::acceptor acceptor(io, {net::ip::address_v4::loopback(), 0});
    ends_[0].lowest_layer().connect(acceptor.local_endpoint());
    acceptor.accept(ends_[1].lowest_layer());
    for (Stream& end : ends_) end.lowest_layer().set_option(tcp::no_delay(true));
    finish(2, [&](auto done) {
      ends_[0].async_handshake(net::ssl::stream_base::client, done);
      ends_[1].async_handshake(net::ssl::stream_base::server, done);
    });
  }
  TlsWire(const TlsWire&) = delete;

  void send(End from, Bytes frame) {
    finish(1, [&](auto done) {
      net::async_write(at(from), net::buffer(frame.data(), frame.size()), done);
    });
  }
  /// The frame that arrives next.
  [[nodiscard]] Letter receive(End end) {
    Letter frame(header_size);
    finish(1, [&](auto done) { net::async_read(at(end), net::buffer(frame), done); });
    std::size_t rest = 0;  // the header's last four bytes
    for (std::size_t i = 4; i < header_size; ++i) rest = rest << 8u | frame[i];
    frame.resize(header_size + rest);
    finish(1, [&](auto done) {
      net::async_read(at(end), net::buffer(frame.data() + header_size, rest), done);
    });
    return frame;
  }
  /// What this end knows the connection by.
  [[nodiscard]] handfast::rehandshake::ChannelBinding known_by(End end) {
    return over_paths::binding_of(at(end).native_handle());
  }

 private:
  using Stream = net::ssl::stream<tcp::socket>;
  static constexpr std::size_t header_size = handfast::rehandshake::header_size;

  [[nodiscard]] Stream& at(End end) { return ends_[static_cast<std::size_t>(end)]; }
  /// Starts so many things, and runs until they are done.
  void finish(int count, auto start) {
    boost::system::error_code failed;
    start([&](boost::system::error_code error, auto&&...) {
      --count;
      if (error) failed = error;
    });
    io_.restart();
    const auto until = std::chrono::steady_clock::now() + io_limit;
    while (count > 0 && !failed && io_.run_one_until(until) > 0) {}
    if (failed) throw boost::system::system_error(failed, "TLS");
    expect(count == 0, "TLS took too long");
  }

  net::io_context& io_;
  std::shared_ptr<net::ssl::context> client_tls_, server_tls_;
  std::array<Stream, 2> ends_;
};

}  // namespace tour
