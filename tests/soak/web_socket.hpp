#pragma once

// A WebSocket's client by hand (RFC 6455), over a TCP socket of this machine: it says what no
// library lets one say, stops where it likes, and never waits beyond a deadline.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace soak {

using Bytes = std::span<const std::uint8_t>;
using Kept = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;

/// What a case throws where something is not as it must be; its words are the report.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline constexpr auto patience = std::chrono::seconds(60);  // for anything that must happen

/// A descriptor that is closed with it.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  [[nodiscard]] int number() const noexcept { return number_; }
  /// Waits until it can be read, or written: whether that came before `until`.
  [[nodiscard]] bool wait(bool is_to_read, Clock::time_point until) const;

 private:
  int number_;
};

/// A TCP connection to a port of this machine.
class Tcp {
 public:
  /// `receive_buffer`: bytes that its kernel takes of what is not read; 0 for as many as it likes.
  explicit Tcp(std::uint16_t port, int receive_buffer = 0);

  /// Whether it takes more before `until`.
  [[nodiscard]] bool has_room(Clock::time_point until) const;
  /// Throws where the other end does not take it in time; false where it has closed.
  bool send(Bytes bytes);
  bool send(std::string_view text);
  /// Up to `bytes.size()` bytes that have come; nothing where none came before `until`, 0 bytes
  /// where no more will come.
  std::optional<std::size_t> receive(std::span<std::uint8_t> bytes, Clock::time_point until);
  /// Says that it will send no more.
  void half_close();
  [[nodiscard]] int number() const noexcept { return descriptor_.number(); }
  /// Closes it without a goodbye: the other end gets a reset.
  void reset();

 private:
  Descriptor descriptor_;
};

inline constexpr std::uint8_t text_frame = 1, binary_frame = 2, close_frame = 8, ping_frame = 9,
                              pong_frame = 10;

/// A frame of a client's, masked with zeros.
[[nodiscard]] Kept frame_of(Bytes payload, std::uint8_t opcode, bool is_final = true);
/// The text of an upgrade to `path`.
[[nodiscard]] std::string upgrade_text(std::string_view path, std::string_view host);

/// An upgraded connection.
class WebSocket {
 public:
  WebSocket(std::uint16_t port, std::string_view path, int receive_buffer = 0);

  /// Sends one message: text where it begins with `{`, else binary. False where the other end has
  /// closed.
  bool send(Bytes message);
  /// The next message; nothing where none comes before `until`, or where the connection is over.
  /// Answers no ping and no close.
  std::optional<Kept> receive(Clock::time_point until = Clock::now() + patience);
  /// Reads until the connection is over, and throws where it does not end.
  void await_end();

  [[nodiscard]] bool is_over() const noexcept { return is_over_; }
  /// What the other end's goodbye says: 0 for none.
  [[nodiscard]] int close_code() const noexcept { return close_code_; }
  [[nodiscard]] std::size_t pong_count() const noexcept { return pong_count_; }
  [[nodiscard]] Tcp& tcp() noexcept { return tcp_; }

 private:
  /// Takes a whole frame from what has come: whether there was one.
  bool take_frame(std::optional<Kept>& message);

  Tcp tcp_;
  Kept buffer_;
  std::size_t read_ = 0;  // bytes of the buffer
  bool is_over_ = false;
  int close_code_ = 0;
  std::size_t pong_count_ = 0;
};

}  // namespace soak
