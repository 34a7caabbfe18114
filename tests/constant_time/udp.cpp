// Whole sessions of udp, all private keys, what is left of sessions, and payloads secret from the
// moment they are there. What goes out is revealed as it leaves, and what a short packet says
// (border.hpp); everything else stays secret, all the way to the other side's application.

#include "handfast/udp.hpp"
#include "handfast/core/machine.hpp"
#include "tests/constant_time/border.hpp"
#include "tests/constant_time/cases.hpp"
#include "tests/constant_time/secret_random.hpp"

namespace constant_time {
namespace {

using namespace handfast;
using namespace handfast::udp;

using Frames = std::vector<std::vector<std::uint8_t>>;

/// Which of the short messages a packet has is told by the one that goes back; and as much is known
/// of a longer one: `known` bytes of its payload.
std::size_t short_size(std::uint8_t) { return Packet::short_contents_size; }
constexpr std::size_t known = Packet::short_contents_size - 6;

/// A client and a server; what each sends is revealed.
struct Sides {
  SecretRandom client_random{1}, server_random{2};
  Machine<Client<>> client;
  Machine<Server<>> server;
  Time now{SteadyTime{std::chrono::hours(1)}, {}};
  std::vector<std::uint8_t> sent = secret_bytes(70, 1), returned = secret_bytes(40, 9);
  int delivered = 0, refused = 0;

  explicit Sides(bool wants_cookies = false) : Sides(key(), wants_cookies) {
    public_prefix = short_size;
  }
  ~Sides() { public_prefix = nullptr; }
  Sides(const Sides&) = delete;

  static void must_be(Bytes payload, const std::vector<std::uint8_t>& expected) {
    must(payload.size() > known && is_secret(payload.subspan(known)),
         "a payload is as secret where it arrives");
    std::vector<std::uint8_t> copy(payload.begin(), payload.end()), right = expected;
    reveal(copy);
    reveal(right);
    must(copy == right, "a payload arrives unchanged");
  }

  Frames caused(const auto& out, const std::vector<std::uint8_t>& expected) {
    refused += out.fault() ? 1 : 0;
    for (const auto& event : out.events)
      if (const auto* told = std::get_if<Delivered>(&event))
        must_be(told->payload, expected), ++delivered;
    Frames frames;
    for (const Frame& frame : out.transmit) {
      frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
      reveal(frames.back());
    }
    return frames;
  }
  Frames client_does(const auto& command) { return caused(client.handle(command, now), returned); }
  Frames server_does(const auto& command) { return caused(server.handle(command, now), sent); }
  Frames client_gets(Bytes frame) { return caused(client.receive({}, frame, now), returned); }
  Frames server_gets(Bytes frame) { return caused(server.receive({}, frame, now), sent); }
  Frames client_waits() { return caused(client.advance(now), returned); }
  Frames server_waits() { return caused(server.advance(now), sent); }

  Frames dial() {
    (void)server_does(Listen{});
    return client_does(Dial{Address::of(std::array<std::uint8_t, 4>{192, 0, 2, 9}, 6711), sent});
  }
  /// From the answer to Connect on, until both have heard each other.
  void establish(Bytes connected) {
    const Frames first = client_gets(connected);
    (void)server_gets(first.at(0));
    for (const auto& frame : server_waits()) (void)client_gets(frame);
    must(delivered == 1 && client.in<Client<>::Established>() && server.in<Server<>::Established>(),
         "both have heard each other");
  }
  /// Both agree on the end.
  void end() {
    const Frames answer = server_gets(client_does(Disconnect{}).at(0));
    (void)client_gets(answer.at(0));
    now.steady += 10s;
    (void)server_waits();
    must(client.in<Client<>::Ended>() && server.in<Server<>::Ended>(), "both have ended");
  }

 private:
  static x25519::PrivateKey key() {
    SecretRandom source(3);
    Random random(source);
    return *x25519::PrivateKey::generate(random);
  }
  Sides(x25519::PrivateKey identity, bool wants_cookies)
      : Sides(config(identity, wants_cookies), std::move(identity)) {}
  Sides(const Config& config, x25519::PrivateKey&& identity)
      : client(Context(config, Random(client_random))),
        server(Context(config, std::move(identity), Random(server_random))) {}
  static Config config(const x25519::PrivateKey& identity, bool wants_cookies) {
    Config made;
    made.server_key = identity.public_key();
    made.wants_cookies = wants_cookies;
    made.epoch_packets_max = 2;  // keys are replaced on the way
    return made;
  }
};

/// `frame` with the lowest bit of its last byte flipped: of a proof, of a tag.
std::vector<std::uint8_t> forged(std::vector<std::uint8_t> frame) {
  frame.back() ^= 1;
  return frame;
}

void run_session() {
  Sides s;
  const Frames connect = s.dial();
  const Frames connected = s.server_gets(connect.at(0));
  must(s.client_gets(forged(connected.at(0))).empty() && s.refused == 1,
       "a forged proof of the server's is refused");
  s.establish(connected.at(0));
  const auto& session = std::get<Client<>::Established>(s.client.engine().state()).session;
  must(is_secret(session.sending.key.bytes()) && is_secret(session.receiving.key.bytes()) &&
           is_secret(session.resumption.secret.bytes()),
       "the keys of both ways are secret, and what is left for another session");
  for (int i = 0; i < 4; ++i) {
    const Frames there = s.client_does(Send{s.sent});
    must(s.server_gets(forged(there.at(0))).empty(), "a forged packet is refused");
    (void)s.server_gets(there.at(0));
    (void)s.server_gets(there.at(0));  // again
    const Frames back = s.server_does(Send{s.returned});
    must(s.client_gets(forged(back.at(0))).empty(), "a forged packet is refused");
    (void)s.client_gets(back.at(0));
    // Each answers the other's new keys.
    s.now.steady += 1s;
    for (const auto& frame : s.client_waits()) (void)s.server_gets(frame);
    for (const auto& frame : s.server_waits()) (void)s.client_gets(frame);
  }
  must(s.delivered == 9 && s.refused == 1 + 4 * 3, "messages go both ways");
  must(session.sending.epoch > 0, "under other keys meanwhile");
  s.end();
}

void run_cookies() {
  Sides s(true);
  const Frames connect = s.dial();
  const Frames again = s.client_gets(s.server_gets(connect.at(0)).at(0));
  auto wrong = again.at(0);
  wrong[Address::size + 55 + 31] ^= 1;  // the cookie's last byte
  const Frames answer = s.server_gets(wrong);
  must(answer.at(0).size() == Address::size + CookieReply::size, "a forged cookie shows nothing");
  s.establish(s.server_gets(again.at(0)).at(0));
}

void run_resumption() {
  Sides first;
  first.establish(first.server_gets(first.dial().at(0)).at(0));
  first.end();
  auto& left = first.client.context().resumption;
  must(left && is_secret(left->secret.bytes()), "what is left is secret");
  reveal(left->id);  // it goes over the wire

  Sides s;
  s.server.context().resumptions.put({left->id, left->secret.dangerous_copy()}, Host{}, {1, 1},
                                     s.now);
  s.client.context().resumption = std::move(left);
  const Frames connect = s.dial();
  must(s.server_gets(forged(connect.at(0))).empty() && s.refused == 1,
       "a forged proof of what is left is refused");
  s.establish(s.server_gets(connect.at(0)).at(0));
  s.end();
}

constexpr Case all[] = {
    {"udp: a session with other keys on the way", run_session},
    {"udp: a client that has to show a cookie", run_cookies},
    {"udp: a session that goes on from another", run_resumption},
};

}  // namespace

std::span<const Case> udp_cases() { return all; }

}  // namespace constant_time
