#pragma once

// The server of the tour's second part: the router behind WebSockets, and all that goes through it
// in words on the standard error. Its standard output has one line: its port and its key.

#include <iostream>

#include "registration/hub.hpp"
#include "registration/web_socket.hpp"
#include "shared/key_file.hpp"
#include "tour/narrated.hpp"

namespace tour {

class RegistrationServer final : web::Watcher<registration::Router<>> {
 public:
  /// Serves until its standard input ends.
  int run() {
    hub_.watch(*this);
    const std::string port = std::to_string(acceptor_.local_endpoint().port());
    hub_.router().context().config.names = {"127.0.0.1:" + port};
    net::co_spawn(io_, accept(), fail_loudly);
    net::co_spawn(io_, read_standard_input(), fail_loudly);
    std::cout << port << ' ' << shared::text_of_key(hub_.router().context().identity.public_key())
              << '\n'
              << std::flush;
    io_.run();
    return 0;
  }

 private:
  using Role = registration::Server<>;
  using Router = registration::Router<>;

  static x25519::PrivateKey new_key() {
    Random random;
    auto key = x25519::PrivateKey::generate(random);
    if (!key) throw std::runtime_error("no random bytes for a key");
    return std::move(*key);
  }
  static void fail_loudly(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  }

  net::awaitable<void> read_standard_input() {
    std::array<std::uint8_t, 16> buffer{};
    for (beast::error_code ended; !ended;)
      co_await input_.async_read_some(net::buffer(buffer),
                                      net::redirect_error(net::use_awaitable, ended));
    io_.stop();  // nobody outlives its parent
  }

  net::awaitable<void> accept() {
    for (;;) {
      tcp::socket socket = co_await acceptor_.async_accept(net::use_awaitable);
      socket.set_option(tcp::no_delay(true));
      net::co_spawn(io_, serve(beast::tcp_stream(std::move(socket))), fail_loudly);
    }
  }
  net::awaitable<void> serve(beast::tcp_stream stream) {
    using Connection = web::WebSocketConnection<web::PlainSocket, web::Hub<registration::Hardened>>;
    beast::flat_buffer buffer;
    web::http::request<web::http::string_body> request;
    stream.expires_after(web::opening_limit);
    co_await web::http::async_read(stream, buffer, request, net::use_awaitable);
    std::make_shared<Connection>(web::PlainSocket(std::move(stream)), hub_)
        ->start(std::move(request));
  }

  // What is seen.

  void receives(Link link, Bytes frame) override {
    const auto* machine = hub_.router().machines().find(link);
    if (machine == nullptr) return;
    say("reads", "on connection " + shown(link) + ", " +
                     contents_of<Role>(machine->state(), hub_.router().context(), link, frame));
    answers_ = true;
  }
  /// Ends with what is sent, which the tour waits for.
  void causes(const Router::Output& out) override {
    for (const auto& event : out.events)
      say("tells", std::visit([](const auto& held) { return event_text(held); }, event));
    std::string sent;
    for (const Frame& frame : out.transmit)
      sent += (sent.empty() ? "" : ", ") + std::to_string(frame.bytes.size()) +
              " bytes on connection " + shown(frame.link);
    for (const registration::ToClose& one : out.to_close)
      say("closes", "connection " + shown(one.connection));
    if (std::exchange(answers_, false) || !sent.empty())
      say("sends", sent.empty() ? "nothing" : sent);
  }
  static void say(std::string_view verb, std::string_view rest) {
    std::cerr << padded(verb, 6) + ' ' + std::string(rest) + '\n';
  }

  net::io_context io_{1};
  net::posix::stream_descriptor input_{io_, ::dup(STDIN_FILENO)};
  tcp::acceptor acceptor_{io_, {net::ip::address_v4::loopback(), 0}};
  web::Hub<registration::Hardened> hub_{io_, {{}, new_key()}};
  bool answers_ = false;  // a frame that was received
};

}  // namespace tour
