#pragma once

// What the clients of the tour's second part share: the server's process, and the screen on which
// each frame is shown.

#include <handfast/registration.hpp>

#include "registration/speaker.hpp"
#include "tour/annotate.hpp"
#include "tour/patient.hpp"
#include "tour/pipes.hpp"
#include "tour/screen.hpp"

namespace tour {

class Stage {
 public:
  Stage() {
    std::string line;
    const auto heard = server_.wait_for_line(soon(), line);
    expect(heard == ChildProcess::Heard::line, "the server did not start");
    const auto space = std::min(line.find(' '), line.size() - 1);
    const auto key = web::key_of_text(std::string_view(line).substr(space + 1));
    expect(key.has_value(), "the server did not tell its key");
    port_ = static_cast<std::uint16_t>(std::stoul(line));
    server_key_ = *key;
  }

  [[nodiscard]] Screen& screen() noexcept { return screen_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] const x25519::PublicKey& server_key() const noexcept { return server_key_; }
  [[nodiscard]] int frame_count() const noexcept { return frame_count_; }

  /// A frame between a client and the server: a line of JSON, a record, or neither.
  void show(const std::string& from, const std::string& to, Bytes frame) {
    ++frame_count_;
    const std::string title = from + " -> " + to + "   ";
    const std::string size = std::to_string(frame.size()) + " bytes";
    if (!frame.empty() && frame[0] == '{')
      screen_.frame(title + "a text frame", annotated_object(frame));
    else if (wire::binary::decode<registration::Record>(frame))
      screen_.frame(title + "record, " + size, annotated<registration::Record>(frame));
    else
      screen_.frame(title + size + " that are no record", "      " + quoted(frame) + '\n');
  }
  /// A frame between two clients, before it is in a record.
  void show_inside(const std::string& from, const std::string& to, Bytes frame) {
    const auto message =
        wire::binary::decode_any<Peer::Hello, Peer::HelloAck, Peer::NewSession, Peer::Frame>(frame);
    expect(message.has_value(), "a client has sent what is no frame");
    std::visit(
        [&]<class Message>(const Message&) {
          screen_.frame(from + " -> " + to + "   " + std::string(wire::message_name<Message>) +
                            ", " + std::to_string(frame.size()) +
                            " bytes, the payload of the next record",
                        annotated<Message>(frame));
        },
        *message);
  }

  /// Passes on what the server says, up to a line that begins with `last`.
  void hear_server(std::string_view last) {
    expect(server_.pass_on_log_up_to(last, soon()), "the server has not said what it does");
  }
  /// Its exit code, when it has nobody left.
  int end_server() { return server_.reap(soon()); }

 private:
  using Peer = registration::Peer;

  static SteadyTime soon() { return clock_time().steady + io_limit; }

  static std::string annotated_object(Bytes frame) {
    using namespace registration;
    const auto message =
        wire::json::decode_any<Challenge, ChallengeResponse, RegisterSuccess, RegisterFailure>(
            frame, registration_size_max);
    if (!message) return "      " + std::string(text_of(frame)) + '\n';
    return std::visit([&]<class Message>(const Message&) { return annotated_line<Message>(frame); },
                      *message);
  }

  Screen screen_{11};
  ChildProcess server_{"server", [this](std::string_view line) { screen_.said("server", line); }};
  std::uint16_t port_ = 0;
  x25519::PublicKey server_key_;
  int frame_count_ = 0;
};

}  // namespace tour
