#pragma once

// What both roles do in a session: rows, and what they do. `Issuer` and `Holder` have it.

#include "handfast/core/next.hpp"
#include "handfast/core/output.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/x3dh/rules.hpp"
#include "handfast/x3dh/session.hpp"

namespace handfast::x3dh {

namespace states {

/// Nothing is under way.
struct Idle {};

/// Both have the keys.
struct Established {
  Session session;
  Deadline<KeysTooOld> late_keys;
  static constexpr auto fields = Fields{&Established::session, &Established::late_keys};

  template <class Left>
  requires requires(Left& left) { left.session; }
  void adopt(Left&& left) { session = std::move(left.session); }
  void entered(const Context& c) { late_keys.at = session.late_keys_end(c); }
};

/// The keys are forgotten.
struct Ended {
  void entered(Context& c) { c.forget_keys(); }
};

}  // namespace states

/// The part of a side in a session.
template <class Role>
struct Talking {
  using Established = states::Established;
  using Ended = states::Ended;

  // clang-format off
  using Rows = Transitions<
    Row<Established, Send,       Established, Message, StoresFirst, Requires<PeerIsVerified, PayloadIsThere, PayloadFits, ChainHasNumbers, RandomSourceWorks>>,
    Row<Established, Message,    Established, Tells<Delivered>, StoresFirst>,
    Row<Established, Empty,      Established, StoresFirst>,
    Row<Established, Verify,     Established, Tells<Verified>, Requires<FingerprintIsRight>>,
    Row<Established, KeysTooOld, Established>,
    Row<Established, Stop,       Ended, Tells<Closed>>>;
  // clang-format on

  using OpenedMessage = std::expected<handfast::Opened<Ratchet::Pending, Message, Empty>, Fault>;
  static OpenedMessage open(const Established& s, const EncryptedMessage& sealed, Context& c,
                            Buffer& plaintext) {
    return open_with(s.session, sealed, c, plaintext);
  }
  static void commit(Established& s, Ratchet::Pending&& pending, Context& c) {
    if (s.session.ratchet.commit(std::move(pending))) s.late_keys.at = s.session.late_keys_end(c);
  }

  static void write(Established& s, const Message& m, Context& c, Frames& frames) {
    write_frame(s.session.seal(m.payload, m.salt, c), c, frames);
  }
  static void write(Established& s, const Empty& m, Context& c, Frames& frames) {
    write_frame(s.session.seal({}, m.salt, c), c, frames);
  }

  static Next<Role, Established, Send> react(Established& s, const Send& m, Context& c) {
    if (auto broken = require<PeerIsVerified>(may_send(s.session, c))) return broken;
    if (auto broken = require<PayloadIsThere>(!m.payload.empty())) return broken;
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    if (auto broken = require<ChainHasNumbers>(s.session.ratchet.has_numbers())) return broken;
    const auto salt = c.random.template bytes<16>();
    if (auto broken = require<RandomSourceWorks>(salt.has_value())) return broken;
    return stay(Message{m.payload, *salt});
  }
  static Next<Role, Established, Message> react(Established& s, const Message& m, Context&) {
    return stay(Delivered{m.payload, s.session.is_verified});
  }
  static Next<Role, Established, Empty> react(Established&, const Empty&, Context&) {
    return stay();
  }
  static Next<Role, Established, Verify> react(Established& s, const Verify& m, Context&) {
    if (auto broken = require<FingerprintIsRight>(verify(s.session, m))) return broken;
    return stay(Verified{});
  }
  static Next<Role, Established, KeysTooOld> react(Established& s, const KeysTooOld&, Context& c) {
    s.session.forget_late_keys(c);
    s.late_keys.at = s.session.late_keys_end(c);
    return stay();
  }
  static Next<Role, Established, Stop> react(const Established&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }

 protected:
  static OpenedMessage open_with(const Session& session, const EncryptedMessage& sealed, Context& c,
                                 Buffer& plaintext) {
    Ratchet::Pending pending;
    const auto payload = session.open(sealed, pending, c, plaintext);
    if (!payload) return std::unexpected(payload.error());
    if (payload->empty())
      return handfast::Opened<Ratchet::Pending, Message, Empty>{Empty{}, std::move(pending)};
    return handfast::Opened<Ratchet::Pending, Message, Empty>{Message{*payload, {}},
                                                              std::move(pending)};
  }
  [[nodiscard]] static bool may_send(const Session& session, const Context& c) {
    return session.is_verified || !c.config.wants_verified ||
           handfast::detail::planted<"unverified peer is sent to">;
  }
  [[nodiscard]] static bool verify(Session& session, const Verify& m) {
    if (!equal_in_constant_time(session.fingerprint, m.fingerprint) &&
        !handfast::detail::planted<"any fingerprint verifies">)
      return false;
    session.is_verified = true;
    return true;
  }
};

}  // namespace handfast::x3dh
