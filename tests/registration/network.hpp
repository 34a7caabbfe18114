#pragma once

// A router and its clients in one process, with wires that a test can hold up, cut and look into.

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "handfast/core/machine.hpp"
#include "handfast/registration/client.hpp"
#include "handfast/registration/router.hpp"
#include "handfast/testing/seeded_random.hpp"
#include "tests/machines/registration.hpp"

namespace router_test {

using namespace handfast;
using namespace handfast::registration;
using namespace std::chrono_literals;
using Kept = std::vector<std::uint8_t>;
using When = ToClose::When;

inline constexpr std::string_view own_name = "example.org:443";

[[nodiscard]] inline Kept keep(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// The private key of client `number`, 0 for the server's: 32 bytes.
[[nodiscard]] inline Kept secret_bytes_of(std::uint32_t number) {
  Kept bytes(32, 1);
  for (std::size_t i = 0; i < 4; ++i) bytes[i + 8] = static_cast<std::uint8_t>(number >> (8 * i));
  return bytes;
}
[[nodiscard]] inline x25519::PrivateKey identity_of(std::uint32_t number) {
  return x25519::PrivateKey::from(Bytes(secret_bytes_of(number))).value();
}
[[nodiscard]] inline x25519::PublicKey key_of(std::uint32_t number) {
  return identity_of(number).public_key();
}

inline Config default_config() {
  Config config;
  config.audience = own_name;
  config.names = {std::string(own_name)};
  return config;
}

/// A client's machine at its end of a connection, and what it was told.
struct Party {
  struct Message {
    x25519::PublicKey sender;
    std::string text;
  };

  Party(Config config, std::uint32_t number, Random random)
      : machine(Context(std::move(config), identity_of(number), random)) {}

  Machine<Client<>> machine;
  std::deque<Kept> incoming;  // what the router has sent and it has not read
  std::optional<When> to_close;
  bool reads = true;
  std::optional<bool> admitted;  // and whether it has replaced another
  std::vector<Message> messages;
  std::map<std::uint64_t, Fate> receipts;
  std::optional<Fault> ended;
  std::optional<Fault> refused;  // the last frame that it did not take

  [[nodiscard]] bool is_registered() const { return machine.in<Client<>::Registered>(); }
  [[nodiscard]] std::size_t unread_size() const {
    std::size_t size = 0;
    for (const Kept& frame : incoming) size += frame.size();
    return size;
  }
  void note(const Output<Client<>>& out) {
    for (const auto& event : out.events) {
      if (const auto* e = std::get_if<Admitted>(&event)) admitted = e->replaced;
      if (const auto* e = std::get_if<Delivered>(&event))
        messages.push_back({e->sender, std::string(text_of(e->payload))});
      if (const auto* e = std::get_if<Receipted>(&event)) receipts[e->id] = e->fate;
      if (const auto* e = std::get_if<Closed>(&event)) ended = e->fault;
      if (const auto* e = std::get_if<Rejected>(&event)) refused = e->fault;
    }
  }
};

class Network {
 public:
  explicit Network(RouterConfig router_config = {}, Config config = default_config())
      : random_(1), router(Context(config, identity_of(0), Random(random_)), router_config) {}

  /// The application's part of one call: frames go to their connections, events are kept.
  void take(const Router<>::Output& out) {
    for (const Frame& frame : out.transmit)
      if (const auto found = parties.find(frame.link.number); found != parties.end())
        found->second->incoming.push_back(keep(frame.bytes));
    for (const ToClose& close : out.to_close) {
      closes.push_back(close);
      if (const auto found = parties.find(close.connection.number); found != parties.end())
        found->second->to_close = close.when;
    }
    events.insert(events.end(), out.events.begin(), out.events.end());
    deadline = out.deadline;
  }

  /// Client `number` connects on `connection`; the challenge is on its way.
  Party& connect(std::uint32_t connection, std::uint32_t number,
                 const Config& config = default_config()) {
    auto& party = parties[connection];
    party = std::make_unique<Party>(config, number, Random(random_));
    (void)party->machine.handle(Connect{}, now);
    take(router.opened(Link{connection}, now));
    return *party;
  }
  /// The same, and all of the registration.
  Party& enter(std::uint32_t connection, std::uint32_t number) {
    Party& party = connect(connection, number);
    run();
    return party;
  }
  /// Somebody connects who has no machine, and says nothing by itself.
  void open_raw(std::uint32_t connection) { take(router.opened(Link{connection}, now)); }
  void receive_raw(std::uint32_t connection, Bytes frame) {
    take(router.receive(Link{connection}, frame, now));
  }

  /// The client on `connection` sends `text` to client `recipient`; its id.
  std::uint64_t send(std::uint32_t connection, const x25519::PublicKey& recipient, Bytes payload) {
    const auto out = at(connection).machine.handle(Send{recipient, payload}, now);
    if (out.transmit.empty()) return 0;
    const std::uint64_t id = out.event<Sent>()->id;
    take(router.receive(Link{connection}, out.transmit[0].bytes, now));
    return id;
  }
  std::uint64_t send(std::uint32_t connection, std::uint32_t recipient, std::string_view text) {
    return send(connection, key_of(recipient), bytes_of(text));
  }
  /// The same to where it has arrived, with what became of it.
  std::optional<Fate> ask(std::uint32_t connection, std::uint32_t recipient,
                          std::string_view text) {
    const std::uint64_t id = send(connection, recipient, text);
    run();
    const auto& receipts = at(connection).receipts;
    const auto found = receipts.find(id);
    return found == receipts.end() ? std::nullopt : std::optional(found->second);
  }

  /// Everything on its way arrives, and what that causes, where clients read; then the connections
  /// that are to be closed are.
  void run() {
    for (bool moves = true; moves;) {
      moves = false;
      for (auto& [number, party] : parties)
        while (party->reads && !party->incoming.empty()) {
          moves = true;
          read_one(number, *party);
        }
    }
    if (!obeys) return;
    for (const ToClose& close : std::exchange(closes, {}))
      if (const auto found = parties.find(close.connection.number);
          found != parties.end() && found->second->to_close)
        hang_up(close.connection.number);
  }
  void read_one(std::uint32_t number, Party& party) {
    const Kept frame = std::move(party.incoming.front());
    party.incoming.pop_front();
    take(router.drained(Link{number}, frame.size(), now));
    const auto out = party.machine.receive(frame, now);
    party.note(out);
    for (const Frame& answer : out.transmit) take(router.receive(Link{number}, answer.bytes, now));
  }
  /// The connection is cut.
  void hang_up(std::uint32_t connection) {
    if (const auto found = parties.find(connection); found != parties.end()) {
      Party& party = *found->second;
      party.to_close.reset();
      party.incoming.clear();
      party.note(party.machine.handle(LinkClosed{}, now));
    }
    take(router.closed(Link{connection}, now));
  }
  /// Time passes for the router, to the nanosecond when each deadline comes.
  void wait(Duration duration) {
    const SteadyTime end = now.steady + duration;
    while (router.deadline() && router.deadline()->at <= end) {
      now.steady = std::max(now.steady, router.deadline()->at);
      take(router.advance(now));
    }
    now.steady = end;
  }
  /// Time passes for the clients too, a step at a time; what they say then arrives.
  void live(Duration duration, Duration step = 1s) {
    for (const SteadyTime end = now.steady + duration; now.steady < end;) {
      wait(step);
      for (auto& [number, party] : parties) {
        const auto out = party->machine.advance(now);
        party->note(out);
        for (const Frame& frame : out.transmit)
          take(router.receive(Link{number}, frame.bytes, now));
      }
      run();
    }
  }

  [[nodiscard]] testing::SeededRandom& random() { return random_; }
  [[nodiscard]] Party& at(std::uint32_t connection) { return *parties.at(connection); }
  template <class E>
  [[nodiscard]] std::vector<E> told() const {
    std::vector<E> found;
    for (const auto& event : events)
      if (const E* one = std::get_if<E>(&event)) found.push_back(*one);
    return found;
  }
  template <class E>
  [[nodiscard]] std::optional<E> last() const {
    const auto all = told<E>();
    return all.empty() ? std::nullopt : std::optional(all.back());
  }
  /// What the router was told to forget, it has.
  [[nodiscard]] bool is_empty() const {
    return router.registered_count() == 0 && router.unregistered_count() == 0 &&
           router.connection_count() == 0 && router.machines().size() == 0 && !router.deadline();
  }

 private:
  testing::SeededRandom random_;

 public:
  Router<> router;
  Time now{SteadyTime{} + 1h, {}};
  std::map<std::uint32_t, std::unique_ptr<Party>> parties;  // by connection
  std::vector<Router<>::Event> events;
  std::vector<ToClose> closes;
  std::optional<Due> deadline;
  bool obeys = true;  // closes what it is told to close
};

}  // namespace router_test
