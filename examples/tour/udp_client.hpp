#pragma once

// A client of the tour's third part: its machine, and the port that it has at the moment.

#include <memory>

#include "tour/narrated.hpp"
#include "tour/udp_stage.hpp"

namespace tour {

class UdpClient {
  using Role = udp::Client<>;

 public:
  UdpClient(UdpStage& stage, std::string name, const udp::Config& config)
      : stage_(stage), name_(std::move(name)), config_(config) {
    start({});
  }
  UdpClient(const UdpClient&) = delete;

  [[nodiscard]] Address address() const { return port_->address(); }
  [[nodiscard]] Port& port() noexcept { return *port_; }
  [[nodiscard]] std::optional<Due> deadline() const { return machine_->deadline(); }
  template <class State>
  [[nodiscard]] bool in() const noexcept {
    return machine_->in<State>();
  }

  Letters dial(const Address& server, std::string_view first) {
    return after(machine_->handle(udp::Dial{server, bytes_of(first)}));
  }
  Letters say(std::string_view text) { return after(machine_->handle(udp::Send{bytes_of(text)})); }
  Letters leave() { return after(machine_->handle(udp::Disconnect{})); }
  Letters take(Bytes frame) { return after(machine_->receive({}, frame)); }
  Letters advance() { return after(machine_->advance()); }

  /// From here on it is at another port.
  void move() { port_ = std::make_unique<Port>(stage_.io()); }
  /// Another machine, which has of the one before what its session has left.
  void start_anew() { start(std::move(machine_->context().resumption)); }

  /// What it has heard since it was asked last.
  std::vector<std::string> heard() { return std::exchange(heard_, {}); }
  /// What the last session has agreed on.
  [[nodiscard]] const std::optional<udp::Agreed>& agreed() const noexcept { return agreed_; }

 private:
  void start(std::optional<udp::Resumption> left) {
    udp::Context context(config_);
    context.resumption = std::move(left);
    machine_.emplace(
        std::move(context), [this](const std::string& text) { stage_.screen().said(name_, text); },
        [this] { return stage_.now(); });
  }
  Letters after(const Output<Role>& out) {
    expect(!out.fault(), "an input of the " + name_ + " was refused");
    if (const auto* one = out.event<udp::Delivered>()) heard_.emplace_back(text_of(one->payload));
    if (const auto* one = out.event<udp::Agreed>()) agreed_ = *one;
    return letters_of(out.transmit);
  }

  UdpStage& stage_;
  std::string name_;
  udp::Config config_;
  std::unique_ptr<Port> port_ = std::make_unique<Port>(stage_.io());
  std::optional<Narrated<Role>> machine_;
  std::vector<std::string> heard_;
  std::optional<udp::Agreed> agreed_;
};

}  // namespace tour
