#pragma once

// A WebSocket to a server on 127.0.0.1, frame by frame. Knows no protocol.

#include <optional>
#include <string>

#include "registration/beast.hpp"
#include "tour/patient.hpp"

namespace tour {

/// The client's end. Throws where the network fails or takes longer than the limit.
class WebSocket {
 public:
  WebSocket(const std::string& authority, std::uint16_t port, const char* path)
      : socket_(patient_.io()) {
    const tcp::endpoint server(net::ip::address_v4::loopback(), port);
    finish([&](auto done) { layer().async_connect(server, done); });
    layer().socket().set_option(tcp::no_delay(true));
    finish([&](auto done) { socket_.async_handshake(authority, path, done); });
  }

  /// A frame goes as text where it begins with `{`, else as binary.
  void send(handfast::Bytes frame) {
    socket_.text(!frame.empty() && frame[0] == '{');
    finish([&](auto done) { socket_.async_write(net::buffer(frame.data(), frame.size()), done); });
  }

  /// The next frame, or nothing where the server has closed the connection.
  [[nodiscard]] std::optional<Letter> receive() {
    beast::flat_buffer buffer;
    const auto error =
        patient_.outcome(layer(), [&](auto done) { socket_.async_read(buffer, done); });
    if (error == beast::error::timeout) throw beast::system_error(error, "WebSocket");
    if (error) return std::nullopt;
    const auto* begin = static_cast<const std::uint8_t*>(buffer.cdata().data());
    return Letter(begin, begin + buffer.size());
  }

  void close() {
    finish([&](auto done) { socket_.async_close(web::websocket::close_code::normal, done); });
  }

 private:
  [[nodiscard]] beast::tcp_stream& layer() { return beast::get_lowest_layer(socket_); }
  void finish(auto start) { patient_.finish(layer(), "WebSocket", start); }

  Patient patient_;
  web::PlainSocket socket_;
};

}  // namespace tour
