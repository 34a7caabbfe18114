#pragma once

// One of the two paths of a side: the WebSocket that it is at the moment. A new one takes the place
// of what was there.

#include <handfast/rehandshake/migration/context.hpp>

#include "rehandshake/upgrades.hpp"

namespace over_paths {

using handfast::Link;
using handfast::rehandshake::ChannelBinding;

class Path {
 public:
  /// Who uses the path.
  class User {
   public:
    virtual void opened(Link path, const ChannelBinding& known_by) = 0;
    virtual void received(Link path, Bytes frame) = 0;
    virtual void closed(Link path) = 0;
    /// It could not be dialled.
    virtual void failed(Link path, const std::string& why) = 0;

   protected:
    ~User() = default;
  };
  using Connection = web::WebSocketConnection<SecureSocket, Path>;

  /// `link`: which path it is. `user` outlives it.
  Path(net::io_context& io, Link link, User& user) : io_(io), link_(link), user_(user) {}
  Path(const Path&) = delete;

  /// Connects to `path` at `where`, within 10 s and unless that is under way already; what comes of
  /// it the user hears.
  void dial(const Authority& where, std::string path, std::shared_ptr<ssl::context> tls) {
    if (std::exchange(is_dialling_, true)) return;
    net::co_spawn(io_, connect(where, std::move(path), std::move(tls)),
                  [this](std::exception_ptr error) {
                    if (error) std::rethrow_exception(error);
                    is_dialling_ = false;
                  });
  }
  /// Answers one that has come.
  void answer(SecureSocket socket, Upgrade upgrade) {
    std::make_shared<Connection>(std::move(socket), *this)->start(std::move(upgrade));
  }
  void send(Bytes frame) {
    if (connection_) connection_->send(frame);
  }
  /// Closes it, with which the user has nothing more to do.
  void drop() {
    if (const auto left = std::exchange(connection_, nullptr)) left->close(true);
  }
  // For the connection.

  static constexpr std::size_t frame_size_max = handfast::rehandshake::path_frame_size_max;
  [[nodiscard]] static std::optional<handfast::Duration> silence_max() { return std::nullopt; }
  [[nodiscard]] static handfast::Duration goodbye_max() { return std::chrono::seconds(1); }
  Link open(std::shared_ptr<Connection> connection) {
    if (connection_) {
      drop();
      user_.closed(link_);
    }
    SSL* const tls = connection->socket().next_layer().native_handle();
    connection_ = std::move(connection);
    const Link number{++number_};
    // A relay's connections are two: what one of them is known by says nothing to the other side.
    user_.opened(link_, link_ == handfast::rehandshake::relay_link ? ChannelBinding::none()
                                                                   : binding_of(tls));
    return number;
  }
  void receive(Link number, Bytes frame) {
    if (connection_ && number.number == number_) user_.received(link_, frame);
  }
  void drained(Link, std::size_t) {}
  void closed(Link number) {
    if (!connection_ || number.number != number_) return;
    connection_ = nullptr;
    user_.closed(link_);
  }

 private:
  net::awaitable<void> connect(Authority where, std::string path,
                               std::shared_ptr<ssl::context> tls) {
    SecureSocket socket(io_, *tls);
    auto& lowest = beast::get_lowest_layer(socket);
    lowest.expires_after(web::opening_limit);
    try {
      tcp::resolver resolver(io_);
      const auto found =
          co_await resolver.async_resolve(where.host, where.port, net::use_awaitable);
      co_await lowest.async_connect(found, net::use_awaitable);
      lowest.socket().set_option(tcp::no_delay(true));
      co_await socket.next_layer().async_handshake(ssl::stream_base::client, net::use_awaitable);
      co_await socket.async_handshake(where.host + ':' + where.port, path, net::use_awaitable);
    } catch (const boost::system::system_error& error) {
      user_.failed(link_, error.code().message());
      co_return;
    }
    std::make_shared<Connection>(std::move(socket), *this)->start();
  }

  net::io_context& io_;
  Link link_;
  User& user_;
  std::shared_ptr<Connection> connection_;
  std::uint32_t number_ = 0;  // of the connection
  bool is_dialling_ = false;
};

}  // namespace over_paths
