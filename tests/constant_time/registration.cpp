// Whole sessions of registration, all private keys and payloads secret from the moment they are
// there. What goes out is revealed as it leaves, and what a record is about (border.hpp); everything
// else stays secret, all the way to the other side's application.

#include "handfast/registration.hpp"
#include "handfast/core/machine.hpp"
#include "tests/constant_time/border.hpp"
#include "tests/constant_time/cases.hpp"
#include "tests/constant_time/secret_random.hpp"

namespace constant_time {
namespace {

using namespace handfast;
using namespace handfast::registration;

using Frames = std::vector<std::vector<std::uint8_t>>;

/// The size of a record's content before its payload; public keys are no payload.
std::size_t contents_header_size(std::uint8_t type) {
  static constexpr std::size_t sizes[] = {0,
                                          wire::frame_size<Route>.min,
                                          wire::frame_size<Routed>.min,
                                          wire::frame_size<Receipt>.min,
                                          wire::frame_size<Ping>.min,
                                          wire::frame_size<Pong>.min,
                                          wire::frame_size<registration::Superseded>.min};
  return type < std::size(sizes) ? sizes[type] : 0;
}

Config config() {
  Config made;
  made.audience = "example.org:443";
  made.names = {made.audience};
  return made;
}

/// A client and a server; what each sends is revealed.
struct Sides {
  SecretRandom client_random{1}, server_random{2};
  Machine<Client<>> client{Context{
      config(), *x25519::PrivateKey::generate(random_of(client_random)), Random(client_random)}};
  Machine<Server<>> server{Context{
      config(), *x25519::PrivateKey::generate(random_of(server_random)), Random(server_random)}};
  Time now{SteadyTime{std::chrono::hours(1)}, {}};
  std::vector<std::uint8_t> sent = secret_bytes(70, 1), returned = secret_bytes(40, 9);
  int forwarded = 0, delivered = 0, refused = 0;

  Sides() { public_prefix = contents_header_size; }
  ~Sides() { public_prefix = nullptr; }
  Sides(const Sides&) = delete;

  static void must_be(Bytes payload, const std::vector<std::uint8_t>& expected) {
    must(is_secret(payload), "a payload is as secret where it arrives");
    std::vector<std::uint8_t> copy(payload.begin(), payload.end()), right = expected;
    reveal(copy);
    reveal(right);
    must(copy == right, "a payload arrives unchanged");
  }

  Frames caused(const auto& out) {
    refused += out.fault() ? 1 : 0;
    for (const auto& event : out.events)
      std::visit(
          [&]<class E>(const E& told) {
            if constexpr (std::is_same_v<E, Forward>) must_be(told.payload, sent), ++forwarded;
            if constexpr (std::is_same_v<E, Delivered>)
              must_be(told.payload, returned), ++delivered;
          },
          event);
    Frames frames;
    for (const Frame& frame : out.transmit) {
      frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
      reveal(frames.back());
    }
    return frames;
  }
  Frames client_does(const auto& command) { return caused(client.handle(command, now)); }
  Frames server_does(const auto& command) { return caused(server.handle(command, now)); }
  Frames client_gets(Bytes frame) { return caused(client.receive({}, frame, now)); }
  Frames server_gets(Bytes frame) { return caused(server.receive({}, frame, now)); }

 private:
  static Random& random_of(SecretRandom& source) {
    static Random random;
    return random = Random(source);
  }
};

/// `frame` with the lowest bit of its last byte flipped, or of the character before the end of its
/// last text.
std::vector<std::uint8_t> forged(std::vector<std::uint8_t> frame) {
  auto& byte = frame[frame.size() - (frame[0] == '{' ? 4 : 1)];
  byte = frame[0] != '{' ? byte ^ 1 : byte == 'A' ? 'Q' : 'A';
  return frame;
}

void run_hardened() {
  Sides s;
  must(s.client_does(Connect{}).empty(), "a client waits");
  const Frames challenge = s.server_does(Accept{});
  const Frames response = s.client_gets(challenge.at(0));
  must(s.client_random.secret_draws() == 2 && s.server_random.secret_draws() == 2,
       "a lasting and a passing private key on each side");
  must(s.server_gets(forged(response.at(0))).empty() && s.refused == 1,
       "a forged proof is refused");
  must(s.server_gets(response.at(0)).empty() && s.server.in<Server<>::Admitting>(),
       "the right one is not");
  const Frames success = s.server_does(Admit{});
  must(s.client_gets(forged(success.at(0))).empty() && s.refused == 2, "nor the server's");
  must(s.client_gets(success.at(0)).empty(), "a client is registered");
  const auto& channel = std::get<Client<>::Registered>(s.client.engine().state()).channel;
  must(is_secret(channel.send_key.bytes()) && is_secret(channel.receive_key.bytes()),
       "the keys of both ways are secret");

  const x25519::PublicKey other = s.server.context().identity.public_key();
  for (int i = 0; i < 3; ++i) {
    const Frames route = s.client_does(Send{other, s.sent});
    (void)s.server_gets(forged(route.at(0)));
    (void)s.server_gets(route.at(0));
    (void)s.server_gets(route.at(0));  // again
    (void)s.client_gets(s.server_does(Report{1, Fate::forwarded}).at(0));
    (void)s.client_gets(s.server_does(Deliver{other, s.returned}).at(0));
  }
  must(s.forwarded == 3 && s.delivered == 3 && s.refused == 8, "messages go both ways");
  s.now.steady += 20s;
  const Frames ping = s.caused(s.client.advance(s.now));
  (void)s.client_gets(s.server_gets(ping.at(0)).at(0));
  (void)s.client_gets(s.server_does(Supersede{}).at(0));
  (void)s.server_does(LinkClosed{});
  must(s.client.in<Client<>::Ended>() && s.server.in<Server<>::Ended>(), "both have ended");
}

void run_declined() {
  Sides s;
  (void)s.client_does(Connect{});
  const Frames response = s.client_gets(s.server_does(Accept{}).at(0));
  (void)s.server_gets(response.at(0));
  const Frames failure = s.server_does(Decline{});
  must(s.client_gets(forged(failure.at(0))).empty() && s.refused == 1,
       "a forged refusal is refused");
  (void)s.client_gets(failure.at(0));
  must(s.client.in<Client<>::Ended>(), "the right one is not");
}

/// The size of a frame's content before its payload: what it acknowledges can be told from when it
/// comes.
std::size_t frame_contents_header_size(std::uint8_t) { return peer::contents_header_size; }

/// Two contacts; what each sends is revealed.
struct Contacts {
  SecretRandom alices_random{1}, bobs_random{2};
  Machine<Peer> alice{peer::Context({}, new_key(alices_random), Random(alices_random))};
  Machine<Peer> bob{peer::Context(bobs_config(), new_key(bobs_random), Random(bobs_random))};
  Time now{SteadyTime{std::chrono::hours(1)}, {}};
  std::vector<std::uint8_t> said = secret_bytes(70, 1);
  int delivered = 0, refused = 0;

  Contacts() { public_prefix = frame_contents_header_size; }
  ~Contacts() { public_prefix = nullptr; }
  Contacts(const Contacts&) = delete;

  static x25519::PrivateKey new_key(SecretRandom& source) {
    Random random(source);
    return *x25519::PrivateKey::generate(random);
  }
  static peer::Config bobs_config() {
    peer::Config config;
    config.session_time_max = 1h;  // then he has no session, and Alice has
    return config;
  }
  Frames caused(const auto& out) {
    refused += out.fault() ? 1 : 0;
    for (const auto& event : out.events)
      if (const auto* told = std::get_if<peer::Delivered>(&event))
        Sides::must_be(told->payload, said), ++delivered;
    Frames frames;
    for (const Frame& frame : out.transmit) {
      frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
      reveal(frames.back());
    }
    return frames;
  }
  Frames does(Machine<Peer>& who, const auto& command) { return caused(who.handle(command, now)); }
  /// It comes with a bit flipped, then as it was.
  Frames gets(Machine<Peer>& who, Bytes frame) {
    const int before = refused;
    must(caused(who.receive({}, forged({frame.begin(), frame.end()}), now)).empty() &&
             refused == before + 1,
         "what is forged is refused");
    return caused(who.receive({}, frame, now));
  }
  [[nodiscard]] static x25519::PublicKey key_of(const Machine<Peer>& who) {
    return who.context().identity.public_key();
  }
};

void run_contacts() {
  Contacts s;
  (void)s.does(s.alice, peer::Meet{Contacts::key_of(s.bob)});
  (void)s.does(s.bob, peer::Meet{Contacts::key_of(s.alice)});
  const Frames hello = s.does(s.alice, peer::Call{});
  const Frames ack = s.gets(s.bob, hello.at(0));
  must(s.alices_random.secret_draws() == 2 && s.bobs_random.secret_draws() == 2,
       "a lasting and a passing private key on each side");
  const Frames first = s.gets(s.alice, ack.at(0));
  (void)s.gets(s.alice, s.gets(s.bob, first.at(0)).at(0));
  must(s.alice.in<Peer::Established>() && s.bob.in<Peer::Established>(), "both have a session");
  for (int i = 0; i < 3; ++i) {
    const Frames late = s.does(s.alice, peer::Send{s.said}),
                 next = s.does(s.alice, peer::Send{s.said});
    (void)s.gets(s.bob, next.at(0));
    (void)s.gets(s.bob, late.at(0));                       // under a key that was kept
    (void)s.caused(s.bob.receive({}, late.at(0), s.now));  // again
    (void)s.gets(s.alice, s.does(s.bob, peer::Send{s.said}).at(0));
  }
  must(s.delivered == 9 && s.refused == 4 + 9 + 3, "messages go both ways, each once");
  // Bob has forgotten the session, says so, and is called again.
  s.now.steady += 1h;
  for (; !s.bob.in<Peer::Met>(); s.now.steady += 1s) (void)s.caused(s.bob.advance(s.now));
  const Frames lost = s.does(s.alice, peer::Send{s.said});
  const Frames none = s.caused(s.bob.receive({}, lost.at(0), s.now));
  must(none.at(0).size() == peer::NewSession::size, "who has no session says so");
  const Frames again = s.gets(s.alice, none.at(0));
  (void)s.gets(s.bob, s.gets(s.alice, s.gets(s.bob, again.at(0)).at(0)).at(0));
  (void)s.gets(s.bob, s.does(s.alice, peer::Send{s.said}).at(0));
  must(s.delivered == 10, "a message is heard in the new session");
}

constexpr Case all[] = {
    {"registration: two contacts, their messages and their next session", run_contacts},
    {"registration: a session of the hardened profile", run_hardened},
    {"registration: a client that is declined", run_declined},
};

}  // namespace

std::span<const Case> registration_cases() { return all; }

}  // namespace constant_time
