#pragma once

// The deployed client and server on a socket. They say lines: in the later revision on channel 1,
// each with its own sequence.

#include <handfast/udp/compat.hpp>

#include "shared/printable.hpp"
#include "udp/address.hpp"
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
  [[nodiscard]] bool is_fine() const noexcept { return was_connected_ && !lines_.has_failed(); }
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

/// Answers whoever connects, and echoes what it hears.
template <Revision revision>
class CompatServer : CompatLink<revision> {
 public:
  CompatServer(net::io_context& io, const udp::endpoint& local, compat::Config config)
      : CompatLink<revision>(io, local), listener_(compat::Context(std::move(config))) {
    std::cout << "listening on " << this->socket_.local() << std::endl;
  }
  [[nodiscard]] bool is_fine() const noexcept { return true; }
  /// The deployed program does not say that it ends.
  void leave() { this->io_.stop(); }

 private:
  using Listener = compat::Listener<revision>;

  void received(const udp::endpoint& from, Bytes datagram) override {
    perform(listener_.receive(address_of(from), datagram, handfast::clock_time()), &from);
  }
  /// Frames go to `from`, who has just been heard, else to where the client is.
  void perform(const handfast::Output<typename Listener::Role>& out,
               const udp::endpoint* from = nullptr) {
    const auto* known = listener_.address(out.link);
    if (const auto protocol = this->socket_.local().protocol(); from != nullptr || known != nullptr)
      for (const auto& frame : out.transmit)
        this->socket_.send(from ? *from : endpoint_of(*known, protocol), frame.bytes);
    std::optional<std::string> heard;
    for (const auto& event : out.events) {
      std::visit([&](const auto& e) { this->tell(e); }, event);
      if (const auto* delivered = std::get_if<compat::Delivered>(&event))
        heard = handfast::text_of(delivered->payload);
    }
    this->alarm_.at(out.deadline, [this] { perform(listener_.advance(handfast::clock_time())); });
    if (heard) perform(listener_.handle(out.link, this->message(*heard), handfast::clock_time()));
  }

  Listener listener_;
};

}  // namespace over_udp
