#pragma once

// Who comes to a port over TLS and asks for a WebSocket, before it is answered.

#include <functional>
#include <memory>

#include "registration/beast_tls.hpp"
#include "registration/web_socket.hpp"
#include "rehandshake/pinned.hpp"

namespace over_paths {

using web::SecureSocket, web::tcp;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using Upgrade = http::request<http::string_body>;

/// `host:port`, or `[address]:port`. Throws where it is neither.
struct Authority {
  std::string host, port;

  [[nodiscard]] static Authority parse(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos || colon == 0 || colon + 1 == text.size())
      throw std::runtime_error(text + " is not host:port");
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return {host, text.substr(colon + 1)};
  }
  [[nodiscard]] tcp::endpoint endpoint(net::io_context& io) const {
    return tcp::resolver(io).resolve(host, port)->endpoint();
  }
};

/// Has `take` those whose TLS is as it should be and who ask for a WebSocket within 10 s; the others
/// are closed without a word. At most `visitors_max` are asked at once.
class Upgrades {
 public:
  using Take = std::function<void(SecureSocket, Upgrade)>;

  Upgrades(net::io_context& io, const tcp::endpoint& where, std::shared_ptr<ssl::context> tls,
           Take take)
      : acceptor_(io, where), tls_(std::move(tls)), take_(std::move(take)) {
    net::co_spawn(io,
                  web::accept_each(acceptor_,
                                   [this](tcp::socket one) {
                                     web::prepare(one);
                                     return ask(std::move(one));
                                   }),
                  [](std::exception_ptr error) {
                    if (error) std::rethrow_exception(error);
                  });
  }
  [[nodiscard]] tcp::endpoint local() const { return acceptor_.local_endpoint(); }

 private:
  static constexpr std::size_t visitors_max = 256;
  static constexpr std::size_t request_size_max = 4096;  // bytes

  net::awaitable<void> ask(tcp::socket one) {
    if (visitors_ == visitors_max) co_return;
    const std::unique_ptr<std::size_t, void (*)(std::size_t*)> visit(
        &++visitors_, [](std::size_t* count) { --*count; });
    beast::ssl_stream<beast::tcp_stream> stream(beast::tcp_stream(std::move(one)), *tls_);
    beast::get_lowest_layer(stream).expires_after(web::opening_limit);
    beast::error_code error;
    co_await stream.async_handshake(ssl::stream_base::server,
                                    net::redirect_error(net::use_awaitable, error));
    if (error) co_return;
    beast::flat_buffer buffer(request_size_max);
    Upgrade request;
    co_await http::async_read(stream, buffer, request,
                              net::redirect_error(net::use_awaitable, error));
    if (!error && buffer.size() == 0 && websocket::is_upgrade(request))
      take_(SecureSocket(std::move(stream)), std::move(request));
  }

  tcp::acceptor acceptor_;
  std::shared_ptr<ssl::context> tls_;
  Take take_;
  std::size_t visitors_ = 0;
};

}  // namespace over_paths
