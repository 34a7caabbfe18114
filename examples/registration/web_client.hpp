#pragma once

// A connection to a server over a WebSocket, for one speaker; lines from standard input are said.

#include <deque>
#include <iostream>

#include "registration/beast_tls.hpp"
#include "registration/speaker.hpp"
#include "shared/lines.hpp"

namespace web {

inline constexpr auto opening_limit = std::chrono::seconds(10);  // for TCP, TLS and the upgrade
/// Between two lines: a server carries 50 messages a second of one client unless it is told
/// otherwise, and is `busy` for more.
inline constexpr auto line_interval = std::chrono::milliseconds(25);

/// Where a client dials.
struct Address {
  bool is_secure = false;
  std::string host, port, path;  // `host` as it is written, IPv6 in brackets

  /// `ws://host[:port][/path]`, or `wss://`; nothing where it is not that.
  [[nodiscard]] static std::optional<Address> parse(std::string_view url) {
    Address address;
    if (url.starts_with("wss://"))
      address.is_secure = true, url.remove_prefix(6);
    else if (url.starts_with("ws://"))
      url.remove_prefix(5);
    else
      return std::nullopt;
    const auto slash = std::min(url.find('/'), url.size());
    address.path = slash < url.size() ? url.substr(slash) : "";
    const auto authority = url.substr(0, slash);
    const auto bracket = authority.starts_with('[') ? authority.find(']') : 0;
    if (bracket == authority.npos) return std::nullopt;
    const auto colon = authority.find(':', bracket);
    address.host = authority.substr(0, std::min(colon, authority.size()));
    address.port = colon < authority.size() ? authority.substr(colon + 1)
                   : address.is_secure      ? "443"
                                            : "80";
    if (address.name().empty() || address.port.empty()) return std::nullopt;
    return address;
  }
  /// The host without brackets.
  [[nodiscard]] std::string name() const {
    const bool is_bracketed = host.size() > 1 && host.front() == '[' && host.back() == ']';
    return is_bracketed ? host.substr(1, host.size() - 2) : host;
  }
  /// The host and port that were dialled: what a hardened client proves that it meant.
  [[nodiscard]] std::string audience() const { return host + ':' + port; }
};

/// One connection from its beginning to its end, on one thread.
template <class Socket>
class WebClient {
 public:
  /// `to`: whom lines are said to; a line `/to KEY` changes that. Where `stays` is not set it ends
  /// when the lines have ended and all that was said is settled.
  WebClient(net::io_context& io, Socket socket, Speaker& speaker, std::optional<Key> to, bool stays)
      : socket_(std::move(socket)),
        lines_(
            io, [this](std::string_view line) { take(line); },
            [this] {
              has_ended_input_ = true;
              end_if_settled();
            },
            handfast::registration::peer::payload_size_max),
        timer_(io),
        next_line_(io),
        speaker_(speaker),
        to_(to),
        stays_(stays) {}

  /// Dials, and runs until the connection is over. Throws where it does not come about.
  net::awaitable<void> run(const Address& address) {
    net::ip::tcp::resolver resolver(socket_.get_executor());
    auto& tcp_layer = beast::get_lowest_layer(socket_);
    tcp_layer.expires_after(opening_limit);
    const auto found =
        co_await resolver.async_resolve(address.name(), address.port, net::use_awaitable);
    co_await tcp_layer.async_connect(found, net::use_awaitable);
    tcp_layer.socket().set_option(tcp::no_delay(true));
    if constexpr (std::is_same_v<Socket, SecureSocket>) {
      co_await shake_hands(socket_.next_layer(), address.name());
    }
    tcp_layer.expires_never();  // the WebSocket has limits of its own
    auto limits = websocket::stream_base::timeout::suggested(beast::role_type::client);
    limits.idle_timeout = websocket::stream_base::none();  // the protocol has its own
    socket_.set_option(limits);
    socket_.read_message_max(handfast::registration::compat::frame_size_max);
    co_await socket_.async_handshake(address.audience(), address.path, net::use_awaitable);

    perform(speaker_.connect());
    lines_.ask();
    beast::flat_buffer buffer;
    for (beast::error_code error; !is_over_;) {
      co_await socket_.async_read(buffer, net::redirect_error(net::use_awaitable, error));
      if (error) break;
      perform(speaker_.receive(
          {static_cast<const std::uint8_t*>(buffer.cdata().data()), buffer.size()}));
      buffer.consume(buffer.size());
    }
    if (!is_over_) perform(speaker_.disconnected());
    lines_.cancel();
    timer_.cancel();
    next_line_.cancel();
  }
  /// Whether it ended because there was no more to say, and nothing of that is known to be lost.
  [[nodiscard]] bool has_said_all() const noexcept {
    return has_come_to_end_ && !has_lost_ && !lines_.has_failed();
  }

 private:
  /// TLS with the server whose name or address is `host`.
  static net::awaitable<void> shake_hands(auto& tls, const std::string& host) {
    X509_VERIFY_PARAM* expected = SSL_get0_param(tls.native_handle());
    if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) != 1) {
      X509_VERIFY_PARAM_set1_host(expected, host.data(), host.size());
      SSL_set_tlsext_host_name(tls.native_handle(), host.c_str());
    }
    tls.set_verify_mode(ssl::verify_peer);
    beast::error_code error;
    co_await tls.async_handshake(ssl::stream_base::client,
                                 net::redirect_error(net::use_awaitable, error));
    if (const long why = SSL_get_verify_result(tls.native_handle()); error && why != X509_V_OK)
      throw std::runtime_error("the server's certificate is not trusted: " +
                               std::string(X509_verify_cert_error_string(why)));
    if (error) throw beast::system_error(error);
  }
  void take(std::string_view line) {
    if (is_over_) return;
    waiting_ = line;
    say_what_waits();
  }
  /// A line waits for the registration, for the transport, and for its session; no other is read
  /// meanwhile.
  void say_what_waits() {
    if (!waiting_ || is_over_ || !speaker_.is_registered() || !queue_.empty()) return;
    std::string line = *std::exchange(waiting_, std::nullopt);
    if (line.starts_with("/to ")) {
      to_ = key_of_text(std::string_view(line).substr(4));
      if (!to_) lose("that is no key");
    } else if (!line.empty() && !to_) {
      lose("to whom? say /to KEY first");
    } else if (!line.empty()) {
      const Spoken spoken = speaker_.say(*to_, line);
      if (spoken.must_wait) waiting_ = std::move(line);
      act(spoken);
    }
    if (!waiting_) ask_later();
  }
  void lose(const char* why) {
    has_lost_ = true;
    std::cout << "* " << why << std::endl;
  }
  void ask_later() {
    next_line_.expires_after(line_interval);
    next_line_.async_wait([this](beast::error_code error) {
      if (!error && !is_over_) lines_.ask();
    });
  }
  void perform(const Spoken& spoken) {
    act(spoken);
    go_on();
  }
  void act(const Spoken& spoken) {
    for (const std::string& line : spoken.lines) std::cout << printable(line) << std::endl;
    for (const auto& frame : spoken.frames) queue_.push_back(frame);
    has_lost_ |= spoken.has_lost;
    if (!is_writing_ && !queue_.empty()) write();
    schedule();
    if (spoken.is_over) is_over_ = true, close();
  }
  void go_on() {
    say_what_waits();
    end_if_settled();
  }
  void end_if_settled() {
    if (is_over_ || stays_ || !has_ended_input_ || !speaker_.is_registered() || waiting_ ||
        speaker_.unsettled_count() > 0 || !queue_.empty())
      return;
    has_come_to_end_ = is_over_ = true;
    close();
  }
  void schedule() {
    const auto due = speaker_.deadline();
    if (!due) return;
    timer_.expires_at(due->at);
    timer_.async_wait([this](beast::error_code error) {
      if (!error) perform(speaker_.advance());
    });
  }
  void write() {
    is_writing_ = true;
    const auto& frame = queue_.front();
    socket_.text(!frame.empty() && frame[0] == '{');
    socket_.async_write(net::buffer(frame), [this](beast::error_code error, std::size_t) {
      is_writing_ = false;
      queue_.pop_front();
      if (error) return;  // the reader hears of it too
      if (!queue_.empty()) return write();
      if (is_over_) return close();
      go_on();
    });
  }
  void close() {
    if (is_writing_ || is_closing_) return;
    is_closing_ = true;
    socket_.async_close(websocket::close_code::normal, [](beast::error_code) {});
  }

  Socket socket_;
  shared::Lines lines_;
  net::steady_timer timer_, next_line_;
  Speaker& speaker_;
  std::optional<Key> to_;
  bool stays_;
  std::optional<std::string> waiting_;
  std::deque<std::vector<std::uint8_t>> queue_;
  bool is_writing_ = false, is_over_ = false, is_closing_ = false;
  bool has_ended_input_ = false, has_come_to_end_ = false, has_lost_ = false;
};

}  // namespace web
