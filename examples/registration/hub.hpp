#pragma once

// What stands between a router and the connections of a program: each frame goes to the connection
// that it is for, what a transport has taken is told, time passes.

#include <handfast/registration.hpp>
#include <memory>
#include <unordered_map>

#include "registration/connection.hpp"

namespace web {

using handfast::Link;

/// Who sees what goes through a hub, as a log does.
template <class Router>
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// Before the router has it.
  virtual void receives(Link link, Bytes frame) { (void)link, (void)frame; }
  /// Before anything is sent.
  virtual void causes(const typename Router::Output& out) { (void)out; }
};

/// One router with its connections; for one thread.
template <class Profile>
class Hub {
 public:
  using Router = handfast::registration::Router<Profile>;

  Hub(net::io_context& io, typename Router::Context context,
      handfast::registration::RouterConfig config = {})
      : timer_(io), router_(std::move(context), config) {}

  /// Bytes of the longest frame that a client may send.
  static constexpr std::size_t frame_size_max = []<class Kind>(handfast::List<Kind>) {
    return Kind::frame_size_max;
  }(typename handfast::registration::Server<Profile>::Links{});
  /// How long a client may be silent where its protocol does not say that it is there: the
  /// WebSocket asks it then. Nothing where the protocol does.
  [[nodiscard]] std::optional<handfast::Duration> silence_max() {
    if constexpr (handfast::registration::HardenedProfile<Profile>) return std::nullopt;
    return router_.context().config.silence_timeout;
  }
  /// How long what was sent to a client may take to leave, once its connection is to be closed.
  [[nodiscard]] handfast::Duration goodbye_max() {
    return router_.context().config.registration_timeout;
  }

  /// From now on; the watcher lives as long as the hub, and must not call it.
  void watch(Watcher<Router>& watcher) { watcher_ = &watcher; }

  /// The number of a new connection; what the router has to say to it is sent.
  Link open(std::shared_ptr<Connection> connection) {
    const Link link{++last_number_};
    connections_.emplace(link.number, std::move(connection));
    perform(router_.opened(link, handfast::clock_time()));
    return link;
  }
  void receive(Link link, Bytes frame) {
    if (watcher_ != nullptr) watcher_->receives(link, frame);
    perform(router_.receive(link, frame, handfast::clock_time()));
  }
  /// The transport has taken `size` bytes of what was sent.
  void drained(Link link, std::size_t size) {
    perform(router_.drained(link, size, handfast::clock_time()));
  }
  void closed(Link link) {
    connections_.erase(link.number);
    perform(router_.closed(link, handfast::clock_time()));
  }

  [[nodiscard]] Router& router() noexcept { return router_; }
  /// The connections that are not closed yet.
  [[nodiscard]] std::size_t connection_count() const noexcept { return connections_.size(); }

 private:
  void perform(const typename Router::Output& out) {
    using handfast::registration::ToClose;
    if (watcher_ != nullptr) watcher_->causes(out);
    for (const handfast::Frame& frame : out.transmit)
      if (const auto found = connections_.find(frame.link.number); found != connections_.end())
        found->second->send(frame.bytes);
    for (const ToClose& one : out.to_close)
      if (const auto found = connections_.find(one.connection.number); found != connections_.end())
        found->second->close(one.when == ToClose::When::when_sent);
    schedule(out.deadline);
  }
  /// A timer that fires too soon costs nothing but a look at the deadline: what is put off, as each
  /// frame of a client does, needs no new one.
  void schedule(const std::optional<handfast::Due>& due) {
    if (!due || due->at >= scheduled_) return;
    scheduled_ = due->at;
    timer_.expires_at(due->at);
    timer_.async_wait([this](beast::error_code error) {
      if (error) return;  // an earlier one was set in its place
      scheduled_ = handfast::never;
      perform(router_.advance(handfast::clock_time()));
    });
  }

  net::steady_timer timer_;
  handfast::SteadyTime scheduled_ = handfast::never;
  Router router_;
  Watcher<Router>* watcher_ = nullptr;
  std::uint32_t last_number_ = 0;
  std::unordered_map<std::uint32_t, std::shared_ptr<Connection>> connections_;
};

}  // namespace web
