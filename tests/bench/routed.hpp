#pragma once

// A message on its way through a router, to be measured: the machines, and the same by hand from
// their keys. By hand means the primitives in the router's order, on Botan objects that live as
// long, with the copies that the protocol and Botan ask for: no parsing, no checks, no directory, no
// states.

#include <array>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "handfast/core/machine.hpp"
#include "handfast/registration/client.hpp"
#include "handfast/registration/router.hpp"

namespace routed {

using namespace handfast;
using namespace handfast::registration;
using Key = std::array<std::uint8_t, 32>;

inline const Time now{SteadyTime{} + std::chrono::hours(1), {}};

/// A measurement of something else than what was meant is worth nothing.
inline void must(bool holds, const char* what) {
  if (!holds) throw std::logic_error(std::string("not measured: ") + what);
}

/// No limit comes up, so that every message costs the same.
inline Config endless() {
  Config config;
  config.audience = "example.org:443";
  config.names = {config.audience};
  config.messages_a_second = config.frames_a_second = 4'000'000'000;
  return config;
}
inline x25519::PrivateKey new_key() {
  Random random;
  return x25519::PrivateKey::generate(random).value();
}
inline Router<> make_router(std::size_t connections_max) {
  RouterConfig config;
  config.connections_max = connections_max;
  return Router<>(Context(endless(), new_key()), config);
}

/// A client with a key of its own, on connection `number`.
class Member {
 public:
  explicit Member(std::uint32_t number) : link{number}, machine(Context(endless(), new_key())) {
    must(!machine.handle(Connect{}, now).fault(), "a client");
  }
  /// And registered.
  Member(Router<>& router, std::uint32_t number) : Member(number) {
    const std::vector<std::uint8_t> response = answer(router.opened(link, now));
    take(router, router.receive(link, response, now));
  }
  [[nodiscard]] std::vector<std::uint8_t> answer(const Router<>::Output& challenge) {
    const auto out = machine.receive(challenge.transmit[0].bytes, now);
    must(out.transmit.size() == 1, "a response");
    return {out.transmit[0].bytes.begin(), out.transmit[0].bytes.end()};
  }
  void take(Router<>& router, const Router<>::Output& success) {
    must(success.event<Joined>() != nullptr, "a registration");
    const Bytes frame = success.transmit[0].bytes;
    must(machine.receive(frame, now).event<Admitted>() != nullptr, "a registered client");
    must(router.drained(link, frame.size(), now).events.empty(), "bytes that have left");
  }
  [[nodiscard]] x25519::PublicKey key() const { return machine.context().identity.public_key(); }
  /// A frame to be routed; valid until the next.
  [[nodiscard]] Bytes record(const x25519::PublicKey& recipient, Bytes payload) {
    return machine.handle(Send{recipient, payload}, now).transmit[0].bytes;
  }
  Link link;
  Machine<Client<>> machine;
};

/// Two clients and their router.
struct Machines {
  Router<> router = make_router(10);
  Member sender{router, 1}, recipient{router, 2};

  [[nodiscard]] Router<>::Output carry(Bytes record) {
    return router.receive(sender.link, record, now);
  }
  void drained(const Router<>::Output& out) {
    const std::size_t sizes[]{out.transmit[0].bytes.size(), out.transmit[1].bytes.size()};
    must(router.drained(recipient.link, sizes[0], now).events.empty(), "the message");
    must(router.drained(sender.link, sizes[1], now).events.empty(), "the receipt");
  }
};

/// The keys and counters of one connection, the server's side.
struct Ends {
  Key send{}, receive{};
  std::uint64_t sent = 0;
};
inline Ends ends_of(const Router<>& router, Link link) {
  const auto& channel =
      std::get<Server<>::Registered>(router.machines().find(link)->state()).channel;
  Ends ends;
  std::ranges::copy(channel.send_key.bytes(), ends.send.begin());
  std::ranges::copy(channel.receive_key.bytes(), ends.receive.begin());
  ends.sent = channel.sent;
  return ends;
}

/// What the router does with a message, by hand.
class ByHand {
 public:
  explicit ByHand(Machines& machines)
      : sender_(ends_of(machines.router, machines.sender.link)),
        recipient_(ends_of(machines.router, machines.recipient.link)) {
    scratch_.reserve(1 << 18);
    contents_.resize(1 << 17);
    contents_[0] = 2;
    std::ranges::copy(machines.sender.key().bytes(), contents_.begin() + 1);
    message_.resize(1 << 17);
    receipt_.resize(64);
  }

  /// Opens the record, seals its payload for the recipient and the receipt for the sender.
  void carry(Bytes record) {
    run(*open_, sender_.receive, record.first(9), record.subspan(9));
    // type, id (8 bytes), recipient (32), payload
    payload_size_ = scratch_.size() - 41;
    std::memcpy(receipt_contents_.data() + 1, scratch_.data() + 1, 8);
    std::memcpy(contents_.data() + 33, scratch_.data() + 41, payload_size_);
    message_size_ = write(message_, recipient_, Bytes(contents_).first(33 + payload_size_));
    receipt_size_ = write(receipt_, sender_, receipt_contents_);
  }
  [[nodiscard]] Bytes message() const { return Bytes(message_).first(message_size_); }
  [[nodiscard]] Bytes receipt() const { return Bytes(receipt_).first(receipt_size_); }
  [[nodiscard]] std::size_t payload_size() const { return payload_size_; }

 private:
  void run(Botan::AEAD_Mode& mode, const Key& key, Bytes header, Bytes contents) {
    std::array<std::uint8_t, 12> nonce{};
    std::copy_n(header.begin() + 1, 8, nonce.begin() + 4);
    mode.set_key(key.data(), key.size());
    mode.set_associated_data(header.data(), header.size());
    mode.start(nonce.data(), nonce.size());
    scratch_.assign(contents.begin(), contents.end());
    mode.finish(scratch_);
  }
  std::size_t write(std::vector<std::uint8_t>& out, Ends& ends, Bytes contents) {
    out[0] = 2;
    const std::uint64_t counter = ++ends.sent;
    for (std::size_t i = 0; i < 8; ++i) out[8 - i] = static_cast<std::uint8_t>(counter >> (8 * i));
    run(*seal_, ends.send, Bytes(out).first(9), contents);
    std::memcpy(out.data() + 9, scratch_.data(), scratch_.size());
    return 9 + scratch_.size();
  }

  Ends sender_, recipient_;
  std::unique_ptr<Botan::AEAD_Mode> seal_ =
      Botan::AEAD_Mode::create_or_throw("ChaCha20Poly1305", handfast::detail::encryption);
  std::unique_ptr<Botan::AEAD_Mode> open_ =
      Botan::AEAD_Mode::create_or_throw("ChaCha20Poly1305", handfast::detail::decryption);
  Botan::secure_vector<std::uint8_t> scratch_;
  std::array<std::uint8_t, 10> receipt_contents_{3, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  std::vector<std::uint8_t> contents_, message_, receipt_;
  std::size_t payload_size_ = 0, message_size_ = 0, receipt_size_ = 0;
};

/// The same record through both gives the same frames.
inline void hold_to_the_machine() {
  Machines machines;
  ByHand by_hand(machines);
  for (const std::size_t size : {0u, 64u, 16384u}) {
    const std::vector<std::uint8_t> payload(size, 'x');
    const Bytes record = machines.sender.record(machines.recipient.key(), payload);
    by_hand.carry(record);
    const auto out = machines.carry(record);
    must(out.transmit.size() == 2, "a routed message");
    must(std::ranges::equal(out.transmit[0].bytes, by_hand.message()), "the message by hand");
    must(std::ranges::equal(out.transmit[1].bytes, by_hand.receipt()), "the receipt by hand");
    machines.drained(out);
  }
}

}  // namespace routed
