#include "tests/erasure/rehandshake_life.hpp"

namespace erasure {

using namespace handfast::rehandshake;

namespace {

constexpr SessionId session{5, 5, 5};

/// The keys of `epoch`, as one of the sides has them; `log` has the complements.
SessionKeys keys_in(const LoggedRandom& log, std::uint32_t epoch, bool is_first) {
  const auto one = [&](std::size_t index) {
    auto bytes = complement_of(log.private_keys.at(index));
    auto secret = Secret<32>::from(Bytes(bytes));
    wipe(bytes);
    return secret;
  };
  const std::size_t at = 2 * epoch;
  return {session, one(is_first ? at : at + 1), one(is_first ? at + 1 : at), epoch};
}
void draw_keys(LoggedRandom& log) {
  well_below([&] {
    Random random(log);
    (void)random.secret<32>();
    (void)random.secret<32>();
  });
}

std::string named(std::string_view what, std::uint32_t epoch) {
  return std::string(what) + " " + std::to_string(epoch);
}

std::vector<Watched> derived_from(const LoggedRandom& log) {
  std::vector<Watched> watched;
  Hkdf hkdf;
  for (std::uint32_t epoch = 0; 2 * epoch < log.private_keys.size(); ++epoch) {
    const SessionKeys keys = keys_in(log, epoch, true);
    const auto add = [&](std::string_view what, Bytes key) {
      watched.push_back({named(what, epoch), complement_of(key), true});
    };
    add("tx", keys.tx.bytes());
    add("rx", keys.rx.bytes());
    const auto salt = bytes_of(labels::salt);
    add("first's extract", hkdf.extract(salt, {keys.tx.bytes(), keys.rx.bytes()}).bytes());
    add("second's extract", hkdf.extract(salt, {keys.rx.bytes(), keys.tx.bytes()}).bytes());
    add("tx's extract", hkdf.extract(salt, keys.tx.bytes()).bytes());
    add("rx's extract", hkdf.extract(salt, keys.rx.bytes()).bytes());
    const ProofKeys proofs = ProofKeys::of(keys, hkdf);
    add("first initiates", proofs.own_initiator.bytes());
    add("first responds", proofs.own_responder.bytes());
    add("second initiates", proofs.peer_initiator.bytes());
    add("second responds", proofs.peer_responder.bytes());
    const DataKeys data = DataKeys::of(keys, hkdf);
    add("first's data", data.tx.bytes());
    add("second's data", data.rx.bytes());
  }
  return watched;
}

template <class M>
void expect_proofs(const M& machine, std::uint32_t epoch, Expected& expected) {
  if (machine && machine->state_name() != "Ended")
    for (const char* name :
         {"first initiates", "first responds", "second initiates", "second responds"})
      expected.needed.insert(named(name, epoch));
}
template <class M>
void expect_data(const M& machine, Expected& expected) {
  if (machine && machine->state_name() != "Ended")
    for (const char* name : {"first's data", "second's data"})
      expected.needed.insert(named(name, 0));
}

}  // namespace

template <class First, class Second>
KeysLife<First, Second>::KeysLife() {
  draw_keys(keys);
  well_below([&] {
    const auto context = [&](bool is_first) {
      if constexpr (std::same_as<typename First::Context, MigrationContext>)
        return MigrationContext(keys_in(keys, 0, is_first),
                                {ChannelBinding::none(), ChannelBinding::none()}, {}, {},
                                Random(challenges));
      else
        return rehandshake::Context(keys_in(keys, 0, is_first), ChannelBinding::none(), {},
                                    Random(challenges));
    };
    first = std::make_unique<Machine<First>>(context(true));
    second = std::make_unique<Machine<Second>>(context(false));
  });
}
template class KeysLife<Initiator<>, Responder<>>;
template class KeysLife<Migration<Part::initiator>, Migration<Part::responder>>;

void RehandshakeLife::shake_hands() {
  const Departure response = second_gets(first_does(Start{}).at(0));
  (void)second_gets(first_gets(response.at(0)).at(0));
}
void RehandshakeLife::rotate() {
  draw_keys(keys);
  ++epoch;
  well_below([&] {
    const SessionKeys one = keys_in(keys, epoch, true), two = keys_in(keys, epoch, false);
    (void)first->handle(Rotate{&one}, now);
    (void)second->handle(Rotate{&two}, now);
  });
}
Departure MigrationLife::send(int number) {
  const Payload payload(number);
  return first_does(Send{payload.bytes()});
}

std::vector<Watched> secrets_of(const RehandshakeLife& life) {
  return in_another_process([&] { return derived_from(life.keys); });
}
std::vector<Watched> secrets_of(const MigrationLife& life) {
  auto watched = in_another_process([&] { return derived_from(life.keys); });
  for (int i = 1; i <= 3; ++i) add_payload(watched, "payload " + std::to_string(i), i);
  return watched;
}
Expected expected_of(const RehandshakeLife& life) {
  Expected expected;
  expect_proofs(life.first, life.epoch, expected);
  expect_proofs(life.second, life.epoch, expected);
  return expected;
}
Expected expected_of(const MigrationLife& life) {
  Expected expected;
  expect_proofs(life.first, 0, expected);
  expect_proofs(life.second, 0, expected);
  expect_data(life.first, expected);
  expect_data(life.second, expected);
  return expected;
}

}  // namespace erasure
