#pragma once

// Messengers and a router in one process, with wires between them that a test can hold up and cut.

#include <functional>

#include "handfast/registration/messenger.hpp"
#include "tests/machines/registration_peer.hpp"
#include "tests/registration/network.hpp"

namespace router_test {

/// A messenger at its end of a connection, and what it was told.
struct Person {
  using Ticket = Messenger::Ticket;

  Person(std::uint32_t number, Random random, MessengerConfig config)
      : messenger(connected(std::move(config)), secret_of(number), random) {}

  static MessengerConfig connected(MessengerConfig config) {
    config.connection = default_config();
    return config;
  }
  static Secret<32> secret_of(std::uint32_t number) {
    const Kept bytes = secret_bytes_of(number);
    return Secret<32>::from(std::span<const std::uint8_t, 32>(bytes));
  }

  Messenger messenger;
  std::deque<Kept> incoming;
  std::vector<std::pair<x25519::PublicKey, std::string>> heard;
  std::map<Ticket, Fate> handed;
  std::vector<Ticket> opened, undelivered;
  std::optional<Fault> refused;
  std::optional<x25519::PublicKey> refused_by;  // or to whom
  int registered = 0, disconnected = 0, sent = 0;

  void note(const Messenger::Output& out) {
    for (const auto& event : out.events) {
      if (const auto* e = std::get_if<Messenger::Heard>(&event))
        heard.emplace_back(e->contact, text_of(e->payload));
      if (const auto* e = std::get_if<Messenger::Handed>(&event)) handed[e->ticket] = e->fate;
      if (const auto* e = std::get_if<Messenger::Opened>(&event)) opened.push_back(e->ticket);
      if (const auto* e = std::get_if<Messenger::Undelivered>(&event))
        undelivered.push_back(e->ticket);
      if (const auto* e = std::get_if<Messenger::Rejected>(&event))
        refused = e->fault, refused_by = e->contact;
      registered += std::holds_alternative<Messenger::Registered>(event);
      disconnected += std::holds_alternative<Messenger::Disconnected>(event);
    }
  }
  [[nodiscard]] bool has_opened(Ticket ticket) const {
    return std::ranges::find(opened, ticket) != opened.end();
  }
};

/// A router and messengers, person N on connection N.
struct Office {
  Office() : random(1), router(Context(default_config(), identity_of(0), Random(random))) {}

  Person& enter(std::uint32_t number, MessengerConfig config = {}) {
    people[number] = std::make_unique<Person>(number, Random(random), config);
    connect(number);
    return *people[number];
  }
  void connect(std::uint32_t number) {
    did(number, people[number]->messenger.connect(now));
    take(router.opened(Link{number}, now));
    run();
  }
  void hang_up(std::uint32_t number) {
    people[number]->incoming.clear();
    did(number, people[number]->messenger.disconnected(now));
    take(router.closed(Link{number}, now));
  }
  /// What person `from` says to `to`; 0 where it may not.
  Messenger::Ticket say(std::uint32_t from, std::uint32_t to, std::string_view text) {
    const auto out = people[from]->messenger.say(key_of(to), bytes_of(text), now);
    const auto* said = out.event<Messenger::Said>();
    const auto ticket = said ? said->ticket : 0;
    did(from, out);
    return ticket;
  }
  void run() {
    for (bool moves = true; moves;) {
      moves = false;
      for (auto& [number, person] : people)
        while (!person->incoming.empty()) {
          moves = true;
          const Kept frame = std::move(person->incoming.front());
          person->incoming.pop_front();
          if (loses && loses(number, frame)) continue;
          take(router.drained(Link{number}, frame.size(), now));
          did(number, person->messenger.receive(frame, now));
        }
    }
  }
  void live(Duration duration, Duration step = 500ms) {
    for (const SteadyTime end = now.steady + duration; now.steady < end;) {
      now.steady += step;
      while (router.deadline() && router.deadline()->at <= now.steady) take(router.advance(now));
      for (auto& [number, person] : people) did(number, person->messenger.advance(now));
      run();
    }
  }
  void did(std::uint32_t number, const Messenger::Output& out) {
    people[number]->note(out);
    std::vector<Kept> frames;
    for (const Frame& frame : out.transmit) frames.push_back(keep(frame.bytes));
    people[number]->sent += static_cast<int>(frames.size());
    for (const Kept& frame : frames) take(router.receive(Link{number}, frame, now));
  }
  void take(const Router<>::Output& out) {
    for (const Frame& frame : out.transmit)
      if (const auto found = people.find(frame.link.number); found != people.end())
        found->second->incoming.push_back(keep(frame.bytes));
  }

  testing::SeededRandom random;
  Time now{SteadyTime{} + 1h, {}};
  Router<> router;
  std::map<std::uint32_t, std::unique_ptr<Person>> people;
  std::function<bool(std::uint32_t, const Kept&)> loses;
};

}  // namespace router_test
