#pragma once

// One side of the connection: its machine, its two paths, and what it says and hears. It dials the
// relay, begins when the other side is there too, and does what the machine wants from then on.

#include <handfast/rehandshake/migration.hpp>
#include <iostream>

#include "rehandshake/metrics.hpp"
#include "rehandshake/path.hpp"
#include "rehandshake/relay.hpp"
#include "shared/alarm.hpp"
#include "shared/lines.hpp"
#include "shared/printable.hpp"

namespace over_paths {

struct PeerOptions {
  Authority relay, direct;  // where the relay is; where the responder is, or listens
  std::shared_ptr<ssl::context> relay_tls, direct_tls;
  rehandshake::MigrationConfig config;
};

template <rehandshake::Part part>
class Peer final : Path::User {
  static constexpr bool is_initiator = part == rehandshake::Part::initiator;
  using Role = rehandshake::Migration<part>;

 public:
  /// Each line of the standard input is said when it can be; `metrics` outlives it.
  Peer(net::io_context& io, rehandshake::SessionKeys keys, PeerOptions options, Metrics& metrics)
      : io_(io),
        options_(std::move(options)),
        metrics_(metrics),
        session_(keys.session),
        machine_(rehandshake::MigrationContext(std::move(keys),
                                               {ChannelBinding::none(), ChannelBinding::none()}, {},
                                               options_.config)),
        lines_(
            io, [this](std::string_view line) { say(std::string(line)); }, [this] { leave(); }) {
    if constexpr (!is_initiator) {
      upgrades_.emplace(io, options_.direct.endpoint(io), options_.direct_tls,
                        [this](SecureSocket socket, Upgrade upgrade) {
                          direct_.answer(std::move(socket), std::move(upgrade));
                        });
      std::cout << "listening on " << upgrades_->local() << std::endl;
    }
    dial(rehandshake::relay_link);
  }
  /// Says no more than what has been read, and ends when both sides have been heard to the end.
  void leave() {
    is_leaving_ = true;
    leave_if_said();
  }
  /// Whether it ended because one side wished for it, with all that was to be said acknowledged.
  [[nodiscard]] bool is_fine() const noexcept { return is_fine_ && !lines_.has_failed(); }

 private:
  // The paths.

  void dial(Link path) {
    if (path == rehandshake::relay_link)
      relay_.dial(options_.relay, relay_path(session_, is_initiator), options_.relay_tls);
    else
      direct_.dial(options_.direct, "/", options_.direct_tls);
  }
  [[nodiscard]] Path& path(Link link) { return link == rehandshake::relay_link ? relay_ : direct_; }
  void opened(Link link, const ChannelBinding& known_by) override {
    if (is_over() || (!is_started_ && link != rehandshake::relay_link)) return path(link).drop();
    metrics_.path_is(link, true);
    machine_.context().bind(link, known_by);
    if (std::exchange(is_started_, true)) return does(handfast::LinkOpened{link});
    std::cout << "* talking over the relay" << std::endl;
    does(rehandshake::Start{});
    if (is_initiator) dial(rehandshake::direct_link);
    lines_.ask();
  }
  void closed(Link link) override {
    metrics_.path_is(link, false);
    if (!is_over()) does(handfast::LinkClosed{link});
  }
  void failed(Link link, const std::string& why) override {
    std::cerr << path_name(link) << ": " << why << std::endl;
    if (is_started_) return;  // the machine wants it again
    again_.at(handfast::Due{handfast::clock_time().steady + options_.config.reconnect_repeat, {}},
              [this] { dial(rehandshake::relay_link); });
  }
  void received(Link link, Bytes frame) override {
    perform(machine_.receive(link, frame, handfast::clock_time()));
  }
  void give_up(Link link) {
    path(link).drop();
    metrics_.path_is(link, false);
  }

  // What is said.

  void say(std::string line) {
    const auto out =
        machine_.handle(rehandshake::Send{handfast::bytes_of(line)}, handfast::clock_time());
    const auto fault = out.fault();
    if (fault == handfast::Fault::back_pressure) {
      waiting_ = std::move(line);  // and no other is read
      return;
    }
    if (fault)
      has_dropped_ = true;
    else
      metrics_.said();
    perform(out);
    lines_.ask();
  }
  void leave_if_said() {
    if (!is_leaving_ || waiting_) return;
    if (!is_started_) return io_.stop();
    if (may_say()) does(rehandshake::Disconnect{});
  }
  /// Neither side has said that it is over.
  [[nodiscard]] bool may_say() const {
    return std::visit(
        [](const auto& state) {
          if constexpr (requires { state.stream; }) return state.stream.is_open();
          return false;
        },
        machine_.engine().state());
  }
  [[nodiscard]] bool is_over() const noexcept {
    return machine_.template in<typename Role::Ended>();
  }

  // The machine.

  void does(const auto& command) { perform(machine_.handle(command, handfast::clock_time())); }
  void perform(const handfast::Output<Role>& out) {
    for (const handfast::Frame& frame : out.transmit) path(frame.link).send(frame.bytes);
    for (const auto& event : out.events)
      std::visit(
          [this](const auto& one) {
            metrics_.count(one);
            tell(one);
          },
          event);
    alarm_.at(out.deadline, [this] { perform(machine_.advance(handfast::clock_time())); });
    const bool is_refused = out.fault().has_value();  // `out` is over with the next call
    const bool is_relay_done = out.template event<rehandshake::RelayDone>() != nullptr;
    if (out.template event<handfast::Closed>()) return io_.stop();
    if (is_relay_done) {
      give_up(rehandshake::relay_link);
      does(handfast::LinkClosed{rehandshake::relay_link});
    }
    if (waiting_ && !is_refused) say(*std::exchange(waiting_, std::nullopt));
    leave_if_said();
  }
  static void tell(const rehandshake::Delivered& e) {
    std::cout << "< " << shared::printable(handfast::text_of(e.payload)) << std::endl;
  }
  static void tell(const rehandshake::AttemptEnded& e) {
    std::cout << "* re-handshake, " << to_string(e.cause) << ": "
              << (e.fault ? handfast::to_string(*e.fault) : "confirmed") << " after "
              << std::chrono::duration<double, std::milli>(e.duration).count() << " ms"
              << std::endl;
  }
  static void tell(const rehandshake::Switched& e) {
    std::cout << "* sending over " << (e.link == rehandshake::relay_link ? "the relay" : "direct")
              << std::endl;
  }
  static void tell(const rehandshake::RelayDone&) {
    std::cout << "* the relay is done" << std::endl;
  }
  void tell(const rehandshake::PathWanted& e) {
    if (e.link == rehandshake::relay_link || is_initiator) dial(e.link);
  }
  void tell(const rehandshake::PathLost& e) {
    std::cout << "* " << path_name(e.link) << ": nothing heard" << std::endl;
    give_up(e.link);
  }
  void tell(const handfast::Closed& e) {
    if (waiting_) {
      has_dropped_ = true;
      std::cerr << "dropped: a line that could not be said in time" << std::endl;
    }
    is_fine_ = !e.fault && !has_dropped_;
    std::cout << "over" << (e.fault ? ": " + std::string(to_string(*e.fault)) : "") << std::endl;
  }
  static void tell(const handfast::Rejected& e) {
    std::cerr << "dropped: " << to_string(e.fault) << std::endl;
  }
  static void tell(const auto&) {}  // what the others say

  net::io_context& io_;
  PeerOptions options_;
  Metrics& metrics_;
  rehandshake::SessionId session_;
  handfast::Machine<Role> machine_;
  shared::Alarm alarm_{io_}, again_{io_};
  Path relay_{io_, rehandshake::relay_link, *this}, direct_{io_, rehandshake::direct_link, *this};
  std::optional<Upgrades> upgrades_;
  std::optional<std::string> waiting_;
  bool is_started_ = false, is_leaving_ = false, has_dropped_ = false, is_fine_ = false;
  shared::Lines lines_;
};

}  // namespace over_paths
