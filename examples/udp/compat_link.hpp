#pragma once

// The deployed client and server on a socket. They say lines: in the later revision on channel 1,
// each with its own sequence.

#include <handfast/core/pool.hpp>
#include <handfast/udp/compat.hpp>
#include <map>

#include "shared/printable.hpp"
#include "udp/meter.hpp"

namespace over_udp {

namespace compat = handfast::udp::compat;
using handfast::udp::Revision;

/// What both do with what a call has caused.
template <Revision revision>
class CompatLink {
 protected:
  CompatLink(net::io_context& io, const udp::endpoint& local)
      : io_(io),
        alarm_(io),
        meter_(io),
        socket_(io, local,
                [this](const udp::endpoint& from, Bytes datagram) { received(from, datagram); }) {}
  virtual ~CompatLink() = default;
  virtual void received(const udp::endpoint& from, Bytes datagram) = 0;

  [[nodiscard]] compat::Send message(std::string_view line) {
    compat::Send send{handfast::bytes_of(line)};
    if (revision == Revision::v0_8) send.header = {0, 1, sequence_++, 0};
    meter_.sent(line.size());
    return send;
  }
  void tell(const compat::Delivered& event) {
    meter_.received(event.payload.size());
    std::cout << "< " << shared::printable(handfast::text_of(event.payload)) << std::endl;
  }
  void tell(const handfast::Established&) { std::cout << "connected" << std::endl; }
  void tell(const compat::Refused& event) {
    std::cout << "refused: " << shared::printable(event.message) << std::endl;
  }
  void tell(const compat::PortsTold& event) {
    std::cout << "ports " << event.ports.control << ' ' << event.ports.up << ' ' << event.ports.down
              << std::endl;
  }
  void tell(const compat::Acknowledged& event) {
    std::cout << "acknowledged " << event.channel << ' ' << event.sequence << std::endl;
  }
  void tell(const compat::HeartbeatEnded& event) {
    std::cout << "heartbeat " << event.times[3] - event.times[0] << " ms" << std::endl;
  }
  void tell(const handfast::Closed& event) {
    if (event.fault) std::cout << "over: " << to_string(*event.fault) << std::endl;
  }
  void tell(const handfast::Rejected& event) {
    std::cerr << "dropped: " << to_string(event.fault) << std::endl;
  }

  net::io_context& io_;
  Alarm alarm_;
  Meter meter_;
  Socket socket_;

 private:
  std::uint64_t sequence_ = 0;
};

/// Connects, then says the lines of the standard input; a line `/beat` begins a heartbeat.
template <Revision revision>
class CompatClient : CompatLink<revision> {
 public:
  CompatClient(net::io_context& io, const udp::endpoint& server)
      : CompatLink<revision>(io, udp::endpoint(server.protocol(), 0)),
        server_(server),
        machine_(compat::Context{}),
        lines_(
            io, [this](std::string_view line) { say(line); }, [this] { linger(); }) {
    perform(machine_.handle(compat::Start{}, handfast::clock_time()));
  }
  [[nodiscard]] bool is_fine() const noexcept { return was_connected_; }
  void leave() { perform(machine_.handle(compat::Leave{}, handfast::clock_time())); }

 private:
  using Role = handfast::udp::Client<handfast::udp::Compat<revision>>;

  void received(const udp::endpoint& from, Bytes datagram) override {
    if (from == server_) perform(machine_.receive(datagram, handfast::clock_time()));
  }
  void say(std::string_view line) {
    if (!beats(line)) perform(machine_.handle(this->message(line), handfast::clock_time()));
    lines_.ask();
  }
  bool beats(std::string_view line) {
    if constexpr (revision == Revision::v0_8)
      if (line == "/beat")
        return perform(machine_.handle(compat::Beat{}, handfast::clock_time())), true;
    return false;
  }
  void perform(const handfast::Output<Role>& out) {
    for (const auto& frame : out.transmit) this->socket_.send(server_, frame.bytes);
    for (const auto& event : out.events) std::visit([&](const auto& e) { this->tell(e); }, event);
    this->alarm_.at(out.deadline, [this] { perform(machine_.advance(handfast::clock_time())); });
    if (out.template event<handfast::Closed>()) this->io_.stop();
    if (!out.template event<handfast::Established>()) return;
    was_connected_ = true;
    lines_.ask();
  }
  /// What was said may still be answered.
  void linger() {
    linger_.expires_after(std::chrono::milliseconds(300));
    linger_.async_wait([this](boost::system::error_code) { leave(); });
  }

  udp::endpoint server_;
  handfast::Machine<Role> machine_;
  bool was_connected_ = false;
  net::steady_timer linger_{this->io_};
  Lines lines_;
};

/// Answers whoever connects, and echoes what it hears. The oldest of its clients goes where there
/// are too many: the deployed program keeps all.
template <Revision revision>
class CompatServer : CompatLink<revision> {
 public:
  CompatServer(net::io_context& io, const udp::endpoint& local, compat::Config config,
               std::size_t clients_max = 1000)
      : CompatLink<revision>(io, local),
        clients_max_(clients_max),
        pool_(compat::Context(std::move(config)), clients_max) {
    std::cout << "listening on " << this->socket_.local() << std::endl;
  }
  [[nodiscard]] bool is_fine() const noexcept { return true; }
  /// The deployed program does not say that it ends.
  void leave() { this->io_.stop(); }

 private:
  using Role = handfast::udp::Server<handfast::udp::Compat<revision>>;
  using Link = handfast::Link;

  void received(const udp::endpoint& from, Bytes datagram) override {
    const bool is_known = links_.contains(from);
    if (!is_known) make_room_for(from);
    const Link link = links_.at(from);
    perform(pool_.receive(link, datagram, handfast::clock_time()));
    // Who has said nothing that counts is not kept.
    if (const auto* machine = pool_.find(link); machine->template in<typename Role::Idle>())
      forget(link);
  }
  void make_room_for(const udp::endpoint& from) {
    if (links_.size() >= clients_max_) forget(endpoints_.begin()->first);
    const Link link{next_++};
    links_.emplace(from, link);
    endpoints_.emplace(link, from);
    (void)pool_.open(link);
  }
  void forget(Link link) {
    pool_.close(link);
    links_.erase(endpoints_.at(link));
    endpoints_.erase(link);
  }
  void perform(const handfast::Output<Role>& out) {
    for (const auto& frame : out.transmit)
      this->socket_.send(endpoints_.at(frame.link), frame.bytes);
    std::optional<std::string> heard;
    for (const auto& event : out.events) {
      std::visit([&](const auto& e) { this->tell(e); }, event);
      if (const auto* delivered = std::get_if<compat::Delivered>(&event))
        heard = handfast::text_of(delivered->payload);
    }
    this->alarm_.at(out.deadline, [this] { perform(pool_.advance(handfast::clock_time())); });
    if (heard) perform(pool_.handle(out.link, this->message(*heard), handfast::clock_time()));
  }

  std::size_t clients_max_;
  handfast::Pool<Role> pool_;
  std::map<udp::endpoint, Link> links_;
  std::map<Link, udp::endpoint> endpoints_;  // the oldest first
  std::uint32_t next_ = 1;
};

}  // namespace over_udp
