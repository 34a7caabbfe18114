// Our child, compat, as a program: its lines on the standard streams, the channel over HTTP on
// 127.0.0.1. Deno's parent (parent.ts) starts it and ends it.

#if __has_include(<boost/beast/http.hpp>)

#include <iostream>

#include "handfast/stdio.hpp"
#include "tests/interop/deno_stdio/http.hpp"
#include "tests/interop/deno_stdio/process.hpp"

namespace {

using namespace handfast;
using namespace interop;
using Child = Machine<stdio::Child<stdio::Compat>>;

/// The response to one request of the parent.
Response answer(Child& child, const Request& request) {
  if (request.method() != http::verb::post || request.target() != "/message")
    return {http::status::not_found, 11, "Not Found"};
  const auto got = child.receive(stdio::channel_link, bytes_of(request.body()), clock_time());
  if (const auto* const asked = got.event<stdio::Delivered>()) {
    std::string text{"Hello Alice! I received your message: \""};
    text.append(text_of(asked->payload)).append("\"");
    const auto said =
        child.handle(stdio::Respond{asked->correlation, bytes_of(text)}, clock_time());
    if (said.transmit.size() == 1) {
      Response response{http::status::ok, 11, std::string{text_of(said.transmit[0].bytes)}};
      response.set(http::field::content_type, "application/json");
      return response;
    }
  }
  return {http::status::internal_server_error, 11, "Internal Server Error"};
}

int run() {
  const auto line = read_line(STDIN_FILENO, std::chrono::seconds(10));
  if (!line) return 1;
  Child child{stdio::Config{}};
  if (!child.receive(stdio::standard_streams, bytes_of(*line), clock_time())
           .event<stdio::Offered>())
    return 1;

  boost::asio::io_context io;
  tcp::acceptor acceptor{io, {boost::asio::ip::address_v4::loopback(), 0}};
  const auto bound = child.handle(stdio::Listening{acceptor.local_endpoint().port()}, clock_time());
  for (const Frame& frame : bound.transmit)
    if (!write_all(STDOUT_FILENO, std::string{text_of(frame.bytes)} + "\n")) return 1;
  for (;;) serve_one(acceptor, [&](const Request& request) { return answer(child, request); });
}

}  // namespace

int main() {
  ::alarm(lifetime);
  try {
    return run();
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
}

#else
int main() { return 1; }
#endif
