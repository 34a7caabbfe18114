// What a re-handshake costs beyond its primitives: both sides, from Start until the responder is
// done.
//
// The baseline is the same messages by hand: the HMACs of all proofs, made and checked, under keys
// that are there, and the two draws; the bytes in their places. No parsing, no states, no clock, no
// challenges remembered, nothing wiped. It is first shown to speak with the machines.

#include <cstring>
#include <stdexcept>
#include <string>

#include "handfast/rehandshake.hpp"
#include "tests/bench/pairs.hpp"

namespace {

using namespace handfast;
using namespace handfast::rehandshake;
using bench::Comparison;
using bench::Turn;
using Key = std::array<std::uint8_t, 32>;
template <std::size_t Size>
using Message = std::array<std::uint8_t, Size>;

// A run takes microseconds: as many are timed together.
constexpr int runs_a_time = 8, times_a_turn = 51;
// An HMAC is one that takes its key; the machines keep theirs in Botan's objects, which saves a
// compression each: more than the four calls of a run cost. Measured: 0.77 and 0.75 of 3.7 us and
// 2.2 us. Who re-handshakes each second pays for the 61 challenges that are remembered then: 0.82,
// no limit. Beside HMACs that have their keys already, 1.16 and 1.20: what the calls cost.
constexpr double limit = 1.15;

/// A measurement of something else than what was meant is worth nothing.
void must(bool holds, const char* what) {
  if (!holds) throw std::logic_error(std::string("not measured: ") + what);
}

constexpr SessionId session{1, 2, 3, 4, 5, 6, 7, 8};
SessionKeys keys_of(bool is_first) {
  const Key one{1}, two{2};
  return {session, Secret<32>::from(is_first ? one : two), Secret<32>::from(is_first ? two : one),
          0};
}

/// What of a message is always the same.
template <std::size_t Size>
Message<Size> begun(std::uint8_t version, std::uint8_t type) {
  Message<Size> message{version, type, 0, 0, 0, 0, 0, Size - header_size};
  std::ranges::copy(session, message.begin() + header_size);
  return message;
}
void write_big_endian(std::uint8_t* out, std::uint64_t number) {
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(number >> 8 * (7 - i));
}

/// A MAC under one key, which is taken for each, as a call of HMAC does, or beforehand.
template <bool is_keyed>
class Mac {
 public:
  explicit Mac(const Key& key) : key_(key) { take(); }

  void make(std::initializer_list<Bytes> parts, std::uint8_t* out) {
    if (!is_keyed) take();
    for (const Bytes part : parts) hmac_->update(part.data(), part.size());
    hmac_->final(out);
  }
  bool verify(std::initializer_list<Bytes> parts, const std::uint8_t* proof) {
    Key right;
    make(parts, right.data());
    return equal_in_constant_time(right, Bytes(proof, right.size()));
  }

 private:
  void take() { hmac_->set_key(key_.data(), key_.size()); }

  Key key_;
  std::unique_ptr<Botan::MessageAuthenticationCode> hmac_ =
      Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
};
void draw(std::uint8_t* out) { Botan::system_rng().randomize(out, 32); }
Key copy_of(const Secret<32>& from) {
  Key copy;
  std::ranges::copy(from.bytes(), copy.begin());
  return copy;
}
ProofKeys proof_keys_of(bool is_first) {
  Hkdf hkdf;
  return ProofKeys::of(keys_of(is_first), hkdf);
}

template <bool is_keyed>
struct HardenedByHand {
  Mac<is_keyed> own_initiator, own_responder, peer_initiator, peer_responder;
  Message<33> binding{};
  Message<96> request = begun<96>(2, 0x30), response = begun<96>(2, 0x31);
  Message<64> complete = begun<64>(2, 0x32);

  explicit HardenedByHand(bool is_first) : HardenedByHand(proof_keys_of(is_first)) {}
  explicit HardenedByHand(const ProofKeys& keys)
      : own_initiator(copy_of(keys.own_initiator)),
        own_responder(copy_of(keys.own_responder)),
        peer_initiator(copy_of(keys.peer_initiator)),
        peer_responder(copy_of(keys.peer_responder)) {}
  Bytes ask(std::uint64_t at) {
    draw(&request[24]);
    write_big_endian(&request[56], at);
    own_initiator.make({bytes_of("request"), binding, Bytes(request).first(64)}, &request[64]);
    return request;
  }
  /// What comes is kept: later proofs cover it.
  Bytes answer(Bytes from, std::uint64_t at) {
    std::memcpy(request.data(), from.data(), request.size());
    must(peer_initiator.verify({bytes_of("request"), binding, Bytes(request).first(64)},
                               &request[64]),
         "a REQUEST");
    draw(&response[24]);
    write_big_endian(&response[56], at);
    own_responder.make({bytes_of("response"), binding, request, Bytes(response).first(64)},
                       &response[64]);
    return response;
  }
  Bytes finish(Bytes from, std::uint64_t at) {
    std::memcpy(response.data(), from.data(), response.size());
    must(peer_responder.verify({bytes_of("response"), binding, request, Bytes(response).first(64)},
                               &response[64]),
         "a RESPONSE");
    write_big_endian(&complete[24], at);
    own_initiator.make(
        {bytes_of("complete"), binding, request, response, Bytes(complete).first(32)},
        &complete[32]);
    return complete;
  }
  void end(Bytes from) {
    must(peer_initiator.verify({bytes_of("complete"), binding, request, response, from.first(32)},
                               &from[32]),
         "a COMPLETE");
  }
};

template <bool is_keyed>
struct CompatByHand {
  Mac<is_keyed> tx, rx;
  Key wanted{};
  Message<64> request = begun<64>(1, 0x30), complete = begun<64>(1, 0x32);
  Message<96> response = begun<96>(1, 0x31);

  explicit CompatByHand(bool is_first) : CompatByHand(keys_of(is_first)) {}
  explicit CompatByHand(const SessionKeys& keys) : tx(copy_of(keys.tx)), rx(copy_of(keys.rx)) {}
  Bytes ask(std::uint64_t at) {
    draw(wanted.data());
    std::ranges::copy(wanted, &request[24]);
    write_big_endian(&request[56], at);
    return request;
  }
  Bytes answer(Bytes from, std::uint64_t at) {
    tx.make({from.subspan(24, 32)}, &response[24]);
    draw(wanted.data());
    std::ranges::copy(wanted, &response[56]);
    write_big_endian(&response[88], at);
    return response;
  }
  Bytes finish(Bytes from, std::uint64_t at) {
    must(rx.verify({wanted}, &from[24]), "a deployed RESPONSE");
    tx.make({from.subspan(56, 32)}, &complete[24]);
    write_big_endian(&complete[56], at);
    return complete;
  }
  void end(Bytes from) { must(rx.verify({wanted}, &from[24]), "a deployed COMPLETE"); }
};

template <class ByHand>
struct PairByHand {
  ByHand first{true}, second{false};

  void run(std::uint64_t at) {
    second.end(first.finish(second.answer(first.ask(at), at), at));
    benchmark::DoNotOptimize(second);
  }
};

/// Both sides as machines, between two runs of which some time passes.
template <class Profile>
struct Machines {
  Machine<Initiator<Profile>> first{context(true)};
  Machine<Responder<Profile>> second{context(false)};
  Duration between;
  Time now{SteadyTime{} + std::chrono::hours(1), UnixTime{} + std::chrono::hours(1'000'000)};

  explicit Machines(Duration b) : between(b) {}

  static auto context(bool is_first) {
    if constexpr (std::same_as<Profile, Compat>)
      return compat::Context(keys_of(is_first));
    else
      return rehandshake::Context(keys_of(is_first), ChannelBinding::none());
  }
  void pass() {
    now.steady += between;
    now.utc += std::chrono::duration_cast<std::chrono::milliseconds>(between);
  }
  auto ask() {
    if constexpr (std::same_as<Profile, Compat>)
      return first.handle(compat::Start{}, now);
    else
      return first.handle(Start{}, now);
  }
  void run() {
    pass();
    const auto asked = ask();
    const auto answered = second.receive(asked.transmit[0].bytes, now);
    const auto done = first.receive(answered.transmit[0].bytes, now);
    const auto shown = second.receive(done.transmit[0].bytes, now);
    benchmark::DoNotOptimize(shown);
  }
  [[nodiscard]] bool are_done() const {
    return first.template in<typename Initiator<Profile>::Confirmed>() &&
           second.template in<typename Responder<Profile>::Confirmed>();
  }
};

template <class Profile, class ByHand>
Comparison runs(const std::string& name, Duration between, double limit) {
  return {{{"rehandshake/" + name, limit}}, [between] {
            auto machines = std::make_shared<Machines<Profile>>(between);
            auto by_hand = std::make_shared<PairByHand<ByHand>>();
            for (int i = 0; i < 64; ++i) machines->run();  // as many challenges as there ever are
            return bench::Ways{[=](Turn& turn) {
                                 for (int i = 0; i < times_a_turn; ++i) {
                                   turn.time(0, [&] {
                                     for (int k = 0; k < runs_a_time; ++k) machines->run();
                                   });
                                   must(machines->are_done(), "both are done");
                                 }
                               },
                               [=](Turn& turn) {
                                 for (int i = 0; i < times_a_turn; ++i)
                                   turn.time(0, [&] {
                                     for (std::uint64_t k = 0; k < runs_a_time; ++k)
                                       by_hand->run(k);
                                   });
                               }};
          }};
}

/// Either side by hand speaks with the other as a machine.
template <class Profile, class ByHand>
void hold_to_the_machines() {
  Machines<Profile> machines(1s);
  ByHand first(true), second(false);
  const std::uint64_t at = unix_ms(machines.now);
  const auto asked = machines.ask();
  const auto done =
      machines.first.receive(second.answer(asked.transmit[0].bytes, at), machines.now);
  second.end(done.transmit[0].bytes);
  const auto answered = machines.second.receive(first.ask(at), machines.now);
  const auto shown =
      machines.second.receive(first.finish(answered.transmit[0].bytes, at), machines.now);
  must(shown.template event<Commit>() != nullptr, "messages by hand");
}

}  // namespace

int main(int count, char** arguments) {
  using Hand = HardenedByHand<false>;
  using KeyedHand = HardenedByHand<true>;
  using DeployedHand = CompatByHand<false>;
  using KeyedDeployedHand = CompatByHand<true>;
  hold_to_the_machines<Hardened, Hand>();
  hold_to_the_machines<Hardened, KeyedHand>();
  hold_to_the_machines<Compat, DeployedHand>();
  hold_to_the_machines<Compat, KeyedDeployedHand>();
  return bench::run(
      count, arguments,
      {{"hardened/run", runs<Hardened, Hand>("hardened/run", 61s, limit)},
       {"hardened/run_keyed", runs<Hardened, KeyedHand>("hardened/run_keyed", 61s, 0)},
       {"hardened/run_each_second", runs<Hardened, Hand>("hardened/run_each_second", 1s, 0)},
       {"compat/run", runs<Compat, DeployedHand>("compat/run", 61s, limit)},
       {"compat/run_keyed", runs<Compat, KeyedDeployedHand>("compat/run_keyed", 61s, 0)}});
}
