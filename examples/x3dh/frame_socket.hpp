#pragma once

// TCP on this machine, in frames: each goes with its length before it, 4 bytes. No more than the
// system's own sockets are needed. Knows no protocol.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <handfast/core/time.hpp>
#include <handfast/wire/stream.hpp>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace over_connector {

using handfast::Bytes;
using Letter = std::vector<std::uint8_t>;  // a frame in memory of its own

inline constexpr std::size_t frame_size_max = 70'000;  // bytes
inline constexpr std::size_t unsent_max = 1 << 20;     // bytes; then what is to be sent has to wait
inline constexpr int system_buffer_size = 1 << 16;  // bytes; what waits is to wait where it is seen

/// Throws where a call of the system's has failed.
inline int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

/// A socket that closes itself.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int number) : number_(number) {}
  Socket(Socket&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Socket() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_ = -1;
};

namespace detail {

[[nodiscard]] inline Socket new_socket() {
  return Socket(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
}
/// What the system keeps of a connection for either direction is small.
inline void keep_small(int socket) {
  for (const int which : {SO_SNDBUF, SO_RCVBUF})
    checked(::setsockopt(socket, SOL_SOCKET, which, &system_buffer_size, sizeof system_buffer_size),
            "buffers");
}
[[nodiscard]] inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace detail

/// Takes connections on 127.0.0.1.
class Listener {
 public:
  /// `port` 0: any that is free.
  explicit Listener(std::uint16_t port = 0) : socket_(detail::new_socket()) {
    const int yes = 1;
    checked(::setsockopt(socket_.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), "listen");
    detail::keep_small(socket_.number());  // and so are those that it takes
    auto address = detail::loopback(port);
    checked(::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            "bind");
    checked(::listen(socket_.number(), 64), "listen");
    socklen_t size = sizeof address;
    checked(::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&address), &size),
            "getsockname");
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] int number() const noexcept { return socket_.number(); }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Who has come; no socket where it has gone again.
  [[nodiscard]] Socket accept() {
    return Socket(::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  Socket socket_;
  std::uint16_t port_ = 0;
};

/// One connection, frame by frame. What is to be sent waits until it can be.
class FrameSocket {
 public:
  explicit FrameSocket(Socket socket) : socket_(std::move(socket)) {
    const int yes = 1;
    ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  /// Connects to a port of this machine; throws where nobody is there.
  [[nodiscard]] static FrameSocket to(std::uint16_t port) {
    Socket socket = detail::new_socket();
    detail::keep_small(socket.number());
    const auto address = detail::loopback(port);
    checked(::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            "connect to the connector");
    return FrameSocket(std::move(socket));
  }

  [[nodiscard]] int number() const noexcept { return socket_.number(); }
  /// Whether there is something that has not left yet.
  [[nodiscard]] bool is_writing() const noexcept { return !unsent_.empty(); }
  /// Whether so much has not left that nothing should be added.
  [[nodiscard]] bool is_full() const noexcept { return unsent_.size() >= unsent_max; }

  void send(Bytes frame) {
    const auto length = handfast::wire::big_endian(static_cast<std::uint32_t>(frame.size()));
    unsent_.insert(unsent_.end(), length.begin(), length.end());
    unsent_.insert(unsent_.end(), frame.begin(), frame.end());
    write();
  }
  /// Sends what can be sent now.
  void write() {
    while (!unsent_.empty()) {
      const auto size =
          ::send(number(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK) is_open_ = false;
        return;
      }
      unsent_.erase(unsent_.begin(), unsent_.begin() + size);
    }
  }
  /// Sends all of it, by `until`; false where it could not.
  [[nodiscard]] bool flush(handfast::SteadyTime until) {
    while (is_writing() && is_open_) {
      const int left = milliseconds_to(until);
      if (left <= 0) break;
      pollfd file{number(), POLLOUT, 0};
      if (::poll(&file, 1, left) > 0) write();
    }
    return !is_writing();
  }
  /// Takes what has come; false where the other side has gone, or says what is no frame.
  [[nodiscard]] bool read() {
    std::uint8_t part[16 * 1024];
    const auto size = ::recv(number(), part, sizeof part, MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) return is_open_;
    if (size <= 0) return is_open_ = false;
    for (Bytes chunk(part, static_cast<std::size_t>(size)); is_open_;) {
      const auto frame = splitter_->next(chunk);
      if (!frame) is_open_ = false;
      if (!frame || !*frame) break;
      received_.emplace_back((*frame)->begin(), (*frame)->end());
    }
    return is_open_;
  }
  /// The next frame that has come whole.
  [[nodiscard]] std::optional<Letter> next() {
    if (received_.empty()) return std::nullopt;
    Letter first = std::move(received_.front());
    received_.pop_front();
    return first;
  }
  /// Waits for the next frame until `until`; nothing where none has come, or the other side has gone.
  [[nodiscard]] std::optional<Letter> wait(handfast::SteadyTime until) {
    while (received_.empty() && is_open_) {
      const int left = milliseconds_to(until);
      if (left <= 0) break;
      pollfd file{number(), static_cast<short>(POLLIN | (is_writing() ? POLLOUT : 0)), 0};
      if (::poll(&file, 1, left) <= 0) continue;
      if ((file.revents & POLLOUT) != 0) write();
      if ((file.revents & ~POLLOUT) != 0 && !read()) break;
    }
    return next();
  }
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }

 private:
  /// At most a minute, as `poll` takes it.
  [[nodiscard]] static int milliseconds_to(handfast::SteadyTime until) {
    using std::chrono::ceil, std::chrono::milliseconds;
    const auto left = ceil<milliseconds>(until - handfast::clock_time().steady).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
  }

  using Splitter = handfast::wire::FrameSplitter<4, frame_size_max>;

  Socket socket_;
  std::unique_ptr<Splitter> splitter_ = std::make_unique<Splitter>();
  std::deque<Letter> received_;
  Letter unsent_;
  bool is_open_ = true;
};

}  // namespace over_connector
