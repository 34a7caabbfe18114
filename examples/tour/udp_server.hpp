#pragma once

// The server of the tour's third part: a listener that says what happens to each of its sessions,
// and its port.

#include <map>

#include "tour/narrated.hpp"
#include "tour/udp_stage.hpp"

namespace tour {

class UdpServer {
  using Role = udp::Server<>;

 public:
  UdpServer(UdpStage& stage, udp::ListenerConfig config, x25519::PrivateKey key)
      : stage_(stage),
        listener_(udp::Listener::make(std::move(config), std::move(key)).value()),
        port_(stage.io()) {}

  [[nodiscard]] Address address() const { return port_.address(); }
  [[nodiscard]] Port& port() noexcept { return port_; }
  [[nodiscard]] const std::optional<Due>& deadline() const noexcept { return deadline_; }
  [[nodiscard]] const udp::Listener& listener() const noexcept { return listener_; }

  Letters take(Bytes frame) {
    listener_.context().now = stage_.now();
    say("reads", contents(frame));
    return after(listener_.receive(frame, stage_.now()));
  }
  Letters advance() {
    say("waits", "for " + std::string(deadline_->timer));
    return after(listener_.advance(stage_.now()));
  }
  /// Says something in the session that was established last.
  Letters say(std::string_view text) {
    say("does", "Send");
    return after(listener_.handle(latest_, udp::Send{bytes_of(text)}, stage_.now()));
  }

  /// What it has heard since it was asked last, and why it has refused something.
  std::vector<std::string> heard() { return std::exchange(heard_, {}); }
  std::vector<Fault> refused() { return std::exchange(refused_, {}); }
  /// Where the client has moved to, if it has since this was asked last.
  std::optional<Address> moved() { return std::exchange(moved_, {}); }

 private:
  static constexpr std::string_view nothing = "nothing";
  struct Session {
    int number;              // in the order in which they began
    std::string_view state;  // as it was told last
  };

  [[nodiscard]] std::string_view state_of(Link link) const {
    const auto* engine = listener_.find(link);
    if (engine == nullptr) return nothing;
    return state_names<Role>[static_cast<std::size_t>(engine->state_index())];
  }

  /// What is in `frame`, for the session that it names.
  [[nodiscard]] std::string contents(Bytes frame) {
    if (const auto connect = wire::binary::decode<udp::Connect>(frame)) return summary_of(*connect);
    const auto packet = wire::binary::decode<udp::Packet>(frame);
    if (!packet) return "nothing: " + std::string(to_string(packet.error()));
    for (const auto& [link, session] : sessions_) {
      const auto* engine = listener_.find(Link{link});
      if (engine == nullptr) continue;
      const bool is_its = std::visit(
          [&](const auto& state) {
            if constexpr (requires { state.session; })
              return state.session.client_half == packet->client_half &&
                     state.session.server_half == packet->server_half;
            return false;
          },
          engine->state());
      if (is_its) return contents_of<Role>(engine->state(), listener_.context(), {}, frame);
    }
    return "nothing: there is no such session";
  }

  Letters after(const Output<Role>& out) {
    const std::string_view state = state_of(out.link);
    auto found = sessions_.find(out.link.number);
    if (found == sessions_.end() && state != nothing)
      found = sessions_.try_emplace(out.link.number, Session{++session_count_, nothing}).first;
    if (found == sessions_.end()) {
      say("keeps", nothing);
    } else {
      const auto [number, before] = std::exchange(found->second, {found->second.number, state});
      const std::string session = "session " + std::to_string(number) + ": ";
      if (before == state)
        say("stays", session + std::string(state));
      else
        say("moves", session + std::string(before) + " -> " + std::string(state));
    }
    for (const auto& event : out.events)
      say("tells", std::visit([](const auto& held) { return event_text(held); }, event));
    if (out.event<Established>()) latest_ = out.link;
    if (const auto* one = out.event<udp::Delivered>()) heard_.emplace_back(text_of(one->payload));
    if (const auto* one = out.event<udp::Moved>()) moved_ = one->address;
    if (const auto fault = out.fault()) refused_.push_back(*fault);
    deadline_ = out.deadline;
    return letters_of(out.transmit);
  }
  void say(std::string_view verb, std::string_view rest) {
    stage_.screen().said("server", padded(verb, 6) + ' ' + std::string(rest));
  }

  UdpStage& stage_;
  udp::Listener listener_;
  Port port_;
  std::optional<Due> deadline_;
  std::map<std::uint32_t, Session> sessions_;  // by their links, which are random
  int session_count_ = 0;
  Link latest_;
  std::vector<std::string> heard_;
  std::vector<Fault> refused_;
  std::optional<Address> moved_;
};

}  // namespace tour
