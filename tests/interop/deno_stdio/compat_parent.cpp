// Our parent, compat, as a program: starts Deno's child (child.ts), whose command line is the
// arguments, talks to it, and prints a line a check.

#if __has_include(<boost/beast/http.hpp>)

#include <functional>
#include <iostream>

#include "handfast/stdio.hpp"
#include "tests/interop/deno_stdio/http.hpp"
#include "tests/interop/deno_stdio/process.hpp"

namespace {

using namespace handfast;
using namespace interop;
using Parent = Machine<stdio::Parent<stdio::Compat>>;

/// Ends a check.
struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void expect(bool holds, const std::string& what) {
  if (!holds) throw Wrong(what);
}

bool failed = false;
void check(const std::string& name, const std::function<void()>& body) {
  try {
    body();
    std::cout << "ok our parent, Deno's child: " << name << std::endl;
  } catch (const std::exception& wrong) {
    failed = true;
    std::cout << wrong.what() << "\nFAILED our parent, Deno's child: " << name << std::endl;
  }
}

struct Conversation {
  Parent parent{stdio::Config{}};
  std::uint16_t port = 0;

  void exchange_lines(Process& child) {
    const auto offered = parent.handle(stdio::Start{}, clock_time());
    expect(offered.transmit.size() == 1, "no line to send");
    expect(write_all(child.input(), std::string{text_of(offered.transmit[0].bytes)} + "\n"),
           "the child does not read");
    child.close_input();
    const auto line = read_line(child.output(), std::chrono::seconds(20));
    expect(line.has_value(), "no line from the child");
    const auto answered = wire::json::decode<stdio::compat::Answer>(bytes_of(*line));
    expect(answered && answered->port != 0, "no port in the child's line");
    port = answered->port;
    const auto taken = parent.receive(stdio::standard_streams, bytes_of(*line), clock_time());
    expect(taken.event<Established>() != nullptr, "not established by " + *line);
  }

  std::string seal(std::string_view message) {
    const auto sent = parent.handle(stdio::Send{bytes_of(message)}, clock_time());
    expect(sent.transmit.size() == 1, "no record to send");
    return std::string{text_of(sent.transmit[0].bytes)};
  }
  Response post(std::string_view record) const {
    return ask(port, http::verb::post, "/message", bytes_of(record));
  }
  void take(const Response& response, const std::string& message) {
    expect(response.result() == http::status::ok,
           "status " + std::to_string(response.result_int()));
    const auto got = parent.receive(stdio::channel_link, bytes_of(response.body()), clock_time());
    const auto* const answered = got.event<stdio::Answered>();
    expect(answered != nullptr, "refused: " + response.body().substr(0, 200));
    expect(
        text_of(answered->payload) == "Hello Alice! I received your message: \"" + message + "\"",
        "another answer: " + std::string{text_of(answered->payload).substr(0, 200)});
  }
  void round_trip(const std::string& message) { take(post(seal(message)), message); }

  void corrupted() {
    const std::string record = seal("message 7");
    for (const std::size_t place : {std::size_t{8}, std::size_t{20}, record.size() - 1}) {
      std::string wrong = record;
      wrong[place] ^= 1;
      const Response response = post(wrong);
      expect(response.result() == http::status::internal_server_error &&
                 response.body() == "Internal Server Error",
             "status " + std::to_string(response.result_int()) + ": " + response.body());
    }
    expect(post(record.substr(0, 35)).result() == http::status::internal_server_error,
           "a short record is taken");
    take(post(record), "message 7");
  }

  void elsewhere() const {
    for (const auto& [method, path] : {std::pair{http::verb::post, "/other"},
                                       {http::verb::get, "/message"},
                                       {http::verb::put, "/message"}})
      expect(ask(port, method, path, {}).result() == http::status::not_found,
             "another status than 404 for " + std::string{path});
  }
};

std::string repeated(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

int run(std::vector<std::string> command) {
  Process child{std::move(command)};
  Conversation talk;
  check("the lines are exchanged", [&] { talk.exchange_lines(child); });
  const std::pair<std::string, std::string> messages[] = {
      {"a short text", "message 1"},
      {"an empty text", ""},
      {"a text in UTF-8", "Grüße, здравствуй, こんにちは, 🤝 \"quoted\" \\ " +
                              std::string(1, '\0')},
      {"a text of 1 KiB", std::string(1024, 'k')},
      {"a text of 64 KiB", repeated("0123456789abcdef", 4096)},
      {"a short text after it", "message 6"},
  };
  for (const auto& [name, message] : messages) check(name, [&] { talk.round_trip(message); });
  check("a corrupted record gets 500, and the intact one its answer", [&] { talk.corrupted(); });
  check("another path or method gets 404", [&] { talk.elsewhere(); });
  check("and the session goes on", [&] { talk.round_trip("message 8"); });
  return failed ? 1 : 0;
}

}  // namespace

int main(int count, char** arguments) {
  ::alarm(lifetime);
  ::signal(SIGPIPE, SIG_IGN);
  if (count == 2 && std::string_view{arguments[1]} == "--has-http") return 0;
  if (count < 2) return 2;
  try {
    return run({arguments + 1, arguments + count});
  } catch (const std::exception& failure) {
    std::cout << failure.what() << '\n';
    return 1;
  }
}

#else
int main() { return 1; }
#endif
