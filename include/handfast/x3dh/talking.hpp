#pragma once

// What both roles do in a session: rows, and what they do. `Issuer` and `Holder` have it.

#include "handfast/x3dh/hardened.hpp"

namespace handfast::x3dh {

/// The part of a side in a session.
template <class Role, class Profile>
struct Talking : Additions<Role, Profile> {
  using Additions = x3dh::Additions<Role, Profile>;
  using Session = SessionOf<Profile>;
  using Sealing = x3dh::Sealing<Profile>;
  using Pending = typename Sealing::Pending;
  using Established = states::Established<Profile>;
  using Ended = states::Ended;

  // clang-format off
  using Rows = Join<Transitions<
    Row<Established, Send,       Established, Message, StoresFirst, Requires<PeerIsVerified, PayloadIsThere, PayloadFits, ChainHasNumbers, RandomSourceWorks>>,
    Row<Established, Message,    Established, Tells<Delivered>, StoresFirst>,
    Row<Established, Empty,      Established, StoresFirst>,
    Row<Established, Verify,     Established, Tells<Verified>, Requires<FingerprintIsRight>>,
    Row<Established, Stop,       Ended, Tells<Closed>>>, typename Additions::AddedRows>;
  // clang-format on

  using OpenedMessage = std::expected<typename Sealing::Opened, Fault>;
  static OpenedMessage open(const Established& s, const EncryptedMessage& sealed, Context& c,
                            Buffer& plaintext) {
    return open_with(s.session, sealed, c, plaintext);
  }
  static void commit(Established& s, Pending&& pending, Context& c) {
    if (s.session.sealing.commit(std::move(pending))) s.entered(c);
  }

  static void write(Established& s, const Message& m, Context& c, Frames& frames) {
    write_frame(s.session.seal(m, c), c, frames);
  }
  static void write(Established& s, const Empty& m, Context& c, Frames& frames) {
    write_frame(s.session.seal(m, c), c, frames);
  }
  using Additions::write;

  static Next<Role, Established, Send> react(Established& s, const Send& m, Context& c) {
    if (auto broken = require<PeerIsVerified>(may_send(s.session, c))) return broken;
    if (auto broken = require<PayloadIsThere>(!m.payload.empty())) return broken;
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    if (auto broken = require<ChainHasNumbers>(s.session.sealing.has_numbers())) return broken;
    const auto salt = Sealing::draw(c.random);
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
  static Next<Role, Established, Stop> react(const Established&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }
  using Additions::react;

 protected:
  static OpenedMessage open_with(const Session& session, const EncryptedMessage& sealed, Context& c,
                                 Buffer& plaintext) {
    Pending pending;
    const auto payload = session.open(sealed, pending, c, plaintext);
    if (!payload) return std::unexpected(payload.error());
    return Sealing::read(*payload, std::move(pending));
  }
  /// The deployed message of the name of ours is `wrong_version`, whatever it is read as.
  template <class... Messages>
  [[nodiscard]] static std::expected<std::variant<Messages...>, Fault> decode_any(Bytes frame) {
    auto decoded = wire::protobuf::decode_any<Messages...>(frame);
    const bool may_be = !decoded || std::holds_alternative<EncryptedMessage>(*decoded);
    if (may_be && is_deployed_message(frame) &&
        !handfast::detail::planted<"deployed message not told apart">)
      return std::unexpected(Fault::wrong_version);
    return decoded;
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
