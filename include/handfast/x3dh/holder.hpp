#pragma once

// The side that agrees with what it is sent: X3DH's Alice.

#include "handfast/x3dh/talking.hpp"

namespace handfast::x3dh {

namespace states {

/// The connection is there; the issuer speaks first.
struct AwaitingBundle {
  ConnectionId connection;
  Deadline<BundleOverdue> overdue;
  static constexpr auto fields = Fields{&AwaitingBundle::connection, &AwaitingBundle::overdue};

  /// Once as long as the issuer repeats it.
  void entered(const Context& c) {
    overdue = Deadline<BundleOverdue>::in(c.config.repeat * c.config.attempts, c.now);
  }
};

/// We have agreed; each message says with what, until one comes back.
template <class Profile>
struct AwaitingAnswer {
  SessionOf<Profile> session;
  std::uint32_t attempts = 0;
  Deadline<AnswerOverdue> overdue;
  static constexpr auto fields =
      Fields{&AwaitingAnswer::session, &AwaitingAnswer::attempts, &AwaitingAnswer::overdue};
};

}  // namespace states

template <class Profile>
struct Holder : Talking<Holder<Profile>, Profile> {
  using Talking = x3dh::Talking<Holder, Profile>;
  using typename Talking::OpenedMessage, typename Talking::Pending, typename Talking::Sealing,
      typename Talking::Session;
  using Context = x3dh::Context;
  using Links = x3dh::Links;
  using Bundle = typename HandshakeOf<Profile>::Bundle;
  using Initial = typename HandshakeOf<Profile>::Initial;
  using Idle = states::Idle;
  using AwaitingBundle = states::AwaitingBundle;
  using AwaitingAnswer = states::AwaitingAnswer<Profile>;
  using Established = states::Established<Profile>;
  using Ended = states::Ended;

  using Receives =
      handfast::detail::Concat<List<Bundle, Message, Empty>, typename Talking::AddedMessages>;
  using Commands =
      handfast::detail::Concat<List<Start, Send, Verify, Stop>, typename Talking::AddedCommands>;
  using Timers =
      handfast::detail::Concat<List<BundleOverdue, AnswerOverdue>, typename Talking::AddedTimers>;
  using Ends = List<Idle, Established, Ended>;

  // clang-format off
  using Beginning = Transitions<
    //  from            on             to              sends and tells
    Row<Idle,           Start,         AwaitingBundle, Requires<ConfigIsSound>>,
    Row<AwaitingBundle, BundleOverdue, Ended,          Tells<Closed>>,
    Authenticates<                                     // that the keys are the issuer's; that he is there comes later
    Row<AwaitingBundle, Bundle,        AwaitingAnswer, First, Tells<Running, Met>, StoresFirst,
                                                       Requires<ConnectionIsOurs, PeerIsExpected, OneTimeKeyIsThere, SignatureIsValid, KeysAgree, RandomSourceWorks>>>,
    Early<Profile,
    Row<AwaitingAnswer, Send,          AwaitingAnswer, First, StoresFirst, Requires<PeerIsVerified, PayloadIsThere, PayloadFits, FewEnoughUnanswered, RandomSourceWorks>>>,
    Row<AwaitingAnswer, AnswerOverdue, AwaitingAnswer, First, StoresFirst, Requires<RandomSourceWorks>>,
    Row<AwaitingAnswer, AnswerOverdue, Ended,          Tells<Closed>>,           // that was the last one
    Early<Profile,
    Row<AwaitingAnswer, Message,       Established,    Tells<Commit, handfast::Established, Delivered>, StoresFirst>,
    Ignore<AwaitingAnswer, Message>>,                  // never: the answer is the first that opens
    Row<AwaitingAnswer, Empty,         Established,    Tells<Commit, handfast::Established>, StoresFirst>,
    Row<AwaitingAnswer, Verify,        AwaitingAnswer, Tells<Verified>, Requires<FingerprintIsRight>>,
    Row<Idle,           Stop,          Ended,          Tells<Closed>>,
    Row<AwaitingBundle, Stop,          Ended,          Tells<Closed>>,
    Row<AwaitingAnswer, Stop,          Ended,          Tells<Closed>>,
    Ignore<Idle, Bundle, Message, Empty>,
    Ignore<AwaitingBundle, Message, Empty>,
    Ignore<AwaitingAnswer, Bundle>,                    // it was repeated
    Ignore<Established, Bundle>,
    Ignore<Ended, Bundle, Message, Empty>>;
  // clang-format on
  using Table =
      Join<Beginning, typename Talking::Rows,
           typename Talking::template AddedElsewhere<Idle, AwaitingBundle, AwaitingAnswer, Ended>>;

  // Input.

  using Wire = std::variant<Bundle, EncryptedMessage>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return Talking::template decode_any<Bundle, EncryptedMessage>(frame);
  }
  static OpenedMessage open(const AwaitingAnswer& s, const EncryptedMessage& sealed, Context& c,
                            Buffer& plaintext) {
    return Talking::open_with(s.session, sealed, c, plaintext);
  }
  static void commit(AwaitingAnswer& s, Pending&& pending, Context&) {
    (void)s.session.sealing.commit(std::move(pending));
  }
  using Talking::commit;
  using Talking::open;

  // Output.

  static void write(AwaitingAnswer& s, const First& m, Context& c, Frames& frames) {
    if (m.payload.empty()) {  // it is said for its own sake, and not because of the application
      ++s.attempts;
      s.overdue = Deadline<AnswerOverdue>::in(c.config.repeat, c.now);
    }
    // Double Ratchet, section 5.1: the keys go with each message until the other side has answered.
    const EncryptedMessage sealed = s.session.seal(m, c);
    c.wrapped.clear();
    wire::GrowingWriter inner(c.wrapped);
    (void)wire::protobuf::encode(sealed, inner);  // all its values are allowed
    const Terms& terms = s.session.terms;
    Initial initial;
    initial.identity = terms.holder;
    initial.ephemeral = terms.ephemeral;
    initial.signed_pre_key = terms.signed_pre_key;
    initial.one_time_pre_key = terms.one_time_pre_key;
    initial.message = c.wrapped.bytes();
    write_frame(initial, c, frames);
  }
  using Talking::write;

  static Next<Holder, Idle, Start> react(const Idle&, const Start& m, Context& c) {
    const bool is_sound =
        x3dh::is_sound<Profile>(c.config) && c.identity.has_key() && m.connection != ConnectionId{};
    if (auto broken = require<ConfigIsSound>(is_sound)) return broken;
    return go(AwaitingBundle{m.connection, {}});
  }
  static Next<Holder, AwaitingBundle, BundleOverdue> react(const AwaitingBundle&,
                                                           const BundleOverdue&, Context&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
  static Next<Holder, AwaitingBundle, Bundle> react(const AwaitingBundle& s, const Bundle& m,
                                                    Context& c) {
    const bool is_ours = m.connection == s.connection.view();
    if (auto broken = require<ConnectionIsOurs>(is_ours)) return broken;
    const bool is_expected =
        (!c.config.peer || *c.config.peer == m.identity) && m.identity != c.identity.public_key();
    if (auto broken = require<PeerIsExpected>(is_expected)) return broken;
    const bool is_there = m.one_time_pre_key.has_value() || !c.config.has_one_time_keys;
    if (auto broken = require<OneTimeKeyIsThere>(is_there)) return broken;
    // X3DH, section 3.3: the signature is checked first, and nothing agreed where it is wrong.
    const SignedPart<Profile> part(m.signed_pre_key, m.one_time_pre_key, s.connection);
    const bool is_signed = xeddsa::verify(m.identity, part.bytes(), m.signature).has_value();
    if (auto broken = require<SignatureIsValid>(is_signed)) return broken;

    const auto ephemeral = x25519::PrivateKey::generate(c.random);
    const auto salt = Sealing::draw(c.random);
    if (auto broken = require<RandomSourceWorks>(ephemeral && salt)) return broken;
    const Terms terms{c.identity.public_key(), m.identity,         m.signed_pre_key,
                      ephemeral->public_key(), m.one_time_pre_key, s.connection};
    auto agreed = agree_as_holder<Profile>(c.identity.agreeing(), *ephemeral, terms, c.config.info,
                                           c.hkdf, c.sha256);
    if (auto broken = require<KeysAgree>(agreed.has_value())) return broken;
    // The ephemeral key and what was agreed with it are gone when this returns (section 3.3).
    auto sealing = Sealing::of_holder(std::move(agreed->shared), terms, agreed->transcript, c);
    if (auto broken = require<RandomSourceWorks>(sealing.has_value())) return broken;
    AwaitingAnswer next;
    next.session = Session(terms, *agreed, std::move(*sealing), c.config.peer.has_value(), c);
    const Claim claim = next.session.claim("holder", terms.issuer, terms.holder);
    const Met met{m.identity, next.session.fingerprint};
    return go(std::move(next), saying({}, *salt), Running{claim}, met);
  }
  static Next<Holder, AwaitingAnswer, Send> react(AwaitingAnswer& s, const Send& m,
                                                  Context& c) requires(Profile::speaks_early) {
    if (auto broken = require<PeerIsVerified>(Talking::may_send(s.session, c))) return broken;
    if (auto broken = require<PayloadIsThere>(!m.payload.empty())) return broken;
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    const bool are_few = s.session.sealing.may_say_more();
    if (auto broken = require<FewEnoughUnanswered>(are_few)) return broken;
    const auto salt = Sealing::draw(c.random);
    if (auto broken = require<RandomSourceWorks>(salt.has_value())) return broken;
    return stay(saying(m.payload, *salt));
  }
  static Next<Holder, AwaitingAnswer, AnswerOverdue> react(const AwaitingAnswer& s,
                                                           const AnswerOverdue&, Context& c) {
    if (s.attempts >= c.config.attempts) return go(Ended{}, Closed{Fault::timed_out});
    const auto salt = Sealing::draw(c.random);
    if (auto broken = require<RandomSourceWorks>(salt.has_value())) return broken;
    return stay(saying({}, *salt));
  }
  static Next<Holder, AwaitingAnswer, Message> react(const AwaitingAnswer& s, const Message& m,
                                                     Context&) requires(Profile::speaks_early) {
    return go(Established{}, Commit{claim_of(s)}, handfast::Established{},
              Delivered{m.payload, s.session.is_verified});
  }
  static Next<Holder, AwaitingAnswer, Empty> react(const AwaitingAnswer& s, const Empty&,
                                                   Context&) {
    return go(Established{}, Commit{claim_of(s)}, handfast::Established{});
  }
  static Next<Holder, AwaitingAnswer, Verify> react(AwaitingAnswer& s, const Verify& m, Context&) {
    if (auto broken = require<FingerprintIsRight>(Talking::verify(s.session, m))) return broken;
    return stay(Verified{});
  }
  static Next<Holder, Idle, Stop> react(const Idle&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Holder, AwaitingBundle, Stop> react(const AwaitingBundle&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Holder, AwaitingAnswer, Stop> react(const AwaitingAnswer&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }
  using Talking::react;

 private:
  [[nodiscard]] static First saying(Bytes payload, const Salt& salt) {
    First first;
    first.payload = payload;
    first.salt = salt;
    return first;
  }
  [[nodiscard]] static Claim claim_of(const AwaitingAnswer& s) {
    const Terms& terms = s.session.terms;
    return s.session.claim("holder", terms.issuer, terms.holder);
  }
};

}  // namespace handfast::x3dh
