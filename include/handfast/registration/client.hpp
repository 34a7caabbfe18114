#pragma once

// The client: is challenged, proves that its key is its own, learns that the server has the keys too,
// and then hands messages to other clients through it.

#include "handfast/core/engine.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/registration/record_channel.hpp"
#include "handfast/registration/rules.hpp"
#include "handfast/wire/utf8.hpp"

namespace handfast::registration {

template <HardenedProfile Profile>
struct Client<Profile> {
  using Context = registration::Context;
  using Links = registration::Links;
  using Receives = List<Challenge, RegisterSuccess, RegisterFailure, Routed, Receipt, Pong,
                        registration::Superseded>;
  using Commands = List<Connect, Send, LinkClosed>;
  using Timers = List<ChallengeOverdue, ResultOverdue, KeepaliveDue, PeerSilent>;

  // States.

  struct Idle {};
  /// The connection is there; the server has said nothing.
  struct AwaitingChallenge {
    Deadline<ChallengeOverdue> overdue;
    static constexpr auto fields = Fields{&AwaitingChallenge::overdue};
  };
  /// The response is on its way; the server has not shown that it has the keys.
  struct AwaitingResult {
    x25519::PublicKey server;
    Sha256::Digest transcript{};
    KeyId key_id{};
    Secret<32> success_proof;
    Secret<32> failure_proof;
    RecordChannel channel;
    Deadline<ResultOverdue> overdue;
    static constexpr auto fields = Fields{
        &AwaitingResult::server,        &AwaitingResult::transcript,    &AwaitingResult::key_id,
        &AwaitingResult::success_proof, &AwaitingResult::failure_proof, &AwaitingResult::channel,
        &AwaitingResult::overdue};

    [[nodiscard]] Claim claim(const Context& c) const {
      Claim made{{}, transcript, key_id, "client"};
      std::ranges::copy(server.bytes(), made.peer.begin());
      std::ranges::copy(c.identity.public_key().bytes(), made.own.begin());
      return made;
    }
  };
  /// Messages go out and come in.
  struct Registered {
    RecordChannel channel;
    std::uint64_t last_id = 0;  // of the messages that were sent
    Deadline<KeepaliveDue> keepalive_due;
    Deadline<PeerSilent> peer_silent;
    static constexpr auto fields = Fields{&Registered::channel, &Registered::last_id,
                                          &Registered::keepalive_due, &Registered::peer_silent};

    void adopt(AwaitingResult&& left) { channel = std::move(left.channel); }
  };
  struct Ended {
    void entered(Context& c) { c.forget_keys(); }
  };
  using Ends = List<Idle, Registered, Ended>;

  // clang-format off
  using Registration = Transitions<
    //  from               on                to                 sends and tells
    Row<Idle,              Connect,          AwaitingChallenge, Requires<HasIdentity, FitsItsMessage>>,
    Row<AwaitingChallenge, Challenge,        AwaitingResult,    ChallengeResponse, Tells<Running>,
                                                                Requires<ServerIsPinned, RandomSourceWorks, KeysAgree>>,
    Row<AwaitingChallenge, ChallengeOverdue, Ended,             Tells<Closed>>,
    Row<AwaitingChallenge, LinkClosed,       Ended,             Tells<Closed>>,
    Authenticates<
    Row<AwaitingResult,    RegisterSuccess,  Registered,        Tells<Commit, Established, Admitted>, Requires<PeerProves>>>,
    Authenticates<
    Row<AwaitingResult,    RegisterFailure,  Ended,             Tells<Closed>, Requires<PeerProves>>>,
    Row<AwaitingResult,    ResultOverdue,    Ended,             Tells<Closed>>,
    Row<AwaitingResult,    LinkClosed,       Ended,             Tells<Closed>>,
    Ignore<Idle, Challenge>,
    Refuse<Idle, RegisterSuccess, RegisterFailure, Routed, Receipt, Pong, registration::Superseded>,
    Refuse<AwaitingChallenge, RegisterSuccess, RegisterFailure, Routed, Receipt, Pong, registration::Superseded>,
    Ignore<AwaitingResult, Challenge, Routed, Receipt, Pong, registration::Superseded>>;

  using Traffic = Transitions<
    Row<Registered,        Send,             Registered,        Route, Tells<Sent>, Requires<PayloadFits, CounterIsLeft>>,
    Row<Registered,        Receipt,          Registered,        Tells<Receipted>, Requires<ReceiptIsOurs>>,
    Row<Registered,        Routed,           Registered,        Tells<Delivered>>,
    Row<Registered,        KeepaliveDue,     Registered,        Ping, Requires<CounterIsLeft>>,
    Row<Registered,        Pong,             Registered>,
    Row<Registered,        registration::Superseded, Ended,     Tells<Closed>>,
    Row<Registered,        PeerSilent,       Ended,             Tells<Closed>>,
    Row<Registered,        LinkClosed,       Ended,             Tells<Closed>>,
    Ignore<Registered, Challenge, RegisterSuccess, RegisterFailure>,
    Ignore<Ended, Challenge, RegisterSuccess, RegisterFailure, Routed, Receipt, Pong, registration::Superseded>>;

  using Table = Join<Registration, Traffic>;
  // clang-format on

  // Input: JSON while registering, then records.

  using Wire = std::variant<Challenge, RegisterSuccess, RegisterFailure, Record>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return decode_frame<Wire, Challenge, RegisterSuccess, RegisterFailure>(frame);
  }

  static auto open(const Registered& s, const Record& record, Context& c, Buffer& plaintext) {
    return s.channel.template open_any<Routed, Receipt, Pong, registration::Superseded>(record, c,
                                                                                        plaintext);
  }
  static void commit(Registered& s, RecordChannel::Pending&& pending, Context& c) {
    s.channel.commit(pending);
    s.peer_silent = Deadline<PeerSilent>::in(c.config.silence_timeout, c.now);
  }

  // Output.

  static void write(const ChallengeResponse& response, Context& c, Frames& frames) {
    write_object(response, c, frames);
  }
  template <Framed Message>
  static void write(Registered& s, const Message& message, Context& c, Frames& frames) {
    s.channel.seal(message, c, frames);
    s.keepalive_due = Deadline<KeepaliveDue>::in(c.config.keepalive_interval, c.now);
  }

  // Registration.

  static Next<Client, Idle, Connect> react(const Idle&, const Connect&, Context& c) {
    if (auto broken = require<HasIdentity>(c.identity.has_key())) return broken;
    const std::string& audience = c.config.audience;
    const bool fits =
        !audience.empty() && audience.size() <= audience_size_max && wire::is_utf8(audience);
    if (auto broken = require<FitsItsMessage>(fits)) return broken;
    return go(
        AwaitingChallenge{Deadline<ChallengeOverdue>::in(c.config.registration_timeout, c.now)});
  }

  static Next<Client, AwaitingChallenge, Challenge> react(const AwaitingChallenge&,
                                                          const Challenge& m, Context& c) {
    const auto& pinned = c.config.pinned_server;
    if (auto broken = require<ServerIsPinned>(!pinned || *pinned == m.from ||
                                              handfast::detail::planted<"pin not checked">))
      return broken;
    const auto ephemeral = x25519::PrivateKey::generate(c.random);
    if (auto broken = require<RandomSourceWorks>(ephemeral.has_value())) return broken;
    const auto agreed = Agreements::of_client(c.identity, *ephemeral, m.from, m.nonce);
    if (auto broken = require<KeysAgree>(agreed.has_value())) return broken;
    const Exchange exchange{
        c.identity.public_key(), m.from, ephemeral->public_key(), m.nonce, m.text,
        c.config.audience};
    Keys keys(c.hkdf, exchange.transcript(c.sha256), *agreed);

    AwaitingResult next;
    next.server = m.from;
    next.transcript = keys.transcript;
    next.key_id = keys.id;
    next.success_proof = std::move(keys.success_proof);
    next.failure_proof = std::move(keys.failure_proof);
    next.channel.send_key = std::move(keys.client_to_server);
    next.channel.receive_key = std::move(keys.server_to_client);
    next.overdue = Deadline<ResultOverdue>::in(c.config.registration_timeout, c.now);
    const Running running{next.claim(c)};
    ChallengeResponse response{c.identity.public_key(), m.from, ephemeral->public_key(),
                               c.config.audience,
                               c.hmac.mac(keys.client_proof.bytes(), keys.transcript)};
    c.hmac.forget();  // it would hold this key as long as the connection lasts
    return go(std::move(next), std::move(response), running);
  }
  static Next<Client, AwaitingChallenge, ChallengeOverdue> react(const AwaitingChallenge&,
                                                                 const ChallengeOverdue&,
                                                                 Context&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
  static Next<Client, AwaitingChallenge, LinkClosed> react(const AwaitingChallenge&,
                                                           const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }

  static Next<Client, AwaitingResult, RegisterSuccess> react(const AwaitingResult& s,
                                                             const RegisterSuccess& m, Context& c) {
    const bool proves = proves_success(s, m, c);
    if (auto broken = require<PeerProves>(
            proves || handfast::detail::planted<"success without the server's proof">))
      return broken;
    Registered next;
    next.keepalive_due = Deadline<KeepaliveDue>::in(c.config.keepalive_interval, c.now);
    next.peer_silent = Deadline<PeerSilent>::in(c.config.silence_timeout, c.now);
    return go(std::move(next), Commit{s.claim(c)}, Established{}, Admitted{m.replaced});
  }
  static Next<Client, AwaitingResult, RegisterFailure> react(const AwaitingResult& s,
                                                             const RegisterFailure& m, Context& c) {
    const bool proves = c.hmac.verify(s.failure_proof.bytes(), s.transcript, m.proof);
    c.hmac.forget();
    if (auto broken = require<PeerProves>(
            proves || handfast::detail::planted<"failure without the server's proof">))
      return broken;
    return go(Ended{}, Closed{Fault::already_registered});
  }
  static Next<Client, AwaitingResult, ResultOverdue> react(const AwaitingResult&,
                                                           const ResultOverdue&, Context&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
  static Next<Client, AwaitingResult, LinkClosed> react(const AwaitingResult&, const LinkClosed&,
                                                        Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }

  // Traffic.

  static Next<Client, Registered, Send> react(Registered& s, const Send& m, Context&) {
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    if (auto broken = require<CounterIsLeft>(s.channel.has_counter())) return broken;
    const std::uint64_t id = ++s.last_id;
    return stay(Route{id, m.recipient, m.payload}, Sent{id});
  }
  static Next<Client, Registered, Receipt> react(Registered& s, const Receipt& m, Context&) {
    if (auto broken = require<ReceiptIsOurs>(
            m.id <= s.last_id || handfast::detail::planted<"receipt for what was never sent">))
      return broken;
    return stay(Receipted{m.id, m.fate});
  }
  static Next<Client, Registered, Routed> react(Registered&, const Routed& m, Context&) {
    return stay(Delivered{m.sender, m.payload});
  }
  static Next<Client, Registered, KeepaliveDue> react(Registered& s, const KeepaliveDue&,
                                                      Context&) {
    if (auto broken = require<CounterIsLeft>(s.channel.has_counter())) return broken;
    return stay(Ping{});
  }
  static Next<Client, Registered, Pong> react(Registered&, const Pong&, Context&) { return stay(); }
  static Next<Client, Registered, registration::Superseded> react(const Registered&,
                                                                  const registration::Superseded&,
                                                                  Context&) {
    return go(Ended{}, Closed{Fault::superseded});
  }
  static Next<Client, Registered, PeerSilent> react(const Registered&, const PeerSilent&,
                                                    Context&) {
    return go(Ended{}, Closed{Fault::peer_lost});
  }
  static Next<Client, Registered, LinkClosed> react(const Registered&, const LinkClosed&,
                                                    Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }

 private:
  static bool proves_success(const AwaitingResult& s, const RegisterSuccess& m, Context& c) {
    const std::uint8_t replaced[] = {m.replaced};
    const bool proves = c.hmac.verify(s.success_proof.bytes(), {s.transcript, replaced}, m.proof);
    c.hmac.forget();
    return proves;
  }
};

}  // namespace handfast::registration
