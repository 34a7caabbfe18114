// What a flood costs a listener: under load, with one Connect for every packet of data, each from
// somewhere else and with nobody behind it.
//
// The datagrams go over sockets of this host. Without the flood a packet costs a receive and
// whatever the listener does with it; the flood may add a receive, one MAC and the answer, and what
// these three cost alone is the baseline. Nothing may be kept.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

#include "handfast/crypto/detail/watch.hpp"

namespace {
std::size_t mac_count = 0;
}

template <>
struct handfast::detail::CryptoWatch<void> {
  static void keyed(const void*, Bytes) noexcept {}
  static void sealed(const void*, Bytes, Bytes, Bytes) noexcept {}
  static void opened(const void*, Bytes, bool) noexcept {}
  static void derived() noexcept { ++mac_count; }
};

#include "tests/bench/heap.hpp"
#include "tests/bench/pairs.hpp"
#include "tests/bench/udp_sessions.hpp"

namespace {

using namespace udp_sessions;
using bench::Comparison;
using bench::Turn;

constexpr std::size_t datagrams_a_time = 16, times_a_turn = 51, sources = 64;
// Measured: 1.03 to 1.04, of 3.8 us by hand.
constexpr double flood_limit = 1.10;

/// A socket on this host, at 127.0.`net`.`host`.
class Socket {
 public:
  explicit Socket(std::uint8_t net, std::uint8_t host) {
    at_.sin_family = AF_INET;
    at_.sin_addr.s_addr = htonl(0x7F00'0000u | std::uint32_t{net} << 8 | host);
    socklen_t size = sizeof at_;
    must(number_ >= 0 && bind(number_, address(), size) == 0 &&
             getsockname(number_, address(), &size) == 0,
         "a socket");
  }
  Socket(Socket&& other) noexcept : number_(std::exchange(other.number_, -1)), at_(other.at_) {}
  ~Socket() {
    if (number_ >= 0) close(number_);
  }

  void send(Bytes datagram, const sockaddr_in& to) const {
    const auto sent = sendto(number_, datagram.data(), datagram.size(), 0,
                             reinterpret_cast<const sockaddr*>(&to), sizeof to);
    must(sent == static_cast<ssize_t>(datagram.size()), "a datagram sent");
  }
  /// The next datagram, which is there; where it came from is in `from`.
  std::size_t receive(MutableBytes into, sockaddr_in& from) const {
    socklen_t size = sizeof from;
    const auto received = recvfrom(number_, into.data(), into.size(), MSG_DONTWAIT,
                                   reinterpret_cast<sockaddr*>(&from), &size);
    must(received > 0, "a datagram received");
    return static_cast<std::size_t>(received);
  }
  [[nodiscard]] const sockaddr_in& at() const { return at_; }

 private:
  sockaddr* address() { return reinterpret_cast<sockaddr*>(&at_); }

  int number_ = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in at_{};
};

Address address_of(const sockaddr_in& at) {
  std::array<std::uint8_t, 4> host;
  std::memcpy(host.data(), &at.sin_addr, host.size());
  return Address::of(host, ntohs(at.sin_port));
}
sockaddr_in socket_address_of(Bytes frame) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  std::memcpy(&at.sin_addr, frame.data() + 12, 4);
  std::memcpy(&at.sin_port, frame.data() + 16, 2);
  return at;
}

/// A listener under load behind a socket, one client, and the sockets of a flood.
struct Scene {
  Socket server{0, 1}, home{0, 2};
  std::vector<Socket> elsewhere;
  Listener listener = Listener::make(config(), identity()).value();
  Machine<Client<>> client{Context(endless())};
  std::array<std::uint8_t, frame_size_max> frame{};
  std::mt19937_64 bits{7};
  HmacSha256 hmac;
  const Bits payload = Bits(64, 'x');

  static ListenerConfig config() {
    ListenerConfig made = Crowd::config_for(16);
    made.session.wants_cookies = true;
    return made;
  }

  Scene() {
    for (std::size_t i = 0; i < sources; ++i)
      elsewhere.emplace_back(std::uint8_t{1}, static_cast<std::uint8_t>(i + 1));
    const Address there = ::address_of(home.at());
    const Bits connect = frame_of(client.handle(Dial{there, {}}, now));
    const Bits cookie = frame_of(listener.receive(connect, now));
    const Bits again = frame_of(client.receive(cookie, now));
    const Bits connected = frame_of(listener.receive(again, now));
    const Bits first = frame_of(client.receive(connected, now));
    must(listener.receive(first, now).event<handfast::Established>() != nullptr, "a session");
    must(!client.receive(frame_of(listener.advance(now)), now).fault(), "an answer");
  }

  void send_data() {
    const Bits sent = frame_of(client.handle(Send{payload}, now));
    home.send(Bytes(sent).subspan(Address::size), server.at());
  }
  /// A Connect that nobody has made: new bytes wherever it has any.
  void send_connect(std::size_t source) {
    Connect connect;
    Bits key(32);
    const auto fill = [&](auto& bytes) {
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(bits());
    };
    fill(key);
    key[31] &= 0x3F;
    fill(connect.nonce);
    fill(connect.client_half);
    connect.key = x25519::PublicKey::parse(key).value();
    const auto datagram = *wire::binary::encode(connect);
    elsewhere[source].send(Bytes(datagram).subspan(Address::size), server.at());
  }
  void drain(std::size_t source) {
    sockaddr_in from{};
    must(elsewhere[source].receive(frame, from) == CookieReply::size, "a cookie");
  }

  /// What a server does with one datagram; whether it was data.
  bool serve() {
    sockaddr_in from{};
    const std::size_t size =
        server.receive(MutableBytes(frame).subspan(Address::size), from) + Address::size;
    std::ranges::copy(::address_of(from).raw, frame.data());
    const auto out = listener.receive(Bytes(frame).first(size), now);
    for (const auto& answer : out.transmit)
      server.send(answer.bytes.subspan(Address::size), socket_address_of(answer.bytes));
    return out.event<Delivered>() != nullptr;
  }
  /// A receive, a MAC and a send.
  void serve_by_hand() {
    sockaddr_in from{};
    std::array<std::uint8_t, CookieReply::size> reply{};
    const std::size_t size =
        server.receive(MutableBytes(frame).subspan(Address::size), from) + Address::size;
    std::ranges::copy(hmac.mac(Key{}, {Bytes(frame).first(size)}), reply.begin() + 18);
    server.send(reply, from);
  }

  double quiet() {
    for (std::size_t i = 0; i < datagrams_a_time; ++i) send_data();
    std::size_t delivered = 0;
    const double time = Turn::measure([&] {
      for (std::size_t i = 0; i < datagrams_a_time; ++i) delivered += serve();
    });
    must(delivered == datagrams_a_time, "packets");
    return time;
  }
  double flooded() {
    for (std::size_t i = 0; i < datagrams_a_time; ++i) send_data(), send_connect(i);
    std::size_t delivered = 0;
    const double time = Turn::measure([&] {
      for (std::size_t i = 0; i < 2 * datagrams_a_time; ++i) delivered += serve();
    });
    must(delivered == datagrams_a_time, "packets under a flood");
    for (std::size_t i = 0; i < datagrams_a_time; ++i) drain(i);
    return time;
  }
  double by_hand() {
    for (std::size_t i = 0; i < datagrams_a_time; ++i) send_connect(i);
    const double time = Turn::measure([&] {
      for (std::size_t i = 0; i < datagrams_a_time; ++i) serve_by_hand();
    });
    for (std::size_t i = 0; i < datagrams_a_time; ++i) drain(i);
    return time;
  }

  /// One MAC and one answer for each, and nothing that stays.
  void hold_to_its_word() {
    const auto one = [&](std::size_t i) {
      send_connect(i % sources);
      const std::size_t macs = mac_count;
      must(!heap::watched([&] { return serve(); }), "a Connect");
      must(mac_count == macs + 1, "one MAC");
      drain(i % sources);
    };
    for (std::size_t i = 0; i < sources; ++i) one(i);
    heap::live_bytes = 0;
    for (std::size_t i = 0; i < 10'000; ++i) one(i);
    must(heap::live_bytes == 0, "nothing kept on the heap");
    must(listener.size() == 1 && listener.half_open_count() == 0, "nothing kept of a source");
  }
};

Comparison flood(const std::shared_ptr<Scene>& scene) {
  return {{{"udp/flood/added_to_a_packet", flood_limit}}, [scene] {
            return bench::Ways{[=](Turn& turn) {
                                 for (std::size_t i = 0; i < times_a_turn; ++i) {
                                   const double alone = scene->quiet();
                                   turn.note(0, scene->flooded() - alone);
                                 }
                               },
                               [=](Turn& turn) {
                                 for (std::size_t i = 0; i < times_a_turn; ++i)
                                   turn.note(0, scene->by_hand());
                               }};
          }};
}

}  // namespace

int main(int count, char** arguments) {
  const auto scene = std::make_shared<Scene>();
  scene->hold_to_its_word();
  return bench::run(count, arguments, {{"flood", flood(scene)}});
}
