#pragma once

// Issuer and holder with a connector between them that does what a test says.

#include <deque>
#include <string>
#include <vector>

#include "handfast/testing/seeded_random.hpp"
#include "handfast/x3dh.hpp"
#include "handfast/x3dh/counter.hpp"
#include "handfast/x3dh/documented.hpp"
#include "tests/support/catch.hpp"

namespace x3dh_test {

using namespace handfast;
using namespace handfast::x3dh;
using Frames = std::deque<std::vector<std::uint8_t>>;

inline ConnectionId connection(std::string_view text = "f8a5bd14-5717-4562-b3fc-2c963f66afa6") {
  return ConnectionId::parse(text).value();
}

/// One side: a machine, its clock's present, and what it was told.
template <class Role>
struct Side {
  Machine<Role> machine;
  Frames sent;
  std::vector<std::string> delivered;
  std::optional<Fault> fault;  // of the last call
  std::optional<Met> met;
  std::optional<Claim> running, committed;
  std::optional<Closed> closed;
  std::optional<Synchronized> synchronized;
  bool is_verified = false, is_established = false, stores_first = false;
  std::optional<Due> due;
  Time now{};

  explicit Side(x3dh::Context context) : machine(std::move(context)) {}

  template <class Command>
  bool handle(const Command& command) {
    return take(machine.handle(command, now));
  }
  bool receive(Bytes frame) { return take(machine.receive(frame, now)); }
  /// Lets time pass until the next deadline.
  bool wait() {
    REQUIRE(due);
    now.utc += std::chrono::ceil<std::chrono::milliseconds>(due->at - now.steady);
    now.steady = due->at;
    return advance();
  }
  bool advance() { return take(machine.advance(now)); }
  bool send(std::string_view text) { return handle(Send{bytes_of(text)}); }
  std::vector<std::uint8_t> frame() {
    REQUIRE_FALSE(sent.empty());
    auto first = std::move(sent.front());
    sent.pop_front();
    return first;
  }
  std::string snapshot() const {
    return std::string(text_of(machine.dangerous_snapshot().bytes()));
  }

 private:
  bool take(const Output<Role>& output) {
    fault = output.fault();
    due = output.deadline;
    stores_first = output.store_before_transmit;
    for (const Frame& one : output.transmit) sent.emplace_back(one.bytes.begin(), one.bytes.end());
    for (const auto& event : output.events) std::visit([&](const auto& one) { note(one); }, event);
    return !fault;
  }
  void note(const Delivered& event) {
    delivered.emplace_back(text_of(event.payload));
    is_verified = event.is_verified;
  }
  void note(const Met& event) { met = event; }
  void note(const Running& event) { running = event.claim; }
  void note(const Commit& event) { committed = event.claim; }
  void note(const Closed& event) { closed = event; }
  void note(const Synchronized& event) { synchronized = event; }
  void note(const Established&) { is_established = true; }
  template <class Event>
  void note(const Event&) {}
};

template <class Profile>
struct PairOf {
  testing::SeededRandom source;
  Random random{source};
  Side<Issuer<Profile>> issuer;
  Side<Holder<Profile>> holder;

  explicit PairOf(std::uint64_t seed = 1, const Config& issuers = {}, const Config& holders = {})
      : source(seed), issuer(context(issuers)), holder(context(holders)) {
    issuer.machine.context().signed_pre_key = x25519::PrivateKey::generate(random).value();
  }

  x3dh::Context context(const Config& config) {
    return x3dh::Context(xeddsa::PrivateKey::generate(random).value(), config, random);
  }
  /// Of a process that goes on where `side` was: the same identity.
  template <class Role>
  x3dh::Context context_of(const Side<Role>& side, const Config& config = {}) {
    Buffer stored;
    SnapshotWriter writer(stored);
    side.machine.context().identity.dangerous_write(writer);
    SnapshotReader reader(stored.bytes());
    xeddsa::PrivateKey same;
    REQUIRE(same.dangerous_read(reader));
    return x3dh::Context(std::move(same), config, random);
  }
  void start() {
    REQUIRE(holder.handle(Start{connection()}));
    REQUIRE(issuer.handle(Start{connection()}));
  }
  /// Carries what is under way until nothing is.
  void carry() {
    while (!issuer.sent.empty() || !holder.sent.empty()) {
      if (!issuer.sent.empty()) (void)holder.receive(issuer.frame());
      if (!holder.sent.empty()) (void)issuer.receive(holder.frame());
    }
  }
  PairOf& establish() {
    start();
    carry();
    REQUIRE(issuer.is_established);
    REQUIRE(holder.is_established);
    return *this;
  }
};
using Pair = PairOf<Hardened>;

/// The side goes on from what it would have stored now.
template <class Role>
void restore(Side<Role>& side) {
  const Buffer stored = side.machine.dangerous_snapshot();
  x3dh::Context context(std::move(side.machine.context()));
  auto restored = Machine<Role>::dangerous_restore(std::move(context), stored.bytes());
  REQUIRE(restored);
  CHECK(text_of(restored->dangerous_snapshot().bytes()) == text_of(stored.bytes()));
  side.machine = std::move(*restored);
}

}  // namespace x3dh_test
