// What stdio's machines cost beyond their primitives: handshakes and records, both sides.
//
// The baseline is stdio_bare.hpp: the same primitives in the same order on Botan objects that live
// as long, the same copies, no parsing and no machine. It is first shown to speak the machines'
// protocol.

#include "tests/bench/pairs.hpp"
#include "tests/bench/stdio_sessions.hpp"

namespace {

using namespace sessions;
using bench::Comparison;
using bench::Turn;
using stdio::Compat;
using stdio::Hardened;

constexpr int records_a_turn = 101;
constexpr int handshakes_a_turn = 9;
constexpr double handshake_limit = 1.05, record_limit = 1.15;

enum Step : std::size_t { request_sent, request_received, response_sent, response_received };

std::vector<bench::Step> steps_of(const std::string& profile, const std::string& size,
                                  double limit) {
  const auto named = [&](const char* what) {
    return bench::Step{"stdio/" + profile + what + size, limit};
  };
  return {named("/request_sent_"), named("/request_received_"), named("/response_sent_"),
          named("/response_received_")};
}

/// A request and its response through both machines, each step timed.
template <class Profile>
void converse(Machines<Profile>& machines, Bytes payload, Turn& turn) {
  using Parent = stdio::Parent<Profile>;
  using Child = stdio::Child<Profile>;
  auto& [parent, child] = machines;
  Output<Parent> sent, received;
  Output<Child> delivered, answered;
  turn.time(request_sent, [&] { sent = parent.handle(stdio::Send{payload}, now); });
  const Bytes request = sent.transmit[0].bytes;
  turn.time(request_received,
            [&] { delivered = child.receive(stdio::channel_link, request, now); });
  const auto* const asked = delivered.template event<stdio::Delivered>();
  must(asked != nullptr && asked->payload.size() == payload.size(), "a request");
  const std::uint64_t correlation = asked->correlation;
  turn.time(response_sent, [&] {
    answered = child.handle(stdio::Respond{correlation, payload}, now);
  });
  const Bytes response = answered.transmit[0].bytes;
  turn.time(response_received,
            [&] { received = parent.receive(stdio::channel_link, response, now); });
  must(received.template event<stdio::Answered>() != nullptr, "a response");
}

/// The same by hand: the parent keeps the request to repeat it, the child its answer.
void converse(BareHardened& channel, std::uint64_t correlation, Bytes payload, Turn& turn) {
  auto& [of_parent, of_child, parent, child] = channel;
  Bytes record, contents;
  turn.time(request_sent,
            [&] { record = parent.request(correlation, parent.keep(correlation, payload)); });
  turn.time(request_received, [&] { contents = child.open(record); });
  must(contents.size() == bare::request_size + payload.size(), "a request by hand");
  turn.time(response_sent, [&] {
    child.keep(correlation, payload);
    record = child.response(correlation, payload);
  });
  turn.time(response_received, [&] { contents = parent.open(record); });
  must(contents.size() == bare::response_size + payload.size(), "a response by hand");
}
void converse(BareCompat& channel, std::uint64_t, Bytes payload, Turn& turn) {
  auto& [of_parent, of_child, parent, child] = channel;
  Bytes record;
  turn.time(request_sent, [&] { record = parent.seal(payload); });
  turn.time(request_received, [&] { child.open(record); });
  turn.time(response_sent, [&] {
    record = child.seal(payload);
    child.ratchet();
  });
  turn.time(response_received, [&] {
    parent.open(record);
    parent.ratchet();
  });
}

template <class Profile, class ByHand>
Comparison records(const std::string& profile, const std::string& name, std::size_t size,
                   double limit) {
  const std::vector<std::uint8_t> payload(size, 'x');
  return {steps_of(profile, name, limit), [payload] {
            auto machines = std::make_shared<Machines<Profile>>();
            machines->run();
            auto by_hand = std::make_shared<ByHand>(*machines, payload.size());
            return bench::Ways{[=](Turn& turn) {
                                 for (int i = 0; i < records_a_turn; ++i)
                                   converse(*machines, payload, turn);
                               },
                               [=, correlation = std::uint64_t{0}](Turn& turn) mutable {
                                 for (int i = 0; i < records_a_turn; ++i)
                                   converse(*by_hand, ++correlation, payload, turn);
                               }};
          }};
}

/// Both sides' handshake by hand, up to the record with which the child answers the first one.
void shake_hands(bare::Primitives& of_parent, bare::Primitives& of_child, BareHardened& channel) {
  const bare::KeyPair parent(of_parent);
  const bare::KeyPair child(of_child);
  const auto make = [&](bare::Primitives& p, const bare::KeyPair& mine,
                        const bare::KeyPair& theirs) {
    return bare::Bootstrap(p, mine.secret, theirs.shown, parent.shown, child.shown, 8080);
  };
  bare::Key confirmation, expected;
  const bare::Bootstrap at_child = make(of_child, child, parent);
  of_child.mac(at_child.confirmation, at_child.transcript, confirmation);
  const bare::Bootstrap at_parent = make(of_parent, parent, child);
  of_parent.mac(at_parent.confirmation, at_parent.transcript, expected);
  must(confirmation == expected, "a handshake by hand");
  channel.child.open(channel.parent.keepalive());
  channel.child.keepalive_ack();
}
void shake_hands(bare::Primitives& of_parent, bare::Primitives& of_child, BareCompat&) {
  const bare::KeyPair parent(of_parent);
  const bare::KeyPair child(of_child);
  const auto make = [&](bare::Primitives& p, const bare::KeyPair& mine,
                        const bare::KeyPair& theirs) {
    bare::Key shared, keys[2];
    Botan::Sodium::crypto_scalarmult_curve25519(shared.data(), mine.secret.data(),
                                                theirs.shown.data());
    p.hkdf(shared, Compat::directional_salt, {bytes_of("alice-to-bob")}, keys[0]);
    p.hkdf(shared, Compat::directional_salt, {bytes_of("bob-to-alice")}, keys[1]);
    benchmark::DoNotOptimize(keys);
  };
  make(of_child, child, parent);
  make(of_parent, parent, child);
}

template <class Profile, class ByHand>
Comparison handshake(const std::string& profile, double limit) {
  return {{{"stdio/" + profile + "/handshake", limit}}, [] {
            auto machines = std::make_shared<Machines<Profile>>();
            machines->run();
            auto by_hand = std::make_shared<ByHand>(*machines, 64);
            return bench::Ways{[=](Turn& turn) {
                                 for (int i = 0; i < handshakes_a_turn; ++i)
                                   turn.time(0, [&] { (void)machines->shake_hands(); });
                               },
                               [=](Turn& turn) {
                                 for (int i = 0; i < handshakes_a_turn; ++i)
                                   turn.time(0, [&] {
                                     shake_hands(by_hand->of_parent, by_hand->of_child, *by_hand);
                                   });
                               }};
          }};
}

/// The machine's record opens by hand, and the machine takes an answer that was made by hand.
template <class Profile, class ByHand>
void hold_to_the_machine() {
  Machines<Profile> machines;
  machines.run();
  ByHand by_hand(machines, 64);
  const auto payload = bytes_of("a payload");
  const auto sent = machines.parent.handle(stdio::Send{payload}, now);
  const Bytes opened = by_hand.child.open(sent.transmit[0].bytes);
  must(std::ranges::equal(opened.last(payload.size()), payload), "the machine's record by hand");
  if constexpr (stdio::HardenedProfile<Profile>) {
    const auto taken =
        machines.parent.receive(stdio::channel_link, by_hand.child.response(1, payload), now);
    must(taken.template event<stdio::Answered>() != nullptr, "a record made by hand");
  }
}

}  // namespace

int main(int count, char** arguments) {
  hold_to_the_machine<Hardened, BareHardened>();
  hold_to_the_machine<Compat, BareCompat>();
  return bench::run(
      count, arguments,
      {{"hardened/handshake", handshake<Hardened, BareHardened>("hardened", handshake_limit)},
       {"hardened/64B", records<Hardened, BareHardened>("hardened", "64B", 64, record_limit)},
       {"hardened/16KiB",
        records<Hardened, BareHardened>("hardened", "16KiB", 16384, record_limit)},
       {"compat/handshake", handshake<Compat, BareCompat>("compat", 0)},
       {"compat/64B", records<Compat, BareCompat>("compat", "64B", 64, 0)},
       {"compat/16KiB", records<Compat, BareCompat>("compat", "16KiB", 16384, 0)}});
}
