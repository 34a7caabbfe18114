#pragma once

// What the tour's third part takes place on: ports of this machine, a clock that goes on when it is
// told to, a network that loses what a seed says, and the screen on which each datagram is shown.

#include <deque>
#include <handfast/udp/listener.hpp>
#include <random>
#include <set>

#include "tour/patient.hpp"
#include "tour/screen.hpp"
#include "udp/address.hpp"
#include "udp/socket.hpp"

namespace tour {

using namespace handfast;
using udp::Address;

using Letters = std::vector<Letter>;

[[nodiscard]] inline Letters letters_of(std::span<const Frame> frames) {
  Letters letters;
  for (const Frame& frame : frames) letters.emplace_back(frame.bytes.begin(), frame.bytes.end());
  return letters;
}
/// The address with which a frame begins: where it goes to or comes from.
[[nodiscard]] inline Address address_of(Bytes frame) {
  return Address::parse(frame.first(Address::size)).value();
}

/// A port of this machine.
class Port {
 public:
  explicit Port(net::io_context& io)
      : io_(io),
        socket_(io, {net::ip::address_v4::loopback(), 0},
                [this](const auto& from, Bytes datagram) { arrived(from, datagram); }) {}
  Port(const Port&) = delete;

  [[nodiscard]] Address address() const { return over_udp::address_of(socket_.local()); }

  /// Sends the datagram in `frame` to where that says.
  void send(Bytes frame) {
    const auto to = over_udp::endpoint_of(address_of(frame), net::ip::udp::v4());
    socket_.send(to, frame.subspan(Address::size));
  }
  /// The frame that arrives next.
  Letter receive() {
    const auto until = std::chrono::steady_clock::now() + io_limit;
    while (arrived_.empty() && io_.run_one_until(until) > 0) {}
    expect(!arrived_.empty(), "a datagram has not arrived");
    Letter frame = std::move(arrived_.front());
    arrived_.pop_front();
    return frame;
  }

 private:
  void arrived(const net::ip::udp::endpoint& from, Bytes datagram) {
    const Address address = over_udp::address_of(from);
    Letter& frame = arrived_.emplace_back(address.bytes().begin(), address.bytes().end());
    frame.insert(frame.end(), datagram.begin(), datagram.end());
  }

  net::io_context& io_;
  over_udp::Socket socket_;
  std::deque<Letter> arrived_;
};

class UdpStage {
 public:
  [[nodiscard]] Screen& screen() noexcept { return screen_; }
  [[nodiscard]] net::io_context& io() noexcept { return io_; }
  [[nodiscard]] int frame_count() const noexcept { return frame_count_; }
  [[nodiscard]] int lost_count() const noexcept { return lost_count_; }

  [[nodiscard]] const Time& now() const noexcept { return now_; }
  void pass_to(SteadyTime then) {
    const auto passed = std::chrono::ceil<std::chrono::milliseconds>(then - now_.steady);
    now_.steady = then;
    now_.utc += passed;
    screen_.words(std::to_string(passed.count()) + " ms pass.");
  }
  void pass(Duration duration) { pass_to(now_.steady + duration); }

  void begin_to_lose() noexcept { is_lossy_ = true; }
  void end_to_lose() noexcept { is_lossy_ = false; }
  /// Whether the next datagram gets lost.
  [[nodiscard]] bool loses() {
    const bool is_lost = is_lossy_ && numbers_() % 10 < 3;
    lost_count_ += is_lost ? 1 : 0;
    return is_lost;
  }

  /// A datagram on its way; its bytes where it is seen for the first time.
  void show(const std::string& direction, Bytes frame, std::string_view remark = {}) {
    ++frame_count_;
    const auto message =
        wire::binary::decode_any<udp::Connect, udp::CookieReply, udp::Connected, udp::Packet>(
            frame);
    expect(message.has_value(), "somebody has sent what cannot be read");
    const Bytes datagram = frame.subspan(Address::size);
    const bool is_new = shown_.emplace(datagram.begin(), datagram.end()).second;
    std::visit(
        [&]<class Message>(const Message&) {
          std::string title = direction + "   " + std::string(wire::message_name<Message>) + ", " +
                              std::to_string(datagram.size()) + " bytes";
          if (!is_new) title += ", the same again";
          if (!remark.empty()) title += ", " + std::string(remark);
          constexpr std::size_t after_address = 1;
          if (is_new) return screen_.frame(title, annotated<Message>(frame, after_address));
          screen_.gap();
          screen_.words(title);
        },
        *message);
  }

 private:
  static constexpr unsigned seed = 150;  // with it each kind of datagram is lost once

  Screen screen_{8};
  net::io_context io_{1};
  Time now_ = clock_time();
  std::minstd_rand numbers_{seed};
  bool is_lossy_ = false;
  std::set<Letter> shown_;
  int frame_count_ = 0, lost_count_ = 0;
};

}  // namespace tour
