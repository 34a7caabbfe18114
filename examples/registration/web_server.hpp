#pragma once

// An HTTP server on one thread: pages for browsers, and WebSockets for two routers, one a profile.
// They never mix: what registers at one is not known at the other.

#include <array>
#include <handfast/registration/compat.hpp>
#include <list>
#include <memory>
#include <optional>

#include "registration/certificates.hpp"
#include "registration/hub.hpp"
#include "registration/pages.hpp"
#include "registration/web_socket.hpp"

namespace web {

using handfast::registration::Compat;
using handfast::registration::Hardened;

inline constexpr std::string_view hardened_path = "/router";
inline constexpr std::string_view compat_path = "/router/compat";
inline constexpr auto request_limit = std::chrono::seconds(30);  // for each request of HTTP
inline constexpr auto farewell_limit = std::chrono::seconds(2);
/// Connections that are no WebSocket yet: who comes when so many are there takes the oldest's place.
inline constexpr std::size_t visitors_max = 1000;

class WebServer {
 public:
  /// Serves TLS where there are certificates, which the caller may reload at any time. `pages` may
  /// be null.
  WebServer(net::io_context& io, const tcp::endpoint& where, Hub<Hardened>& hardened,
            Hub<Compat>& compat, const Pages* pages, Certificates* certificates,
            std::chrono::seconds limit_of_request = request_limit,
            std::size_t most_visitors = visitors_max)
      : io_(io),
        acceptor_(io, where),
        hardened_(hardened),
        compat_(compat),
        pages_(pages),
        certificates_(certificates),
        request_limit_(limit_of_request),
        visitors_max_(most_visitors) {
    net::co_spawn(io_,
                  accept_each(acceptor_,
                              [this](tcp::socket one) {
                                prepare(one);
                                return serve_any(std::move(one));
                              }),
                  [](std::exception_ptr error) {
                    if (error) std::rethrow_exception(error);
                  });
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  using Request = http::request<http::string_body>;
  using Response = http::response<http::string_body>;

  /// Connections that are no WebSocket yet, the oldest first.
  using Visitors = std::list<beast::tcp_stream*>;
  /// A place among them; it may outlive the server, as what waits in the context does.
  class Visit {
   public:
    explicit Visit(std::shared_ptr<Visitors> visitors)
        : visitors_(std::move(visitors)), place_(visitors_->insert(visitors_->end(), nullptr)) {}
    Visit(const Visit&) = delete;
    ~Visit() { visitors_->erase(place_); }
    /// Where the connection is from now on.
    void is_at(beast::tcp_stream& stream) { *place_ = &stream; }

   private:
    std::shared_ptr<Visitors> visitors_;
    Visitors::iterator place_;
  };
  void make_room() {
    if (visitors_->empty() || visitors_->size() < visitors_max_) return;
    if (beast::tcp_stream* oldest = visitors_->front()) oldest->cancel();
  }

  net::awaitable<void> serve_any(tcp::socket socket) {
    make_room();
    Visit visit(visitors_);
    beast::tcp_stream stream(std::move(socket));
    stream.expires_after(opening_limit);
    if (certificates_ == nullptr) {
      co_await serve(std::move(stream), visit);
      co_return;
    }
    const auto context = certificates_->current();  // a reload changes nothing for this connection
    beast::ssl_stream<beast::tcp_stream> secure(std::move(stream), *context);
    visit.is_at(beast::get_lowest_layer(secure));
    beast::error_code error;
    co_await secure.async_handshake(ssl::stream_base::server,
                                    net::redirect_error(net::use_awaitable, error));
    if (!error) co_await serve(std::move(secure), visit);
  }

  template <class Stream>
  net::awaitable<void> serve(Stream stream, Visit& visit) {
    visit.is_at(beast::get_lowest_layer(stream));
    beast::flat_buffer buffer;
    for (bool goes_on = true; goes_on;) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(1024);
      beast::error_code error;
      beast::get_lowest_layer(stream).expires_after(request_limit_);
      co_await http::async_read(stream, buffer, parser,
                                net::redirect_error(net::use_awaitable, error));
      if (error && !status_of(error)) co_return;
      if (!error && websocket::is_upgrade(parser.get())) {
        if (path_of(parser.get()) == hardened_path)
          co_return upgrade(std::move(stream), parser.release(), hardened_);
        if (path_of(parser.get()) == compat_path)
          co_return upgrade(std::move(stream), parser.release(), compat_);
      }
      const Response response = error ? refusal(*status_of(error)) : answer(parser.get());
      goes_on = response.keep_alive();
      co_await http::async_write(stream, response, net::redirect_error(net::use_awaitable, error));
      if (error) co_return;
    }
    co_await say_farewell(stream);
  }

  /// What a request is told that could not be read; nothing where nobody is there to be told.
  static std::optional<http::status> status_of(beast::error_code error) {
    const beast::error_code ended = http::error::end_of_stream;
    if (error.category() != ended.category() || error == ended ||
        error == http::error::partial_message)
      return std::nullopt;
    if (error == http::error::header_limit) return http::status::request_header_fields_too_large;
    if (error == http::error::body_limit) return http::status::payload_too_large;
    return http::status::bad_request;
  }

  /// Ends the connection so that the last answer arrives: a socket that is closed while something
  /// waits in it to be read takes back what it has sent.
  template <class Stream>
  static net::awaitable<void> say_farewell(Stream& stream) {
    auto& lowest = beast::get_lowest_layer(stream);
    lowest.expires_after(farewell_limit);
    beast::error_code error;
    if constexpr (!std::is_same_v<Stream, beast::tcp_stream>)
      co_await stream.async_shutdown(net::redirect_error(net::use_awaitable, error));
    lowest.socket().shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 4096> unread{};
    for (error = {}; !error;)
      co_await lowest.async_read_some(net::buffer(unread),
                                      net::redirect_error(net::use_awaitable, error));
  }

  /// Goes on by itself: what HTTP needed is not kept for as long as the connection lasts.
  template <class Stream, class Profile>
  static void upgrade(Stream stream, Request request, Hub<Profile>& hub) {
    using Socket = websocket::stream<Stream>;
    std::make_shared<WebSocketConnection<Socket, Hub<Profile>>>(Socket(std::move(stream)), hub)
        ->start(std::move(request));
  }

  [[nodiscard]] Response answer(const Request& request) const {
    const bool is_read =
        request.method() == http::verb::get || request.method() == http::verb::head;
    const std::string_view path = path_of(request);
    Response response(http::status::ok, request.version());
    response.keep_alive(request.keep_alive());
    if (path == hardened_path || path == compat_path) {
      say(response, http::status::upgrade_required, "Here are only WebSockets.");
      response.set(http::field::upgrade, "websocket");
    } else if (!is_read) {
      say(response, http::status::method_not_allowed, "There are only pages to read.");
      response.set(http::field::allow, "GET, HEAD");
    } else if (const Page* page = pages_ ? pages_->find(path) : nullptr;
               page && !websocket::is_upgrade(request)) {
      response.set(http::field::content_type, {page->type.data(), page->type.size()});
      response.body() = page->content;
    } else {
      say(response, http::status::not_found, "There is nothing here.");
    }
    finish(response);
    if (request.method() == http::verb::head) response.body().clear();
    return response;
  }
  static Response refusal(http::status status) {
    Response response(status, 11);
    response.keep_alive(false);
    say(response, status, "That was no request.");
    finish(response);
    return response;
  }
  static void say(Response& response, http::status status, std::string_view words) {
    response.result(status);
    response.set(http::field::content_type, "text/plain; charset=utf-8");
    response.body() = std::string(words) + '\n';
  }
  static void finish(Response& response) {
    // Nothing from elsewhere runs in the page, and nobody frames it or hears who links to whom.
    response.set("Content-Security-Policy",
                 "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    response.set("Referrer-Policy", "no-referrer");
    response.set("X-Content-Type-Options", "nosniff");
    response.set(http::field::cache_control, "no-cache");
    response.prepare_payload();
  }

  /// Beast's own string_view is not always the standard's.
  static std::string_view path_of(const Request& request) {
    const std::string_view target(request.target().data(), request.target().size());
    return target.substr(0, target.find('?'));
  }

  net::io_context& io_;
  tcp::acceptor acceptor_;
  Hub<Hardened>& hardened_;
  Hub<Compat>& compat_;
  const Pages* pages_;
  Certificates* certificates_;
  std::chrono::seconds request_limit_;
  std::size_t visitors_max_;
  std::shared_ptr<Visitors> visitors_ = std::make_shared<Visitors>();
};

}  // namespace web
