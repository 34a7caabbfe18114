#include "tests/soak/web_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace soak {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}
Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}
bool Descriptor::wait(bool is_to_read, Clock::time_point until) const {
  pollfd one{number_, static_cast<short>(is_to_read ? POLLIN : POLLOUT), 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    const int found = ::poll(&one, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (found > 0) return true;
    if (found == 0) return false;
    if (errno != EINTR) throw Failure(std::string("poll: ") + std::strerror(errno));
  }
}

Tcp::Tcp(std::uint16_t port, int receive_buffer)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  const int one = 1, number = descriptor_.number();
  if (number < 0) throw Failure(std::string("socket: ") + std::strerror(errno));
  if (receive_buffer > 0)
    ::setsockopt(number, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  ::setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(number, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    if (errno != EINPROGRESS) throw Failure(std::string("connect: ") + std::strerror(errno));
    if (!descriptor_.wait(false, Clock::now() + patience))
      throw Failure("the server takes no connection");
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(number, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) throw Failure(std::string("connect: ") + std::strerror(error));
  }
}

bool Tcp::has_room(Clock::time_point until) const { return descriptor_.wait(false, until); }
bool Tcp::send(Bytes bytes) {
  const auto until = Clock::now() + patience;
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(descriptor_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0)
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    else if (errno != EAGAIN && errno != EINTR)
      return false;
    else if (!descriptor_.wait(false, until))
      throw Failure("the server does not read what it is sent");
  }
  return true;
}
bool Tcp::send(std::string_view text) {
  return send(Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}
std::optional<std::size_t> Tcp::receive(std::span<std::uint8_t> bytes, Clock::time_point until) {
  for (;;) {
    const ssize_t got = ::recv(descriptor_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EAGAIN && errno != EINTR) return 0;  // a reset ends it too
    if (!descriptor_.wait(true, until)) return std::nullopt;
  }
}
void Tcp::half_close() { ::shutdown(descriptor_.number(), SHUT_WR); }
void Tcp::reset() {
  const linger at_once{1, 0};
  ::setsockopt(descriptor_.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  descriptor_ = Descriptor{};
}

Kept frame_of(Bytes payload, std::uint8_t opcode, bool is_final) {
  Kept frame{static_cast<std::uint8_t>(opcode | (is_final ? 0x80 : 0))};
  const std::size_t size = payload.size();
  const auto put = [&](std::uint8_t code, int bytes) {
    frame.push_back(static_cast<std::uint8_t>(0x80 | code));
    for (int i = bytes - 1; i >= 0; --i)
      frame.push_back(static_cast<std::uint8_t>(size >> (8 * i)));
  };
  if (size < 126)
    put(static_cast<std::uint8_t>(size), 0);
  else if (size < 65536)
    put(126, 2);
  else
    put(127, 8);
  frame.insert(frame.end(), 4, 0);
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

std::string upgrade_text(std::string_view path, std::string_view host) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: " + std::string(host) +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

WebSocket::WebSocket(std::uint16_t port, std::string_view path, int receive_buffer)
    : tcp_(port, receive_buffer) {
  if (!tcp_.send(upgrade_text(path, "127.0.0.1"))) throw Failure("no upgrade: closed");
  const auto until = Clock::now() + patience;
  std::string answer;
  for (std::size_t end = answer.npos; end == answer.npos; end = answer.find("\r\n\r\n")) {
    std::uint8_t one = 0;  // by the byte: what follows is frames
    const auto got = tcp_.receive({&one, 1}, until);
    if (!got) throw Failure("no upgrade: the server says nothing");
    if (*got == 0) throw Failure("no upgrade: the server has closed after \"" + answer + '"');
    answer.push_back(static_cast<char>(one));
  }
  // The accept that belongs to this key (RFC 6455, section 1.3).
  if (!answer.starts_with("HTTP/1.1 101 ") ||
      answer.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == answer.npos)
    throw Failure("no upgrade: the server says \"" + answer + '"');
}

bool WebSocket::send(Bytes message) {
  const bool is_text = !message.empty() && message[0] == '{';
  return tcp_.send(frame_of(message, is_text ? text_frame : binary_frame));
}

std::optional<Kept> WebSocket::receive(Clock::time_point until) {
  std::optional<Kept> message;
  while (!message && !is_over_) {
    if (take_frame(message)) continue;
    std::array<std::uint8_t, 16384> part;
    const auto got = tcp_.receive(part, until);
    if (!got) return std::nullopt;
    if (*got == 0) is_over_ = true;
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(read_));
    read_ = 0;
    buffer_.insert(buffer_.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(*got));
  }
  return message;
}

bool WebSocket::take_frame(std::optional<Kept>& message) {
  const Bytes rest = Bytes(buffer_).subspan(read_);
  if (rest.size() < 2) return false;
  std::size_t size = rest[1] & 0x7F, header = 2;
  if (size >= 126) {
    const std::size_t bytes = size == 126 ? 2 : 8;
    if (rest.size() < header + bytes) return false;
    size = 0;
    for (std::size_t i = 0; i < bytes; ++i) size = size << 8 | rest[header + i];
    header += bytes;
  }
  if (size > (std::size_t{1} << 24)) throw Failure("the server sends a frame of 16 MiB");
  if (rest.size() < header + size) return false;
  const Bytes payload = rest.subspan(header, size);
  switch (rest[0]) {
    case 0x80 | text_frame:
    case 0x80 | binary_frame: message.emplace(payload.begin(), payload.end()); break;
    case 0x80 | close_frame:
      is_over_ = true;
      close_code_ = payload.size() >= 2 ? payload[0] << 8 | payload[1] : 0;
      break;
    case 0x80 | ping_frame: break;
    case 0x80 | pong_frame: ++pong_count_; break;
    default: throw Failure("the server sends a frame of kind " + std::to_string(rest[0]));
  }
  read_ += header + size;
  return true;
}

void WebSocket::await_end() {
  const auto until = Clock::now() + patience;
  while (!is_over_)
    if (!receive(until) && !is_over_) throw Failure("the server does not close the connection");
}

}  // namespace soak
