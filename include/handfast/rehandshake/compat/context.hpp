#pragma once

// What both deployed roles are given, and what they check of every message.

#include "handfast/core/engine.hpp"
#include "handfast/crypto/hmac.hpp"
#include "handfast/crypto/random.hpp"
#include "handfast/rehandshake/compat/messages.hpp"
#include "handfast/wire/binary.hpp"

namespace handfast::rehandshake::compat {

/// What an application may choose.
struct Config {
  Duration timeout = 5s;  // for the whole exchange
};

/// The context of both roles. Move-only; not for two threads at once.
struct Context {
  explicit Context(const SessionKeys& k, Random r = {}, Config cfg = {})
      : config(cfg), session(k.session), proving(k.tx.bytes()), checking(k.rx.bytes()), random(r) {}

  /// The session is over: no key is left.
  void forget_keys() {
    proving = {};
    checking = {};
  }
  /// The MAC over a challenge, and nothing else, under the prover's TX.
  [[nodiscard]] Proof prove(const Challenge& challenge) { return proving.mac(challenge); }
  [[nodiscard]] bool proves(const Challenge& challenge, const Proof& proof) {
    return checking.verify(challenge, proof);
  }

  Time now;
  Link link;
  Config config;
  SessionId session{};
  KeyedHmacSha256 proving, checking;  // under TX and RX
  Random random;
};

using Links = List<LinkKind<"connection", Framing::frame, frame_size_max>>;

// The rules by which a handler may refuse an input, and the fault that each of them names. In this
// order the deployed programs check.

/// The message names our session.
struct SessionIsOurs {
  static constexpr Fault fault = Fault::wrong_session;
};
/// Its timestamp lies at most 30 s behind.
struct TimestampIsNotOld {
  static constexpr Fault fault = Fault::stale;
};
/// And at most 30 s ahead.
struct TimestampIsNotAhead {
  static constexpr Fault fault = Fault::too_far_ahead;
};
/// The proof is a MAC over our challenge by whoever has the keys.
struct PeerProves {
  static constexpr Fault fault = Fault::not_authentic;
};
/// The random source gave a challenge.
struct RandomSourceWorks {
  static constexpr Fault fault = Fault::random_source_failed;
};

/// What a run is known by: half of each challenge. Neither side has anything better, since no proof
/// covers more than one of them.
[[nodiscard]] inline Claim claim_of(const Challenge& challenge, const Challenge& counter,
                                    const Context& c, std::string_view role) {
  Claim claim{{}, {}, c.session, role};
  std::copy_n(challenge.begin(), 16, claim.transcript.begin());
  std::copy_n(counter.begin(), 16, claim.transcript.begin() + 16);
  return claim;
}

template <class Message>
void append(const Message& message, const Context& c, Frames& frames) {
  if (const auto bytes = wire::binary::encode(message)) frames.append(c.link, text_of(*bytes));
}

}  // namespace handfast::rehandshake::compat
