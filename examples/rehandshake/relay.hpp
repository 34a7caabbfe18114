#pragma once

// The relay: two who name the same session, one as its initiator and one as its responder, hear each
// other through it. Frames go from one to the other as they are; it can read none of them. The
// session's id is what lets one in: whoever knows it can take a place, and say nothing there that
// the other side would believe.

#include <handfast/rehandshake/migration/messages.hpp>
#include <map>

#include "rehandshake/upgrades.hpp"

namespace over_paths {

/// Where a side asks for the other: its session, and which side it is.
[[nodiscard]] inline std::string relay_path(const handfast::rehandshake::SessionId& session,
                                            bool is_initiator) {
  return '/' + handfast::wire::hex::encode(session) + (is_initiator ? "/initiator" : "/responder");
}

class Relay {
 public:
  Relay(net::io_context& io, const tcp::endpoint& where, const Identity& identity)
      : io_(io),
        upgrades_(io, where, pinned_tls(ssl::context::tls_server, &identity, {}),
                  [this](SecureSocket socket, Upgrade request) {
                    take(std::move(socket), std::move(request));
                  }) {}
  [[nodiscard]] tcp::endpoint local() const { return upgrades_.local(); }

 private:
  static constexpr std::size_t waiting_max = 1000;

  struct Half {
    SecureSocket socket;
    Upgrade request;
    std::uint64_t number;
  };
  struct Pair {
    Half one, other;
  };

  /// Its upgrade is answered when the other side is there too, so that who is upgraded is heard.
  void take(SecureSocket socket, Upgrade request) {
    const std::string path(request.target().data(), request.target().size());
    const auto other = other_path(path);
    if (!other) return;
    Half half{std::move(socket), std::move(request), ++count_};
    if (auto found = waiting_.extract(*other)) {
      auto pair = std::make_shared<Pair>(std::move(half), std::move(found.mapped()));
      return net::co_spawn(
          io_, [this, pair] { return join(pair); }, net::detached);
    }
    waiting_.erase(path);  // who comes again is not where it was
    if (waiting_.size() == waiting_max) return;
    net::co_spawn(io_, forget(path, half.number), net::detached);
    waiting_.emplace(path, std::move(half));
  }
  [[nodiscard]] static std::optional<std::string> other_path(std::string_view path) {
    handfast::rehandshake::SessionId session{};
    constexpr std::size_t digits = 2 * std::tuple_size_v<decltype(session)>;
    if (path.size() < 1 + digits ||
        handfast::wire::hex::decode(path.substr(1, digits), session) != session.size())
      return std::nullopt;
    for (const bool is_initiator : {true, false})
      if (path == relay_path(session, is_initiator)) return relay_path(session, !is_initiator);
    return std::nullopt;
  }
  net::awaitable<void> forget(std::string path, std::uint64_t number) {
    net::steady_timer limit(io_, web::opening_limit);
    co_await limit.async_wait(net::use_awaitable);
    const auto found = waiting_.find(path);
    if (found != waiting_.end() && found->second.number == number) waiting_.erase(found);
  }

  net::awaitable<void> join(std::shared_ptr<Pair> pair) {
    for (Half* half : {&pair->one, &pair->other}) {
      beast::get_lowest_layer(half->socket).expires_never();
      auto limits = websocket::stream_base::timeout::suggested(beast::role_type::server);
      limits.idle_timeout = websocket::stream_base::none();  // the protocol has its own
      half->socket.set_option(limits);
      half->socket.read_message_max(handfast::rehandshake::path_frame_size_max);
      beast::error_code error;
      co_await half->socket.async_accept(half->request,
                                         net::redirect_error(net::use_awaitable, error));
      if (error) co_return;
    }
    net::co_spawn(
        io_, [pair] { return carry(pair, pair->one.socket, pair->other.socket); }, net::detached);
    co_await carry(pair, pair->other.socket, pair->one.socket);
  }
  /// Until either is gone; then both are. It reads no faster than the other end takes.
  static net::awaitable<void> carry(std::shared_ptr<Pair> pair, SecureSocket& from,
                                    SecureSocket& to) {
    beast::flat_buffer buffer;
    for (beast::error_code error; !error;) {
      co_await from.async_read(buffer, net::redirect_error(net::use_awaitable, error));
      if (error) break;
      net::steady_timer written(to.get_executor(), net::steady_timer::time_point::max());
      const auto* const begin = static_cast<const std::uint8_t*>(buffer.cdata().data());
      web::write_message(to, {begin, buffer.size()}, [&](beast::error_code failed) {
        error = failed;
        written.cancel();
      });
      beast::error_code ignored;  // that it was cancelled
      co_await written.async_wait(net::redirect_error(net::use_awaitable, ignored));
      buffer.clear();
    }
    for (Half* half : {&pair->one, &pair->other}) {
      beast::error_code ignored;
      beast::get_lowest_layer(half->socket).socket().close(ignored);
    }
  }

  net::io_context& io_;
  Upgrades upgrades_;
  std::map<std::string, Half> waiting_;
  std::uint64_t count_ = 0;
};

}  // namespace over_paths
