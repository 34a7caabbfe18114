#include <map>
#include <set>

#include "handfast/testing/seeded.hpp"
#include "tests/udp/pair.hpp"

// Runs over a network that loses, repeats, delays and overtakes, with a client that moves, and
// somebody who copies packets to where he likes.

using namespace udp_hardened_test;

namespace {

struct Network {
  Network(std::uint64_t seed, Config config, unsigned loss)
      : numbers(seed), pair(pinned_config(config), config), loss_percent(loss) {}

  struct Travelling {
    Bits frame;
    bool is_to_server;
  };

  template <class Role>
  void take(const Result<Role>& result, bool is_from_client) {
    for (const Bits& frame : result.frames) {
      if (!is_from_client) sent_to[address_of(frame)] += frame.size() - Address::size;
      if (!is_from_client && address_of(frame) != where) continue;
      const unsigned copies = numbers.chance(loss_percent) ? 0 : 1 + numbers.chance(15);
      for (unsigned i = 0; i < copies; ++i) {
        const Address from = is_from_client && numbers.chance(copied_percent) ? thief : where;
        travelling.emplace(now + Duration(1ms) * static_cast<int>(1 + numbers.below(150)),
                           Travelling{coming_from(from, frame), is_from_client});
      }
    }
    for (const auto& event : result.events) {
      if (std::holds_alternative<Commit>(event))
        transcripts.insert(std::get<Commit>(event).claim.transcript);
      if (std::holds_alternative<Delivered>(event)) ++delivered[result.payload];
    }
  }
  /// Up to `end`, whatever is due and whatever arrives, in the order of time.
  void run(Duration duration) {
    const SteadyTime end = now + duration;
    for (;;) {
      SteadyTime next = end;
      if (client_due) next = std::min(next, client_due->at);
      if (server_due) next = std::min(next, server_due->at);
      if (!travelling.empty()) next = std::min(next, travelling.begin()->first);
      now = std::max(now, next);
      pair.client.now.steady = pair.server.now.steady = now;
      if (client_due && client_due->at <= now) {
        client(pair.client.settles());
      } else if (server_due && server_due->at <= now) {
        server(pair.server.settles());
      } else if (!travelling.empty() && travelling.begin()->first <= now) {
        const Travelling one = travelling.begin()->second;
        travelling.erase(travelling.begin());
        if (one.is_to_server) {
          received_from[address_of(one.frame)] += one.frame.size() - Address::size;
          server(pair.server.gets(one.frame));
        } else {
          client(pair.client.gets(coming_from(pair.server_address, one.frame)));
        }
      } else {
        return;
      }
      CHECK(sent_to[thief] <= received_from[thief]);
    }
  }
  void client(const Result<Client<>>& result) {
    take(result, true);
    client_due = result.due;
  }
  void server(const Result<Server<>>& result) {
    take(result, false);
    server_due = result.due;
  }

  testing::Seeded numbers;
  Pair pair;
  unsigned loss_percent, copied_percent = 0;
  SteadyTime now = pair.client.now.steady;
  Address where = pair.home, thief = host(66);
  std::multimap<SteadyTime, Travelling> travelling;
  std::optional<Due> client_due, server_due;
  std::map<Bits, int> delivered;
  std::set<std::array<std::uint8_t, 32>> transcripts;
  std::map<Address, std::uint64_t> sent_to, received_from;
};

Bits numbered(int number) {
  const std::string text = "message " + std::to_string(number);
  return bits(bytes_of(text));
}

}  // namespace

TEST_CASE("udp: where three of ten datagrams are lost a session begins, and is one", "[property]") {
  int first_count = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    Config config;
    config.wants_cookies = seed % 3 == 0;
    Network net(seed, config, 30);
    net.server(net.pair.server.does(Listen{}));
    net.client(net.pair.client.does(Dial{net.pair.server_address, bytes_of("first")}));
    net.run(8s);
    CHECK(net.pair.client.state() == "Established");
    CHECK(net.pair.server.state() == "Established");
    CHECK(net.transcripts.size() == 1);
    CHECK(net.delivered[bits(bytes_of("first"))] <= 1);
    first_count += net.delivered[bits(bytes_of("first"))];
  }
  CHECK(first_count > 50);  // it is repeated, but nobody says that it has come
}

TEST_CASE(
    "udp: nothing arrives twice, keys are replaced meanwhile, and after the noise all is well",
    "[property]") {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    INFO("seed " << seed);
    Config config;
    config.epoch_packets_max = 3 + seed % 5;
    Network net(seed, config, 20);
    net.server(net.pair.server.does(Listen{}));
    net.client(net.pair.client.does(Dial{net.pair.server_address, {}}));
    net.run(8s);
    REQUIRE(net.pair.server.state() == "Established");
    int sent = 0;
    for (int i = 0; i < 150; ++i) {
      if (net.numbers.chance(60))
        net.client(net.pair.client.does(Send{numbered(sent++)}));
      else
        net.server(net.pair.server.does(Send{numbered(sent++)}));
      if (net.numbers.chance(5)) net.where = host(static_cast<std::uint8_t>(20 + i % 40));
      net.copied_percent = i % 50 < 25 ? 20 : 0;
      net.run(Duration(1ms) * static_cast<int>(net.numbers.below(300)));
    }
    for (const auto& [payload, count] : net.delivered) CHECK(count == 1);
    CHECK(net.delivered.size() > 60);
    net.copied_percent = 0;
    net.loss_percent = 0;
    net.run(6s);
    // From where the client is now: what it says moves the session there.
    for (int i = 0; i < 3; ++i) {
      net.client(net.pair.client.does(Send{numbered(1000 + i)}));
      net.run(3s);
    }
    net.server(net.pair.server.does(Send{numbered(2000)}));
    net.run(1s);
    CHECK(net.delivered[numbered(1002)] == 1);
    CHECK(net.delivered[numbered(2000)] == 1);
    CHECK(net.pair.client.in<Client<>::Established>().session.sending.epoch > 3);
    net.client(net.pair.client.does(Disconnect{}));
    net.run(5s);
    CHECK(net.pair.client.state() == "Ended");
    CHECK(net.pair.server.state() == "Ended");
  }
}
