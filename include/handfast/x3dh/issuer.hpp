#pragma once

// The side that sends its keys first: X3DH's Bob, without a server that keeps them.

#include "handfast/x3dh/talking.hpp"

namespace handfast::x3dh {

namespace states {

/// The bundle is said; who agrees with it, and first, is the holder.
template <class Profile>
struct AwaitingHolder {
  ConnectionId connection;
  x25519::PrivateKey signed_pre_key;    // of the bundle, also where there is another one meanwhile
  x25519::PrivateKey one_time_pre_key;  // no key where none was asked for
  std::uint32_t attempts = 0;
  Deadline<BundleOverdue> overdue;
  SessionOf<Profile> session;  // set only on the way out
  static constexpr auto fields =
      Fields{&AwaitingHolder::connection,       &AwaitingHolder::signed_pre_key,
             &AwaitingHolder::one_time_pre_key, &AwaitingHolder::attempts,
             &AwaitingHolder::overdue,          &AwaitingHolder::session};

  [[nodiscard]] std::optional<x25519::PublicKey> one_time_public() const {
    return one_time_pre_key.has_key() ? std::optional(one_time_pre_key.public_key()) : std::nullopt;
  }
  [[nodiscard]] auto bundle(const Context& c) const {
    const SignedPart<Profile> part(signed_pre_key.public_key(), one_time_public(), connection);
    typename HandshakeOf<Profile>::Bundle bundle;
    bundle.identity = c.identity.public_key();
    bundle.signed_pre_key = signed_pre_key.public_key();
    bundle.signature = xeddsa::sign(c.identity, part.bytes()).value_or(xeddsa::Signature{});
    bundle.one_time_pre_key = one_time_public();
    bundle.connection = connection.view();
    return bundle;
  }
};

}  // namespace states

template <class Profile>
struct Issuer : Talking<Issuer<Profile>, Profile> {
  using Talking = x3dh::Talking<Issuer, Profile>;
  using typename Talking::Sealing, typename Talking::Session;
  using Context = x3dh::Context;
  using Links = x3dh::Links;
  using Bundle = typename HandshakeOf<Profile>::Bundle;
  using Initial = typename HandshakeOf<Profile>::Initial;
  using Idle = states::Idle;
  using AwaitingHolder = states::AwaitingHolder<Profile>;
  using Established = states::Established<Profile>;
  using Ended = states::Ended;

  using Receives =
      handfast::detail::Concat<List<First, Message, Empty>, typename Talking::AddedMessages>;
  using Commands =
      handfast::detail::Concat<List<Start, Send, Verify, Stop>, typename Talking::AddedCommands>;
  using Timers = handfast::detail::Concat<List<BundleOverdue>, typename Talking::AddedTimers>;
  using Ends = List<Idle, Established, Ended>;

  // clang-format off
  using Beginning = Transitions<
    //  from            on             to              sends and tells
    Row<Idle,           Start,         AwaitingHolder, Bundle, StoresFirst, Requires<ConfigIsSound, RandomSourceWorks>>,
    Row<AwaitingHolder, BundleOverdue, AwaitingHolder, Bundle>,
    Row<AwaitingHolder, BundleOverdue, Ended,          Tells<Closed>>,           // that was the last one
    Early<Profile, Authenticates<
    Row<AwaitingHolder, First,         Established,    Empty, Tells<Running, Commit, handfast::Established, Met, Delivered>, StoresFirst,
                                                       Requires<RandomSourceWorks>>>>,
    Authenticates<
    Row<AwaitingHolder, First,         Established,    Empty, Tells<Running, Commit, handfast::Established, Met>, StoresFirst,
                                                       Requires<RandomSourceWorks>>>,
    Row<AwaitingHolder, Stop,          Ended,          Tells<Closed>>,
    Row<Idle,           Stop,          Ended,          Tells<Closed>>,
    Early<Profile,
    Row<Established,    First,         Established,    Empty, Tells<Delivered>, StoresFirst, Requires<ChainHasNumbers, RandomSourceWorks>>>,
    Row<Established,    First,         Established,    Empty, StoresFirst, Requires<ChainHasNumbers, RandomSourceWorks>>,   // he has not heard us yet
    Ignore<Idle, First, Message, Empty>,
    Ignore<AwaitingHolder, Message, Empty>,
    Ignore<Ended, First, Message, Empty>>;
  // clang-format on
  using Table = Join<Beginning, typename Talking::Rows,
                     typename Talking::template AddedElsewhere<Idle, AwaitingHolder, Ended>>;

  // Input.

  using Wire = std::variant<Initial, EncryptedMessage>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return Talking::template decode_any<Initial, EncryptedMessage>(frame);
  }

  /// What a first message without a one-time pre-key is known by: the signed pre-key and the
  /// holder's two keys. Not by the connection, which the documented profile does not authenticate.
  static FirstMessages::Name first_message_of(const Terms& terms, Context& c) {
    return c.sha256.digest(
        {terms.signed_pre_key.bytes(), terms.holder.bytes(), terms.ephemeral.bytes()});
  }

  /// What a first message makes, or goes to.
  struct Pending {
    Session made;
    typename Talking::Pending sealing;
  };
  static std::expected<handfast::Opened<Pending, First>, Fault> open(const AwaitingHolder& s,
                                                                     const Initial& initial,
                                                                     Context& c,
                                                                     Buffer& plaintext) {
    // X3DH, section 3.4: the private keys are those of the pre-keys that the holder names.
    if (initial.signed_pre_key != s.signed_pre_key.public_key() ||
        initial.one_time_pre_key != s.one_time_public())
      return std::unexpected(Fault::unexpected_key);
    const bool is_expected = !c.config.peer || *c.config.peer == initial.identity;
    if ((!is_expected || initial.identity == c.identity.public_key()) &&
        !handfast::detail::planted<"any holder is the one">)
      return std::unexpected(Fault::unexpected_key);
    const Terms terms = terms_of(initial, s.connection, c);
    // Section 4.2: without a one-time pre-key a first message could be replayed.
    if (!terms.one_time_pre_key) {
      const auto is_new = c.first_messages.check(first_message_of(terms, c), present_of(terms, c));
      if (!is_new) return std::unexpected(is_new.error());
    }
    auto agreed =
        agree_as_issuer<Profile>(c.identity.agreeing(), s.signed_pre_key, s.one_time_pre_key, terms,
                                 c.config.info, c.hkdf, c.sha256);
    if (!agreed) return std::unexpected(agreed.error());
    handfast::Opened<Pending, First> opened;
    Session& made = opened.pending.made;
    made = Session(
        terms, *agreed,
        Sealing::of_issuer(std::move(agreed->shared), agreed->transcript, s.signed_pre_key, c),
        c.config.peer.has_value(), c);
    // Section 3.4: where the first ciphertext does not open, all of this is dropped.
    const auto payload = made.open_first(initial.message, opened.pending.sealing, c, plaintext);
    if (!payload) return std::unexpected(payload.error());
    opened.message = First{*payload,
                           {},
                           made.claim("issuer", terms.holder, terms.issuer),
                           made.fingerprint,
                           terms.holder};
    return opened;
  }
  /// The one-time pre-key goes with the state that it is in (X3DH, section 3.4).
  static void commit(AwaitingHolder& s, Pending&& pending, Context& c) {
    s.session = std::move(pending.made);
    (void)s.session.sealing.commit(std::move(pending.sealing));
    const Terms& terms = s.session.terms;
    if (!terms.one_time_pre_key)
      c.first_messages.remember(first_message_of(terms, c), present_of(terms, c));
  }

  /// The holder has not heard yet that there is a session: with the same keys it is his next
  /// message, with others somebody tries a bundle again that was used (X3DH, sections 4.2 and 4.3).
  static std::expected<handfast::Opened<typename Talking::Pending, First>, Fault> open(
      const Established& s, const Initial& initial, Context& c, Buffer& plaintext) {
    if (terms_of(initial, s.session.terms.connection, c) != s.session.terms &&
        !handfast::detail::planted<"one-time key used twice">)
      return std::unexpected(Fault::replayed);
    typename Talking::Pending pending;
    const auto payload = s.session.open_first(initial.message, pending, c, plaintext);
    if (!payload) return std::unexpected(payload.error());
    First first;
    first.payload = *payload;
    return handfast::Opened<typename Talking::Pending, First>{std::move(first), std::move(pending)};
  }
  using Talking::commit;
  using Talking::open;

  // Output.

  static void write(AwaitingHolder& s, const Bundle& m, Context& c, Frames& frames) {
    ++s.attempts;
    s.overdue = Deadline<BundleOverdue>::in(c.config.repeat, c.now);
    Bundle bundle = m;
    bundle.connection = s.connection.view();  // of the state as it stays
    write_frame(bundle, c, frames);
  }
  using Talking::write;

  static Next<Issuer, Idle, Start> react(const Idle&, const Start& m, Context& c) {
    const bool is_sound = x3dh::is_sound<Profile>(c.config) && c.identity.has_key() &&
                          c.signed_pre_key.has_key() && m.connection != ConnectionId{};
    if (auto broken = require<ConfigIsSound>(is_sound)) return broken;
    AwaitingHolder next;
    next.connection = m.connection;
    next.signed_pre_key = c.signed_pre_key.dangerous_copy();
    bool has_keys = true;
    if (c.config.has_one_time_keys) {
      auto key = x25519::PrivateKey::generate(c.random);
      has_keys = key.has_value();
      if (has_keys) next.one_time_pre_key = std::move(*key);
    }
    if (auto broken = require<RandomSourceWorks>(has_keys)) return broken;
    Bundle bundle = next.bundle(c);
    bundle.connection = m.connection.view();
    return go(std::move(next), bundle);
  }
  static Next<Issuer, AwaitingHolder, BundleOverdue> react(const AwaitingHolder& s,
                                                           const BundleOverdue&, Context& c) {
    if (s.attempts >= c.config.attempts) return go(Ended{}, Closed{Fault::timed_out});
    return stay(s.bundle(c));
  }
  static Next<Issuer, AwaitingHolder, First> react(const AwaitingHolder&, const First& m,
                                                   Context& c) {
    const auto salt = Sealing::draw(c.random);
    if (auto broken = require<RandomSourceWorks>(salt.has_value())) return broken;
    const Met met{m.holder, m.fingerprint};
    if constexpr (Profile::speaks_early)
      if (!m.payload.empty())
        return go(Established{}, Empty{*salt}, Running{m.claim}, Commit{m.claim},
                  handfast::Established{}, met, Delivered{m.payload, c.config.peer.has_value()});
    return go(Established{}, Empty{*salt}, Running{m.claim}, Commit{m.claim},
              handfast::Established{}, met);
  }
  static Next<Issuer, Established, First> react(Established& s, const First& m, Context& c) {
    if (auto broken = require<ChainHasNumbers>(s.session.sealing.has_numbers())) return broken;
    const auto salt = Sealing::draw(c.random);
    if (auto broken = require<RandomSourceWorks>(salt.has_value())) return broken;
    if constexpr (Profile::speaks_early)
      if (!m.payload.empty())
        return stay(Empty{*salt}, Delivered{m.payload, s.session.is_verified});
    return stay(Empty{*salt});
  }
  static Next<Issuer, AwaitingHolder, Stop> react(const AwaitingHolder&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Issuer, Idle, Stop> react(const Idle&, const Stop&, Context&) {
    return go(Ended{}, Closed{});
  }
  using Talking::react;

 private:
  [[nodiscard]] static Terms terms_of(const Initial& initial, const ConnectionId& connection,
                                      const Context& c) {
    return {initial.identity,  c.identity.public_key(),  initial.signed_pre_key,
            initial.ephemeral, initial.one_time_pre_key, connection};
  }
  /// The signed pre-key of the bundles that are given now; the one of `terms` may have been
  /// replaced.
  [[nodiscard]] static const x25519::PublicKey& present_of(const Terms& terms, const Context& c) {
    if (!c.signed_pre_key.has_key() ||
        handfast::detail::planted<"replaced pre-key is the present one">)
      return terms.signed_pre_key;
    return c.signed_pre_key.public_key();
  }
};

}  // namespace handfast::x3dh
