// Messages a second that the example's server carries from one client to another over WebSockets on
// this machine, for messages of 256 bytes.
//
// A message that is carried is three frames: one comes, one goes to the recipient, and one tells the
// sender what became of it. The yardstick is a server that knows no protocol and moves the same three
// frames (as many, of the same sizes, between connections that lie as theirs) by the same loop in the
// same process, in turns with the router. So the ratio is what is left of the loop's speed when each
// frame is opened, looked up, counted and sealed too, and must be at least a half.
//
// Beside it, without a limit: the ratio to an echo that sends each frame back and nothing else. That
// writes one frame where the router must write two, and most of the time goes into writing.
//
// The client's frames are made before and looked into after the time that is measured.

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "examples/registration/web_server.hpp"
#include "tests/bench/pairs.hpp"
#include "tests/soak/client.hpp"

#include <boost/asio/read.hpp>

/// Hubs that know no protocol: frames come back, or go to the connection that came after or before
/// with an answer to their sender.
struct Echo {};
struct Relay {};

namespace web {

struct PlainHub {
  static constexpr std::size_t frame_size_max = handfast::registration::compat::frame_size_max;
  [[nodiscard]] static std::optional<handfast::Duration> silence_max() { return std::nullopt; }
  [[nodiscard]] static handfast::Duration goodbye_max() { return std::chrono::seconds(10); }
  Link open(std::shared_ptr<Connection> connection) {
    connections.emplace(++last, std::move(connection));
    return Link{last};
  }
  void drained(Link, std::size_t) {}
  void closed(Link link) { connections.erase(link.number); }

  std::uint32_t last = 0;
  std::unordered_map<std::uint32_t, std::shared_ptr<Connection>> connections;
};
template <>
class Hub<Echo> : public PlainHub {
 public:
  void receive(Link link, Bytes frame) { connections.at(link.number)->send(frame); }
};
template <>
class Hub<Relay> : public PlainHub {
 public:
  void receive(Link link, Bytes frame) {
    // What the router makes of a frame of this size: an envelope goes as it came, and comes back
    // under a longer type; a record loses its id, and its answer is short.
    const bool is_envelope = frame[0] == '{';
    const std::size_t size = is_envelope ? frame.size() : frame.size() - 8;
    answer_.assign(frame.begin(), frame.end());
    answer_.resize(is_envelope ? frame.size() + 10 : 35, ' ');
    // They come in twos: 1 and 2, 3 and 4.
    const auto other = connections.find(((link.number - 1) ^ 1) + 1);
    if (other != connections.end()) other->second->send(frame.first(size));
    connections.at(link.number)->send(answer_);
  }

 private:
  std::vector<std::uint8_t> answer_;
};

/// What WebServer does for a router's connections.
template <class Profile>
net::awaitable<void> serve_plainly(tcp::acceptor& acceptor, Hub<Profile>& hub) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(net::use_awaitable);
    prepare(socket);
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer;
    http::request<http::string_body> request;
    co_await http::async_read(stream, buffer, request, net::use_awaitable);
    std::make_shared<WebSocketConnection<PlainSocket, Hub<Profile>>>(PlainSocket(std::move(stream)),
                                                                     hub)
        ->start(std::move(request));
  }
}

}  // namespace web

namespace {

using namespace soak;
using bench::median;

constexpr std::size_t message_size = 256, messages_count = 1'000, window = 64;
constexpr int rounds_count = 31, warm_up_count = 2;
constexpr double limit = 0.5;

void must(bool holds, const char* what) {
  if (!holds) throw Failure(what);
}

struct Ports {
  std::uint16_t routers = 0, echo = 0, relay = 0;
};

registration::Config endless() {
  registration::Config config;
  config.names = {std::string(audience)};
  config.messages_a_second = config.messages_at_once = 4'000'000'000;
  config.frames_a_second = config.frames_at_once = 4'000'000'000;
  return config;
}
x25519::PrivateKey new_key() { return x25519::PrivateKey::from(new_secret().dangerous_copy()); }

/// The process of the server; it ends when `control` is closed.
void serve(int control_number) {
  web::net::io_context io(1);
  web::Hub<Hardened> hardened(io, {endless(), new_key()});
  web::Hub<Compat> compat(io, {endless(), new_key()});
  web::Hub<Echo> echo;
  web::Hub<Relay> relay;
  const web::tcp::endpoint where(web::net::ip::address_v4::loopback(), 0);
  web::WebServer server(io, where, hardened, compat, nullptr, nullptr);
  web::tcp::acceptor for_echo(io, where), for_relay(io, where);
  web::net::co_spawn(io, web::serve_plainly(for_echo, echo), web::net::detached);
  web::net::co_spawn(io, web::serve_plainly(for_relay, relay), web::net::detached);
  const Ports ports{server.port(), for_echo.local_endpoint().port(),
                    for_relay.local_endpoint().port()};
  if (::write(control_number, &ports, sizeof ports) != sizeof ports) return;
  web::net::posix::stream_descriptor control(io, control_number);
  char nothing = 0;
  web::net::async_read(control, web::net::buffer(&nothing, 1),
                       [&](web::beast::error_code, std::size_t) { io.stop(); });
  io.run();
}

/// Sends `frames` on one connection, `window` of them on their way, until as many have come on
/// `from` and, where it is another connection, as many answers on `to`. Milliseconds.
double carry(WebSocket& to, WebSocket& from, const std::vector<Kept>& frames,
             std::vector<Kept>& arrived, std::vector<Kept>& answers) {
  Kept wire;
  std::vector<std::size_t> ends{0};
  for (const Kept& frame : frames) {
    const Kept one = frame_of(frame, frame[0] == '{' ? text_frame : binary_frame);
    wire.insert(wire.end(), one.begin(), one.end());
    ends.push_back(wire.size());
  }
  const bool is_one = &to == &from;
  std::size_t sent = 0;
  const auto start = Clock::now();
  for (;;) {
    while (auto frame = from.receive(start)) arrived.push_back(*std::move(frame));
    if (!is_one)
      while (auto frame = to.receive(start)) answers.push_back(*std::move(frame));
    const std::size_t done = is_one ? arrived.size() : std::min(arrived.size(), answers.size());
    if (done == frames.size()) break;
    must(!to.is_over() && !from.is_over(), "a connection was closed");
    if (const std::size_t until = std::min(frames.size(), done + window); until > sent) {
      must(to.tcp().send(Bytes(wire).subspan(ends[sent], ends[until] - ends[sent])),
           "a frame was not taken");
      sent = until;
    }
    pollfd both[]{{to.tcp().number(), POLLIN, 0}, {from.tcp().number(), POLLIN, 0}};
    must(::poll(both, is_one ? 1 : 2, 60'000) > 0, "nothing more comes");
  }
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// One profile's clients and the plain connections that carry the same frames.
template <class Profile>
class Lane {
 public:
  explicit Lane(const Ports& ports)
      : sender_(ports.routers),
        recipient_(ports.routers),
        echo_(ports.echo, "/"),
        relay_(ports.relay, "/"),
        relayed_(ports.relay, "/") {
    sender_.must_enter();
    recipient_.must_enter();
  }

  struct Times {
    double routed = 0, echo = 0, relay = 0;  // milliseconds
  };
  Times round(bool is_routed_first) {
    std::vector<Kept> frames;
    // The payload is a JSON value, as the deployed profile wants it.
    for (std::size_t n = 0; n < messages_count; ++n) frames.push_back(next_frame());
    Times times;
    if (is_routed_first) times.routed = routed(frames);
    times.echo = echoed(frames);
    times.relay = relayed(frames);
    if (!is_routed_first) times.routed = routed(frames);
    must(routed_sizes_ == relayed_sizes_, "the yardstick moves other frames");
    return times;
  }

 private:
  static std::string text_of(std::uint64_t number) {
    std::string text(message_size, '0');
    const std::string digits = std::to_string(number);
    text.replace(text.size() - 1 - digits.size(), digits.size(), digits);
    text.front() = text.back() = '"';
    return text;
  }
  Kept next_frame() { return sender_.frame_to(recipient_.key(), text_of(said_++)); }

  /// The sizes of all frames that a message was.
  using Sizes = std::vector<std::array<std::size_t, 3>>;
  static Sizes sizes_of(const std::vector<Kept>& frames, const std::vector<Kept>& arrived,
                        const std::vector<Kept>& answers) {
    Sizes sizes;
    for (std::size_t i = 0; i < frames.size(); ++i)
      sizes.push_back({frames[i].size(), arrived[i].size(), answers[i].size()});
    return sizes;
  }

  double routed(const std::vector<Kept>& frames) {
    std::vector<Kept> arrived, answers;
    const double time = carry(sender_.socket(), recipient_.socket(), frames, arrived, answers);
    routed_sizes_ = sizes_of(frames, arrived, answers);
    for (const Kept& frame : answers) sender_.take_frame(frame);
    for (const Kept& frame : arrived) {
      recipient_.take_frame(frame);
      must(sender_.next_receipt(), "a message is said to be lost");
      const auto message = recipient_.next_message();
      must(message.text == text_of(heard_++) && message.sender == sender_.key(),
           "another message arrives");
    }
    return time;
  }
  double echoed(const std::vector<Kept>& frames) {
    std::vector<Kept> arrived, answers;
    const double time = carry(echo_, echo_, frames, arrived, answers);
    must(arrived == frames, "an echo is another");
    return time;
  }
  double relayed(const std::vector<Kept>& frames) {
    std::vector<Kept> arrived, answers;
    const double time = carry(relay_, relayed_, frames, arrived, answers);
    relayed_sizes_ = sizes_of(frames, arrived, answers);
    return time;
  }

  Client<Profile> sender_, recipient_;
  WebSocket echo_, relay_, relayed_;
  Sizes routed_sizes_, relayed_sizes_;
  std::uint64_t said_ = 0, heard_ = 0;
};

/// Whether the limit holds.
template <class Profile>
bool compare(const Ports& ports) {
  std::vector<double> ratios, to_echo, routed, relay, echo;
  for (int i = -warm_up_count; i < rounds_count; ++i) {
    Lane<Profile> lane(ports);  // where its memory lies must not count for all rounds
    (void)lane.round(true);
    const auto times = lane.round(i % 2 == 0);
    if (i < 0) continue;
    ratios.push_back(times.relay / times.routed);
    to_echo.push_back(times.echo / times.routed);
    routed.push_back(messages_count / times.routed * 1000);
    relay.push_back(messages_count / times.relay * 1000);
    echo.push_back(messages_count / times.echo * 1000);
  }
  const double ratio = median(ratios);
  const bool holds = ratio >= limit;
  std::printf(
      "registration/%-8s routed_256B   %.3f  %.2f %-6s  spread %.3f  %7.0f messages/s  "
      "the same frames plainly %7.0f  one frame back for each %7.0f (ratio %.3f)\n",
      std::string(name_of<Profile>).c_str(), ratio, limit, holds ? "ok" : "BROKEN",
      bench::deviation(ratios, ratio), median(routed), median(relay), median(echo),
      median(to_echo));
  return holds;
}

}  // namespace

int main() try {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 2;
  const pid_t process = ::fork();
  if (process < 0) return 2;
  if (process == 0) {
    ::close(ends[0]);
    serve(ends[1]);
    std::exit(0);
  }
  ::close(ends[1]);
  Ports ports;
  if (::read(ends[0], &ports, sizeof ports) != sizeof ports) return 2;
  const bool hardened = compare<Hardened>(ports), compat = compare<Compat>(ports);
  ::close(ends[0]);
  return hardened && compat ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "not measured: %s\n", error.what());
  return 2;
}
