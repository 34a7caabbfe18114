#pragma once

// The child: its machine, its standard streams, and an HTTP server on two threads. The machine is
// for one thread at a time, so it stands behind a strand: every call to it is made there.

#include <handfast/stdio.hpp>
#include <iostream>
#include <thread>

#include "handfast/wire/lines.hpp"
#include "tour/boost.hpp"
#include "tour/http.hpp"
#include "tour/narrated.hpp"
#include "tour/stdio_config.hpp"

namespace tour {

class StdioChild {
 public:
  /// Serves one parent; the exit code.
  int run() {
    net::co_spawn(strand_, read_standard_input(), fail_loudly);
    std::thread second([this] { io_.run(); });
    io_.run();
    second.join();
    return ended_in_order_ ? 0 : 1;
  }

 private:
  using Role = stdio::Child<>;

  static void fail_loudly(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  }

  // On the strand.

  net::awaitable<void> read_standard_input() {
    wire::LineSplitter<stdio::bootstrap_line_size_max> lines;
    std::array<std::uint8_t, 256> buffer{};
    for (;;) {
      beast::error_code ended;
      const std::size_t size = co_await input_.async_read_some(
          net::buffer(buffer), net::redirect_error(net::use_awaitable, ended));
      if (ended) break;
      Bytes chunk = Bytes(buffer).first(size);
      for (auto line = lines.next(chunk); line; line = lines.next(chunk)) {
        if (!*line) break;
        const auto out = machine_.receive(stdio::standard_streams, **line);
        if (out.event<stdio::Offered>()) listen();
      }
    }
    perform(machine_.handle(LinkClosed{stdio::standard_streams}));  // nobody outlives its parent
  }

  /// Binds a listener; only then is the parent told.
  void listen() {
    acceptor_.open(tcp::v4());
    acceptor_.bind({net::ip::address_v4::loopback(), 0});
    acceptor_.listen();
    net::co_spawn(strand_, accept(), fail_loudly);
    perform(machine_.handle(stdio::Listening{acceptor_.local_endpoint().port()}));
  }

  net::awaitable<void> accept() {
    for (;;) {
      tcp::socket socket = co_await acceptor_.async_accept(io_, net::use_awaitable);
      socket.set_option(tcp::no_delay(true));
      ++connection_count_;
      net::co_spawn(io_, serve(std::move(socket)), fail_loudly);
    }
  }

  struct Reply {
    http::status status{};
    Letter frame;
  };

  /// One record in, at most one out.
  Reply exchange(Bytes record) {
    auto out = machine_.receive(stdio::channel_link, record);
    if (out.fault()) {
      // The peer is told nothing more, whatever the fault was.
      perform(out);
      return {http::status::internal_server_error, letter_of("Internal Server Error")};
    }
    if (const auto* request = out.event<stdio::Delivered>()) {
      const std::string answer = "I have heard: " + std::string(text_of(request->payload));
      out = machine_.handle(stdio::Respond{request->correlation, bytes_of(answer)});
    }
    perform(out);
    if (out.transmit.empty()) return {http::status::no_content, {}};
    const Bytes frame = out.transmit[0].bytes;
    return {http::status::ok, Letter(frame.begin(), frame.end())};
  }

  /// Does what a call has caused, but for records: those are bodies of responses.
  void perform(const Output<Role>& out) {
    for (const Frame& frame : out.transmit)
      if (frame.link == stdio::standard_streams)
        std::cout << text_of(frame.bytes) << '\n' << std::flush;
    timer_.cancel();
    if (out.deadline) {
      timer_.expires_at(out.deadline->at);
      timer_.async_wait([this](beast::error_code error) {
        if (!error) perform(machine_.advance());
      });
    }
    if (const auto* closed = out.event<Closed>()) {
      ended_in_order_ = !closed->fault;
      io_.stop();
    }
  }

  void connection_closed() {
    if (--connection_count_ == 0 && machine_.in<Role::Stopping>())
      perform(machine_.handle(LinkClosed{stdio::channel_link}));
  }

  // On either thread.

  net::awaitable<void> serve(tcp::socket socket) {
    try {
      co_await serve_http(std::move(socket), stdio::record_size_max, [this](Letter record) {
        // The strand: however many connections ask at once, the machine is asked one by one.
        return net::co_spawn(
            strand_,
            [this, record = std::move(record)]() -> net::awaitable<Reply> {
              co_return exchange(record);
            },
            net::use_awaitable);
      });
    } catch (const beast::system_error&) {
      // The parent has closed the connection, or broken it.
    }
    net::post(strand_, [this] { connection_closed(); });
  }

  static Letter letter_of(std::string_view text) {
    return Letter(bytes_of(text).begin(), bytes_of(text).end());
  }

  net::io_context io_{2};
  net::strand<net::io_context::executor_type> strand_ = net::make_strand(io_);
  net::posix::stream_descriptor input_{strand_, ::dup(STDIN_FILENO)};
  tcp::acceptor acceptor_{strand_};
  net::steady_timer timer_{strand_};
  Narrated<Role> machine_{tour_config(), [](const std::string& text) { std::cerr << text + '\n'; }};
  int connection_count_ = 0;
  bool ended_in_order_ = false;
};

}  // namespace tour
