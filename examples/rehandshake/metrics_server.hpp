#pragma once

// GET /metrics over HTTP/1.1, for whoever scrapes it.

#include "rehandshake/metrics.hpp"
#include "rehandshake/upgrades.hpp"

namespace over_paths {

class MetricsServer {
 public:
  /// `metrics` outlives it.
  MetricsServer(net::io_context& io, const tcp::endpoint& where, const Metrics& metrics)
      : acceptor_(io, where), metrics_(metrics) {
    net::co_spawn(
        io, web::accept_each(acceptor_, [this](tcp::socket one) { return serve(std::move(one)); }),
        [](std::exception_ptr error) {
          if (error) std::rethrow_exception(error);
        });
  }
  [[nodiscard]] tcp::endpoint local() const { return acceptor_.local_endpoint(); }

 private:
  static constexpr auto request_limit = std::chrono::seconds(10);

  net::awaitable<void> serve(tcp::socket socket) {
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer(4096);
    beast::error_code error;
    for (bool goes_on = true; goes_on && !error;) {
      stream.expires_after(request_limit);
      http::request<http::empty_body> request;
      co_await http::async_read(stream, buffer, request,
                                net::redirect_error(net::use_awaitable, error));
      if (error) co_return;
      const auto response = answer(request);
      goes_on = response.keep_alive();
      co_await http::async_write(stream, response, net::redirect_error(net::use_awaitable, error));
    }
  }
  [[nodiscard]] http::response<http::string_body> answer(
      const http::request<http::empty_body>& request) const {
    http::response<http::string_body> response(http::status::ok, request.version());
    response.keep_alive(request.keep_alive());
    if (request.target() != "/metrics") {
      response.result(http::status::not_found);
    } else if (request.method() != http::verb::get) {
      response.result(http::status::method_not_allowed);
      response.set(http::field::allow, "GET");
    } else {
      response.set(http::field::content_type, {Metrics::type.data(), Metrics::type.size()});
      response.body() = metrics_.text();
    }
    response.prepare_payload();
    return response;
  }

  tcp::acceptor acceptor_;
  const Metrics& metrics_;
};

}  // namespace over_paths
