// What udp's machines cost beyond their primitives: packets of one session, packets of many that
// share a listener, and new sessions.
//
// The baseline is udp_sessions.hpp. It is first shown to make the machines' packets byte for byte.

#include <random>

#include "tests/bench/pairs.hpp"
#include "tests/bench/udp_sessions.hpp"

namespace {

using namespace udp_sessions;
using bench::Comparison;
using bench::Turn;

// A short packet is sealed in less than a microsecond: as many are timed together.
constexpr std::size_t packets_a_time = 16, times_a_turn = 51;
constexpr int connects_a_turn = 9;
constexpr double connect_limit = 1 / 0.9;

enum Step : std::size_t { sealed, opened };

// Measured, sealed and opened: of one session 1.06 and 1.09 for a short packet, which takes 0.34 us by
// hand, 1.02 and 1.03 for a long one; of 1000 sessions 1.09 and 1.14, 1.05 and 1.09. A packet touches
// nine lines of a listener's session, and two of what there is by hand: with another busy program on
// the same core it was up to 1.3 and 1.4 for a short one of 1000.
constexpr double limit = 1.15;

std::vector<bench::Step> steps_of(const std::string& kind, const std::string& size) {
  return {{"udp/" + kind + "/sealed_" + size, limit}, {"udp/" + kind + "/opened_" + size, limit}};
}

/// Packets of one session: client and server have its keys in their ciphers all the time.
struct Session1 {
  Machines machines;
  ByHand by_hand;
  Flow flow = Flow::of(session_of(machines.client.engine()), address_of(1));
  std::vector<Bits> frames = std::vector<Bits>(packets_a_time);
  Bits payload;

  explicit Session1(std::size_t size) : payload(size, 'x') {
    by_hand.set_seal_key(flow);
    by_hand.set_open_key(flow);
  }
  void ours(Turn& turn) {
    turn.time(sealed, [&] {
      for (std::size_t i = 0; i < packets_a_time; ++i)
        must(machines.client.handle(Send{payload}, now).transmit.size() == 1, "a packet");
    });
    for (Bits& frame : frames) frame = frame_of(machines.client.handle(Send{payload}, now));
    std::size_t delivered = 0;
    turn.time(opened, [&] {
      for (const Bits& frame : frames)
        delivered += machines.server.receive(frame, now).event<Delivered>() != nullptr;
    });
    must(delivered == packets_a_time, "packets");
  }
  void bare(Turn& turn) {
    turn.time(sealed, [&] {
      for (std::size_t i = 0; i < packets_a_time; ++i)
        benchmark::DoNotOptimize(by_hand.seal(flow, payload));
    });
    for (Bits& frame : frames) {
      const Bytes made = by_hand.seal(flow, payload);
      frame.assign(made.begin(), made.end());
    }
    std::size_t size = 0;
    turn.time(opened, [&] {
      for (const Bits& frame : frames) size += by_hand.open(frame).size();
    });
    must(size == packets_a_time * payload.size(), "packets by hand");
  }
};

Comparison alone(const std::string& name, std::size_t size) {
  return {steps_of("alone", name), [size] {
            auto session = std::make_shared<Session1>(size);
            return bench::Ways{[=](Turn& turn) {
                                 for (std::size_t i = 0; i < times_a_turn; ++i) session->ours(turn);
                               },
                               [=](Turn& turn) {
                                 for (std::size_t i = 0; i < times_a_turn; ++i) session->bare(turn);
                               }};
          }};
}

/// Packets of many sessions in random order: the listener's ciphers are given another key for each.
/// Time goes on from packet to packet, and with it the deadlines.
struct Many {
  static constexpr std::size_t count = 1000;

  Crowd crowd{count};
  ByHand by_hand, client;
  std::vector<Flow> clients, flows;  // what each client sends, and by hand its server
  std::vector<Link> links;
  std::vector<std::size_t> order;
  std::size_t at = 0;
  Time time = now;
  std::vector<Bits> frames = std::vector<Bits>(packets_a_time);

  Many() {
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(Flow::of(session_of(crowd.members[i]->client.engine()), address_of(i)));
      links.push_back(crowd.members[i]->link);
      order.push_back(i);
    }
    flows = clients;
    std::ranges::shuffle(order, std::mt19937{7});
  }
  std::size_t next() { return order[at++ % count]; }
  const Time& later() {
    time.steady += std::chrono::microseconds(1);
    return time;
  }

  /// What the next clients send. They are elsewhere: their machines are no part of this, and do not
  /// take their places in the caches.
  void fill(Bytes payload) {
    const std::size_t from = at;
    for (Bits& frame : frames) {
      Flow& flow = clients[next()];
      client.set_seal_key(flow);
      const Bytes made = client.seal(flow, payload);
      frame.assign(made.begin(), made.end());
    }
    at = from;
  }
  void ours(Turn& turn, Bytes payload) {
    turn.time(sealed, [&] {
      for (std::size_t i = 0; i < packets_a_time; ++i) {
        const Link link = links[next()];
        must(crowd.listener.handle(link, Send{payload}, later()).transmit.size() == 1, "a packet");
      }
    });
    fill(payload);
    std::size_t delivered = 0;
    turn.time(opened, [&] {
      for (const Bits& frame : frames)
        delivered += crowd.listener.receive(frame, later()).event<Delivered>() != nullptr;
    });
    at += packets_a_time;
    must(delivered == packets_a_time, "packets");
  }
  void bare(Turn& turn, Bytes payload) {
    turn.time(sealed, [&] {
      for (std::size_t i = 0; i < packets_a_time; ++i) {
        Flow& flow = flows[next()];
        by_hand.set_seal_key(flow);
        benchmark::DoNotOptimize(by_hand.seal(flow, payload));
      }
    });
    fill(payload);
    std::size_t size = 0;
    turn.time(opened, [&] {
      for (const Bits& frame : frames) {
        by_hand.set_open_key(flows[next()]);
        size += by_hand.open(frame).size();
      }
    });
    must(size == packets_a_time * payload.size(), "packets by hand");
  }
};

Comparison of_many(const std::string& name, std::size_t size) {
  const Bits payload(size, 'x');
  return {steps_of("of_1000", name), [payload] {
            static Many many;
            return bench::Ways{[=](Turn& turn) {
                                 for (std::size_t i = 0; i < times_a_turn; ++i)
                                   many.ours(turn, payload);
                               },
                               [=](Turn& turn) {
                                 for (std::size_t i = 0; i < times_a_turn; ++i)
                                   many.bare(turn, payload);
                               }};
          }};
}

/// A new session at a listener, from Connect to where the client has come back.
void connect(Listener& listener, bool is_pinned, Turn& turn) {
  static std::size_t number = 0;
  Config config = endless();
  config.is_pinned = is_pinned;
  if (is_pinned) config.server_key = identity().public_key();
  Machine<Client<>> client{Context(config)};
  const Bits connect = frame_of(client.handle(Dial{address_of(++number), {}}, now));
  Bits connected;
  const double answered =
      turn.measure([&] { connected = frame_of(listener.receive(connect, now)); });
  const Bits first = frame_of(client.receive(connected, now));
  Output<Server<>> out;
  const double begun = turn.measure([&] { out = listener.receive(first, now); });
  const Link link = out.link;
  must(out.event<handfast::Established>() != nullptr, "a session");
  turn.note(0, answered + begun);
  // It is over at once, so that there are never many.
  (void)listener.handle(link, Disconnect{}, now);
  (void)listener.handle(link, Disconnect{}, now);
  must(listener.find(link) == nullptr, "an end");
}

/// The least that the server has to compute: its ephemeral key, and the agreements.
void agree_by_hand(bool is_pinned) {
  Key secret, shown, shared;
  static const Key theirs = [] {
    Key key{9};
    Botan::Sodium::crypto_scalarmult_curve25519_base(key.data(), Key{8}.data());
    return key;
  }();
  Botan::system_rng().randomize(secret.data(), secret.size());
  Botan::Sodium::crypto_scalarmult_curve25519_base(shown.data(), secret.data());
  Botan::Sodium::crypto_scalarmult_curve25519(shared.data(), secret.data(), theirs.data());
  benchmark::DoNotOptimize(shared);
  if (is_pinned)
    Botan::Sodium::crypto_scalarmult_curve25519(shared.data(), secret.data(), theirs.data());
  benchmark::DoNotOptimize(shared);
}

Comparison connects(const std::string& name, bool is_pinned) {
  return {{{"udp/connects/" + name, connect_limit}}, [is_pinned] {
            auto listener = std::make_shared<Listener>(
                Listener::make(Crowd::config_for(1024), identity()).value());
            return bench::Ways{[=](Turn& turn) {
                                 for (int i = 0; i < connects_a_turn; ++i)
                                   connect(*listener, is_pinned, turn);
                               },
                               [=](Turn& turn) {
                                 for (int i = 0; i < connects_a_turn; ++i)
                                   turn.time(0, [&] { agree_by_hand(is_pinned); });
                               }};
          }};
}

/// The machine's packet is the one made by hand, and opens by hand.
void hold_to_the_machine() {
  for (const std::size_t size : {std::size_t{64}, payload_size_max}) {
    Session1 session(size);
    const Bits sent = frame_of(session.machines.client.handle(Send{session.payload}, now));
    must(std::ranges::equal(session.by_hand.seal(session.flow, session.payload), sent),
         "the machine's packet by hand");
    must(std::ranges::equal(session.by_hand.open(sent), session.payload),
         "what is in the machine's packet");
    must(session.machines.server.receive(sent, now).event<Delivered>() != nullptr, "a packet");
  }
}

}  // namespace

int main(int count, char** arguments) {
  hold_to_the_machine();
  return bench::run(count, arguments,
                    {{"alone/64B", alone("64B", 64)},
                     {"alone/1188B", alone("1188B", payload_size_max)},
                     {"of_1000/64B", of_many("64B", 64)},
                     {"of_1000/1188B", of_many("1188B", payload_size_max)},
                     {"connects/unpinned", connects("unpinned", false)},
                     {"connects/pinned", connects("pinned", true)}});
}
