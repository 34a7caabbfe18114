#pragma once

// HTTP/1.1 on 127.0.0.1 with Boost.Beast: one request a connection.

#include <utility>  // for Boost 1.74, which forgets it

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "handfast/core/bytes.hpp"

namespace interop {

namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

inline constexpr std::uint64_t body_size_max = 1 << 20;  // bytes
inline constexpr unsigned lifetime = 60;                 // seconds, of a program, whatever happens

/// Sends one request to the server at `port`; throws where no answer comes.
inline Response ask(std::uint16_t port, http::verb method, std::string_view path,
                    handfast::Bytes body) {
  boost::asio::io_context io;
  tcp::socket socket{io};
  socket.connect({boost::asio::ip::address_v4::loopback(), port});
  Request request{method, boost::beast::string_view{path.data(), path.size()}, 11};
  request.set(http::field::host, "127.0.0.1");
  request.set(http::field::connection, "close");
  request.set(http::field::content_type, "application/octet-stream");
  request.body() = handfast::text_of(body);
  request.prepare_payload();
  http::write(socket, request);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(body_size_max);
  http::read(socket, buffer, parser);
  return parser.release();
}

/// Takes one connection and gives its request to `serve`, which gives the response.
template <class Serve>
void serve_one(tcp::acceptor& acceptor, Serve&& serve) {
  tcp::socket socket = acceptor.accept();
  boost::beast::flat_buffer buffer;
  http::request_parser<http::string_body> parser;
  parser.body_limit(body_size_max);
  boost::beast::error_code failed;
  http::read(socket, buffer, parser, failed);
  if (failed) return;
  Response response = serve(std::as_const(parser.get()));
  response.set(http::field::connection, "close");
  response.prepare_payload();
  http::write(socket, response, failed);
  socket.shutdown(tcp::socket::shutdown_both, failed);
}

}  // namespace interop
