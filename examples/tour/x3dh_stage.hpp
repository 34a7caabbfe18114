#pragma once

// What issuer and holder of the tour's fifth part share: the screen on which each frame is shown, the
// tour's clock, and the connector's process.

#include "tour/pipes.hpp"
#include "tour/screen.hpp"
#include "tour/x3dh_annotate.hpp"
#include "x3dh/connector.hpp"

namespace tour {

using over_connector::End;
using over_connector::Letter;

inline constexpr auto wait_limit = std::chrono::seconds(5);  // for each thing

/// A connector as a process of its own: `tour connector`, or `tour mallory`. What it says is shown
/// when it is asked for, so that all is in one order.
class ConnectorProcess {
 public:
  ConnectorProcess(Screen& screen, const std::string& role)
      : screen_(screen),
        process_(role, [this](std::string_view line) { lines_.emplace_back(line); }) {
    std::string line;
    expect(process_.wait_for_line(soon(), line) == ChildProcess::Heard::line,
           "the connector did not start");
    port_ = static_cast<std::uint16_t>(std::stoul(line));
  }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// Waits for a line of the connector's that begins with `last`, and shows all up to it.
  void hear(std::string_view last) {
    for (bool is_there = true; is_there;) {
      while (!lines_.empty()) {
        const std::string line = std::move(lines_.front());
        lines_.pop_front();
        screen_.said("connector", line);
        if (line.starts_with(last)) return;
      }
      is_there = process_.pass_on_log_up_to(last, soon());
    }
    throw Surprise("the connector has not said what it does: " + std::string(last));
  }
  int end() { return process_.reap(soon()); }

 private:
  static SteadyTime soon() { return clock_time().steady + wait_limit; }

  Screen& screen_;
  std::deque<std::string> lines_;
  ChildProcess process_;
  std::uint16_t port_ = 0;
};

struct X3dhStage {
  Screen screen{9};
  // A day that is the same each time.
  Time now{clock_time().steady, UnixTime{} + std::chrono::milliseconds(1'762'214'400'000)};
  int frame_count = 0;

  void show(const std::string& from, const std::string& to, Bytes frame) {
    using namespace x3dh;
    ++frame_count;
    const auto message = wire::protobuf::decode_any<Bundle, Initial, EncryptedMessage>(frame);
    expect(message.has_value(), "somebody has sent what is no message");
    std::visit(
        [&]<class Message>(const Message&) {
          screen.frame(from + " -> connector -> " + to + "   " +
                           std::string(wire::message_name<Message>) + ", " +
                           std::to_string(frame.size()) + " bytes",
                       annotated_protobuf<Message>(frame));
        },
        *message);
  }
  void pass(Duration time) {
    const auto passed = std::chrono::ceil<std::chrono::milliseconds>(time);
    now.steady += time;
    now.utc += passed;
    screen.words(std::to_string(passed.count()) + " ms pass.");
  }
};

}  // namespace tour
