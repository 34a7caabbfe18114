#pragma once

// Running sessions of x3dh to be measured: the machines, and the same by hand.

#include <stdexcept>

#include "tests/bench/x3dh_bare.hpp"

namespace x3dh_sessions {

using namespace handfast;
using namespace std::chrono_literals;

inline const std::vector<std::uint8_t> payload(64, 'x');
inline const Time now{SteadyTime{} + 1h, UnixTime{} + 1'000'000h};

/// A measurement of something else than what was meant is worth nothing.
inline void must(bool holds, const char* what) {
  if (!holds) throw std::logic_error(std::string("not measured: ") + what);
}

inline const x3dh::ConnectionId connection =
    x3dh::ConnectionId::parse("f8a5bd14-5717-4562-b3fc-2c963f66afa6").value();

struct Machines {
  using Issuer = Machine<x3dh::Issuer<>>;
  using Holder = Machine<x3dh::Holder<>>;
  Issuer issuer{context()};
  Holder holder{context()};

  Machines() {
    Random random;
    issuer.context().signed_pre_key = x25519::PrivateKey::generate(random).value();
    agree();
  }
  static x3dh::Context context() {
    Random random;
    return x3dh::Context(xeddsa::PrivateKey::generate(random).value());
  }
  /// New machines on the old ones' Botan objects, from Start to where both are established.
  void agree() {
    issuer = Issuer(std::move(issuer.context()));
    holder = Holder(std::move(holder.context()));
    (void)holder.handle(x3dh::Start{connection}, now);
    const auto bundle = issuer.handle(x3dh::Start{connection}, now);
    const auto initial = holder.receive(bundle.transmit[0].bytes, now);
    const auto answer = issuer.receive(initial.transmit[0].bytes, now);
    const auto done = holder.receive(answer.transmit[0].bytes, now);
    must(done.event<Established>() != nullptr, "an agreement");
  }
  Bytes seal() { return holder.handle(x3dh::Send{payload}, now).transmit[0].bytes; }
  bool open(Bytes frame) { return issuer.receive(frame, now).event<x3dh::Delivered>() != nullptr; }
  bool say() { return open(seal()); }
  [[nodiscard]] std::size_t late_count() const {
    return std::get<x3dh::Issuer<>::Established>(issuer.engine().state())
        .session.sealing.ratchet.late_count();
  }
};

struct ByHand {
  bare::Primitives of_issuer, of_holder;
  bare::Identity issuers, holders;
  bare::KeyPair signed_pre_key{of_issuer};
  bare::Talker issuer, holder;

  ByHand() : ByHand(seed(), seed()) { agree(); }
  ByHand(const Secret<32>& issuers_seed, const Secret<32>& holders_seed)
      : issuers(of_issuer, issuers_seed),
        holders(of_holder, holders_seed),
        issuer(of_issuer, issuers, signed_pre_key, std::string(connection.view())),
        holder(of_holder, holders, signed_pre_key, std::string(connection.view())) {}

  /// One whose point has the sign bit 0.
  static Secret<32> seed() {
    Random random;
    for (;;) {
      auto seed = random.secret<32>().value();
      if (xeddsa::PrivateKey::from_seed(seed)) return seed;
    }
  }
  void agree() {
    holder.open(issuer.answer(holder.agree(issuer.bundle())));
    must(holder.is_signed, "an agreement by hand");
  }
  Bytes seal() { return holder.seal(payload); }
  bool open(Bytes frame) { return issuer.open(frame).size() == payload.size(); }
  bool say() { return open(seal()); }
};

}  // namespace x3dh_sessions
