#pragma once

// HTTP/1.1 on 127.0.0.1 that carries frames: POST /message with a frame as its body, and a frame
// as the body of the response. Knows no protocol.

#include <string>
#include <utility>

#include "tour/patient.hpp"

namespace tour {

using HttpRequest = http::request<http::vector_body<std::uint8_t>>;
using HttpResponse = http::response<http::vector_body<std::uint8_t>>;

inline constexpr const char* message_path = "/message";
inline constexpr const char* binary_type = "application/octet-stream";

/// The parent's end of a connection. Throws where the network fails or takes longer than the limit.
class HttpConnection {
 public:
  explicit HttpConnection(std::uint16_t port) : stream_(patient_.io()) {
    const tcp::endpoint child(net::ip::address_v4::loopback(), port);
    finish([&](auto done) { stream_.async_connect(child, done); });
    stream_.socket().set_option(tcp::no_delay(true));
  }

  void send(http::verb method, const char* path, handfast::Bytes body) {
    HttpRequest request(method, path, 11, Letter(body.begin(), body.end()));
    request.set(http::field::host, "127.0.0.1");
    request.set(http::field::content_type, binary_type);
    request.prepare_payload();
    finish([&](auto done) { http::async_write(stream_, request, done); });
  }

  [[nodiscard]] HttpResponse receive() {
    HttpResponse response;
    finish([&](auto done) { http::async_read(stream_, buffer_, response, done); });
    return response;
  }

 private:
  void finish(auto start) { patient_.finish(stream_, "HTTP", start); }

  Patient patient_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
};

/// Serves one connection until its peer closes it. `exchange(frame)` is awaited for each frame and
/// gives the status and the frame of the response. Whatever else is asked for is not found.
template <class Exchange>
net::awaitable<void> serve_http(tcp::socket socket, std::size_t frame_size_max, Exchange exchange) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  for (bool goes_on = true; goes_on;) {
    http::request_parser<HttpRequest::body_type> parser;
    parser.body_limit(frame_size_max);
    stream.expires_after(std::chrono::seconds(30));
    co_await http::async_read(stream, buffer, parser, net::use_awaitable);
    HttpRequest request = parser.release();

    HttpResponse response(http::status::not_found, request.version());
    if (request.method() == http::verb::post && request.target() == message_path) {
      auto [status, frame] = co_await exchange(std::move(request.body()));
      response.result(status);
      response.set(http::field::content_type, binary_type);
      response.body() = std::move(frame);
    }
    response.keep_alive(goes_on = request.keep_alive());
    response.prepare_payload();
    stream.expires_after(io_limit);
    co_await http::async_write(stream, response, net::use_awaitable);
  }
}

}  // namespace tour
