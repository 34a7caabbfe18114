#pragma once

// One side of the tour's fourth part: its machine, and what it has told.

#include <handfast/rehandshake/migration.hpp>

#include "tour/narrated.hpp"
#include "tour/screen.hpp"

namespace tour {

namespace rehandshake = handfast::rehandshake;

/// A frame on its way.
struct Sent {
  Link path;
  std::vector<std::uint8_t> frame;
};

template <rehandshake::Part part>
class RehandshakeSide {
 public:
  using Role = rehandshake::Migration<part>;
  using Faults = std::vector<std::optional<Fault>>;

  /// `now`: the tour's clock, which outlives it.
  RehandshakeSide(Screen& screen, std::string name, rehandshake::SessionKeys keys, const Time& now)
      : machine_(
            rehandshake::MigrationContext(std::move(keys), {rehandshake::ChannelBinding::none(),
                                                            rehandshake::ChannelBinding::none()}),
            [&screen, name](const std::string& text) { screen.said(name, text); },
            [&now] { return now; }) {}

  std::vector<Sent> does(const auto& command) { return after(machine_.handle(command)); }
  std::vector<Sent> take(const Sent& one) { return after(machine_.receive(one.path, one.frame)); }
  std::vector<Sent> advance() { return after(machine_.advance()); }
  std::vector<Sent> open(Link path, const rehandshake::ChannelBinding& known_by) {
    machine_.context().bind(path, known_by);
    return does(LinkOpened{path});
  }

  [[nodiscard]] const std::optional<Due>& deadline() const noexcept { return machine_.deadline(); }
  template <class State>
  [[nodiscard]] bool in() const noexcept {
    return machine_.template in<State>();
  }
  /// What it has told since it was asked last: what it heard, why it refused something, how attempts
  /// ended, where it sends now.
  std::vector<std::string> heard() { return std::exchange(heard_, {}); }
  std::vector<Fault> refused() { return std::exchange(refused_, {}); }
  Faults attempts() { return std::exchange(attempts_, {}); }
  std::vector<Link> switched() { return std::exchange(switched_, {}); }
  bool is_relay_done() { return std::exchange(is_relay_done_, false); }

 private:
  std::vector<Sent> after(const Output<Role>& out) {
    for (const auto& event : out.events)
      std::visit([this](const auto& e) { this->keep(e); }, event);
    std::vector<Sent> sent;
    for (const Frame& frame : out.transmit)
      sent.push_back({frame.link, {frame.bytes.begin(), frame.bytes.end()}});
    return sent;
  }
  void keep(const rehandshake::Delivered& e) { heard_.emplace_back(text_of(e.payload)); }
  void keep(const Rejected& e) { refused_.push_back(e.fault); }
  void keep(const rehandshake::AttemptEnded& e) { attempts_.push_back(e.fault); }
  void keep(const rehandshake::Switched& e) { switched_.push_back(e.link); }
  void keep(const rehandshake::RelayDone&) { is_relay_done_ = true; }
  void keep(const auto&) {}

  Narrated<Role> machine_;
  std::vector<std::string> heard_;
  std::vector<Fault> refused_;
  Faults attempts_;
  std::vector<Link> switched_;
  bool is_relay_done_ = false;
};

}  // namespace tour
