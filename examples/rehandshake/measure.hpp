#pragma once

// How long a re-handshake takes over a TLS 1.3 WebSocket of this machine: both sides in one process,
// one connection between them, one run after the other.

#include <algorithm>
#include <functional>
#include <handfast/core/machine.hpp>
#include <handfast/rehandshake/initiator.hpp>
#include <handfast/rehandshake/responder.hpp>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <vector>

#include "rehandshake/path.hpp"
#include "rehandshake/session_file.hpp"
#include "shared/alarm.hpp"

namespace over_paths {

/// One end of the connection. `Role` is `Initiator<>` or `Responder<>`.
template <class Role>
class MeasuredEnd final : public Path::User {
 public:
  MeasuredEnd(net::io_context& io, handfast::rehandshake::SessionKeys keys)
      : path(io, handfast::rehandshake::direct_link, *this), keys_(std::move(keys)) {}

  void start() {
    perform(machine_->handle(handfast::rehandshake::Start{}, handfast::clock_time()));
  }

  Path path;
  std::function<void()> is_open, is_done, has_failed = [] {};

 private:
  void opened(Link, const ChannelBinding& known_by) override {
    handfast::rehandshake::Config config;
    config.challenges_max = 4096;  // of a minute: there are more of them than anybody has otherwise
    machine_.emplace(handfast::rehandshake::Context(keys_, known_by, config));
    is_open();
  }
  void received(Link, Bytes frame) override {
    perform(machine_->receive(frame, handfast::clock_time()));
  }
  void closed(Link) override { throw std::runtime_error("the connection was closed"); }
  void failed(Link, const std::string&) override { has_failed(); }

  void perform(const handfast::Output<Role>& out) {
    for (const handfast::Frame& frame : out.transmit) path.send(frame.bytes);
    if (const auto fault = out.fault()) throw std::runtime_error(std::string(to_string(*fault)));
    if (out.template event<handfast::Commit>()) is_done();
  }

  handfast::rehandshake::SessionKeys keys_;
  std::optional<handfast::Machine<Role>> machine_;
};

/// Prints the median of `runs` re-handshakes, at most 4000, from Start until both sides have proved
/// their keys. Listens at `listen`, and dials `through`, or what listens where there is none.
inline void measure(net::io_context& io, const Authority& listen,
                    const std::optional<Authority>& through, std::size_t runs) {
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const Identity one = Identity::make(), other = Identity::make();
  auto [ones, others] = new_session();
  MeasuredEnd<handfast::rehandshake::Initiator<>> initiator(io, std::move(ones));
  MeasuredEnd<handfast::rehandshake::Responder<>> responder(io, std::move(others));
  const Upgrades upgrades(io, listen.endpoint(io),
                          pinned_tls(ssl::context::tls_server, &other, one.pin()),
                          [&](SecureSocket socket, Upgrade upgrade) {
                            responder.path.answer(std::move(socket), std::move(upgrade));
                          });
  std::ostringstream local;
  local << upgrades.local();
  std::cout << "listening on " << local.str() << std::endl;

  const auto tls = pinned_tls(ssl::context::tls_client, &one, other.pin());
  const auto dial = [&] {
    initiator.path.dial(through.value_or(Authority::parse(local.str())), "/", tls);
  };
  shared::Alarm again(io);
  int failures = 0;
  initiator.has_failed = [&] {
    if (++failures == 100) throw std::runtime_error("nobody can be reached");
    again.at(handfast::Due{handfast::clock_time().steady + std::chrono::milliseconds(100), {}},
             dial);
  };
  int open_ends = 0;
  Clock::time_point begun;
  std::vector<double> times;  // milliseconds
  const auto begin = [&] {
    begun = Clock::now();
    initiator.start();
  };
  initiator.is_open = responder.is_open = [&] {
    if (++open_ends == 2) begin();
  };
  initiator.is_done = [] {};  // the responder is done last
  responder.is_done = [&] {
    times.push_back(Milliseconds(Clock::now() - begun).count());
    if (times.size() == runs) return io.stop();
    net::post(io, begin);  // when the responder's call is over
  };
  dial();
  io.run();

  std::ranges::sort(times);
  std::cout << std::fixed << std::setprecision(3) << "re-handshake over a TLS WebSocket: median "
            << times[runs / 2] << " ms of " << runs << " runs, nine of ten within "
            << times[runs * 9 / 10] << " ms; the document measured 0.553 ms, and wants less than "
            << "10 ms" << std::endl;
}

}  // namespace over_paths
