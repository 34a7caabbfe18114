// The router against plain maps, under whatever its clients and its application may do.

#include <set>
#include <tuple>

#include "tests/support/property.hpp"
//
#include "tests/registration/network.hpp"

using namespace router_test;

namespace {

constexpr std::uint32_t connections_count = 12, clients_count = 6;
constexpr std::uint32_t faults_max = 3;
constexpr std::size_t registered_max = 4, unregistered_max = 3;

RouterConfig config_with(Duplicates duplicates) {
  return {duplicates, registered_max, unregistered_max, faults_max};
}

/// What is told, as plain values.
struct Departure {
  std::uint32_t connection = 0, client = 0;  // 0: nobody was registered
  Fault why{};
  auto operator<=>(const Departure&) const = default;
};
struct Arrival {
  std::uint32_t connection = 0, client = 0, replaced = 0;  // 0: nobody
  auto operator<=>(const Arrival&) const = default;
};
using Closings = std::multiset<std::pair<std::uint32_t, When>>;

/// What should be there.
struct Model {
  enum class Is { waiting, registered, leaving };
  struct Connection {
    std::uint32_t client = 0;
    Is is = Is::waiting;
    SteadyTime until;
    std::uint64_t arrival = 0;
    std::uint32_t faults = 0;
  };
  std::map<std::uint32_t, Connection> connections;
  std::map<std::uint32_t, std::uint32_t> directory;  // client to connection
  std::uint64_t arrivals = 0;
  std::multiset<Departure> departures;
  std::vector<Arrival> arrived;
  Closings closings;

  [[nodiscard]] std::size_t unregistered_count() const {
    return connections.size() - directory.size();
  }
  /// One of those connections, any; 0 if there is none.
  [[nodiscard]] std::uint32_t one_of(Is what, std::uint32_t any) const {
    std::vector<std::uint32_t> found;
    for (const auto& [number, one] : connections)
      if (one.is == what) found.push_back(number);
    return found.empty() ? 0 : found[any % found.size()];
  }
  [[nodiscard]] bool is(std::uint32_t connection, Is what) const {
    const auto found = connections.find(connection);
    return found != connections.end() && found->second.is == what;
  }
  void end(std::uint32_t connection, Fault why) {
    const Connection& gone = connections.at(connection);
    if (gone.is == Is::registered) directory.erase(gone.client);
    if (gone.is != Is::leaving)
      departures.insert({connection, gone.is == Is::registered ? gone.client : 0, why});
    connections.erase(connection);
  }
  void dismiss(std::uint32_t connection, Fault why, When when = When::at_once) {
    end(connection, why);
    closings.insert({connection, when});
  }
  void open(std::uint32_t connection, std::uint32_t client, SteadyTime now) {
    if (unregistered_count() == unregistered_max) {
      std::pair<std::uint64_t, std::uint32_t> oldest{~std::uint64_t{0}, 0};
      for (const auto& [number, one] : connections)
        if (one.is != Is::registered) oldest = std::min(oldest, {one.arrival, number});
      dismiss(oldest.second, Fault::limit_reached);
    }
    connections[connection] = {client, Is::waiting, now + 10s, ++arrivals, 0};
  }
  void prove(std::uint32_t connection, Duplicates duplicates, SteadyTime now) {
    Connection& one = connections.at(connection);
    const auto other = directory.find(one.client);
    std::uint32_t replaced = 0;
    if (other != directory.end()) {
      if (duplicates == Duplicates::refuse)
        return dismiss(connection, Fault::already_registered, When::when_sent);
      replaced = other->second;
      departures.insert({replaced, one.client, Fault::superseded});
      closings.insert({replaced, When::when_sent});
      Connection& old = connections.at(replaced);
      old.is = Is::leaving;
      old.until = now + 10s;
      old.arrival = ++arrivals;
    } else if (directory.size() == registered_max)
      return dismiss(connection, Fault::limit_reached);
    directory[one.client] = connection;
    one.is = Is::registered;
    one.until = now + 50s;
    arrived.push_back({connection, one.client, replaced});
  }
  void bad_frame(std::uint32_t connection, Fault fault) {
    const auto found = connections.find(connection);
    if (found == connections.end()) return;
    if (found->second.is != Is::registered || ++found->second.faults == faults_max)
      dismiss(connection, fault);
  }
  void pass(SteadyTime now) {
    for (bool more = true; more;) {
      more = false;
      for (const auto& [number, one] : connections)
        if (one.until <= now) {
          dismiss(number, one.is == Is::registered ? Fault::peer_lost : Fault::timed_out);
          more = true;
          break;
        }
    }
  }
};

struct Trial {
  explicit Trial(Duplicates policy) : duplicates(policy), network(config_with(policy), config()) {
    network.obeys = false;
    for (std::uint32_t n = 1; n <= clients_count; ++n) keys.push_back(key_of(n));
  }

  static Config config() {
    Config config = default_config();
    config.messages_at_once = 1'000'000;
    return config;
  }
  [[nodiscard]] std::uint32_t client_of(const x25519::PublicKey& key) const {
    return static_cast<std::uint32_t>(std::ranges::find(keys, key) - keys.begin()) + 1;
  }

  /// One thing happens, and everything is as the model says.
  void step(unsigned kind, std::uint32_t connection, std::uint32_t client, unsigned number) {
    using Is = Model::Is;
    const std::size_t rejected = network.told<Rejected>().size();
    std::size_t rejects = 0;
    switch (kind) {
      case 0:
      case 1:
        if (model.connections.contains(connection)) {
          network.open_raw(connection);
          ++rejects;
        } else {
          network.connect(connection, client).reads = false;
          model.open(connection, client, network.now.steady);
        }
        break;
      case 2:
      case 3:
        connection = model.one_of(Is::waiting, connection);
        if (connection == 0) break;
        network.at(connection).reads = true;
        network.run();
        model.prove(connection, duplicates, network.now.steady);
        break;
      case 4:
      case 5: send(model.one_of(Is::registered, connection), client); break;
      case 6:
        network.hang_up(connection);
        if (model.connections.contains(connection)) model.end(connection, Fault::link_closed);
        break;
      case 7:
        network.wait(number * 200ms);
        model.pass(network.now.steady);
        break;
      default: rejects += spoil(connection, client, number); break;
    }
    network.run();
    RC_ASSERT(network.told<Rejected>().size() == rejected + rejects);
    compare();
  }

  void send(std::uint32_t connection, std::uint32_t client) {
    if (connection == 0) return;
    const std::string text = "message " + std::to_string(++sent);
    const auto to = model.directory.find(client);
    const bool is_there = to != model.directory.end();
    RC_ASSERT(network.ask(connection, client, text) ==
              (is_there ? Fate::forwarded : Fate::not_available));
    model.connections.at(connection).until = network.now.steady + 50s;
    std::size_t copies = 0;
    for (const auto& [number, one] : model.connections)
      for (const auto& message : network.at(number).messages)
        if (message.text == text) {
          ++copies;
          RC_ASSERT(number == to->second);
          RC_ASSERT(message.sender == keys[model.connections.at(connection).client - 1]);
        }
    RC_ASSERT(copies == (is_there ? 1u : 0u));
  }

  /// A frame that is no good: nonsense, or another's name in a response.
  std::size_t spoil(std::uint32_t connection, std::uint32_t client, unsigned number) {
    if (number % 2 == 0 && model.is(connection, Model::Is::waiting) &&
        model.connections.at(connection).client != client) {
      Party& party = network.at(connection);
      const auto out = party.machine.receive(party.incoming.front(), network.now);
      auto response = std::get<ChallengeResponse>(
          *Server<>::decode({}, out.transmit[0].bytes, network.router.context()));
      response.from = keys[client - 1];
      network.receive_raw(connection, bytes_of(*wire::json::encode(response)));
      model.bad_frame(connection, Fault::not_authentic);
    } else {
      network.receive_raw(connection, bytes_of("?"));
      model.bad_frame(connection, Fault::wrong_version);
    }
    return 1;
  }

  void compare() {
    std::multiset<Departure> departures;
    for (const auto& left : network.told<Left>())
      departures.insert({left.connection.number, left.key ? client_of(*left.key) : 0, left.why});
    RC_ASSERT(departures == model.departures);
    std::vector<Arrival> arrived;
    for (const auto& joined : network.told<Joined>())
      arrived.push_back({joined.connection.number, client_of(joined.key),
                         joined.replaced.value_or(Link{}).number});
    RC_ASSERT(arrived == model.arrived);
    Closings closings;
    for (const ToClose& close : network.closes)
      closings.insert({close.connection.number, close.when});
    RC_ASSERT(closings == model.closings);

    const auto& router = network.router;
    RC_ASSERT(router.registered_count() == model.directory.size());
    RC_ASSERT(router.unregistered_count() == model.unregistered_count());
    RC_ASSERT(router.connection_count() == model.connections.size());
    RC_ASSERT(router.machines().size() == model.connections.size());
    for (std::uint32_t client = 1; client <= clients_count; ++client) {
      const auto found = model.directory.find(client);
      RC_ASSERT(
          router.connection_of(keys[client - 1]) ==
          (found == model.directory.end() ? std::nullopt : std::optional(Link{found->second})));
    }
    SteadyTime first = never;
    for (const auto& [number, one] : model.connections) first = std::min(first, one.until);
    RC_ASSERT(router.deadline().value_or(Due{}).at <= first);  // or earlier: one was put off
  }

  Duplicates duplicates;
  Network network;
  Model model;
  std::vector<x25519::PublicKey> keys;
  unsigned sent = 0;
};

}  // namespace

TEST_CASE("registration: a router agrees with plain maps whatever its clients do", "[property]") {
  const auto step =
      rc::gen::tuple(rc::gen::inRange(0u, 9u), rc::gen::inRange(1u, connections_count + 1),
                     rc::gen::inRange(1u, clients_count + 1), rc::gen::inRange(0u, 60u));
  const auto steps = rc::gen::scale(
      3.0,
      rc::gen::container<std::vector<std::tuple<unsigned, unsigned, unsigned, unsigned>>>(step));
  rc::prop("any clients", [&](bool replaces) {
    Trial trial(replaces ? Duplicates::replace : Duplicates::refuse);
    for (const auto& [kind, connection, client, number] : *steps)
      trial.step(kind, connection, client, number);
    for (std::uint32_t n = 1; n <= connections_count; ++n) trial.network.hang_up(n);
    RC_ASSERT(trial.network.is_empty());
  });
}
