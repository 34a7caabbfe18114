#pragma once

// The child: is offered a key, answers with its own once its listener is bound, serves requests,
// and stops when told.

#include "handfast/core/engine.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/stdio/answers.hpp"
#include "handfast/stdio/rules.hpp"
#include "handfast/stdio/session.hpp"
#include "handfast/wire/json.hpp"

namespace handfast::stdio {

template <HardenedProfile Profile>
struct Child<Profile> {
  using Context = stdio::Context;
  using Links = stdio::Links;
  using Receives = List<Offer, Request, Keepalive, RekeyRequest, ShutdownRequest>;
  using Commands = List<Listening, Respond, Notify, LinkClosed>;
  using Timers = List<FirstRecordOverdue, PeerSilent, ShutdownOverdue>;

  /// The last rekey that was agreed to: a repetition gets the same key again.
  struct LastRekey {
    std::uint32_t epoch = 0;
    x25519::PublicKey theirs;
    x25519::PublicKey ours;
    static constexpr auto fields = Fields{&LastRekey::epoch, &LastRekey::theirs, &LastRekey::ours};
  };

  /// The channel as the states after the bootstrap share it.
  struct Channel {
    Session<Profile> session;
    Answers<Profile::requests_max> answers;
    LastRekey last_rekey;
    Deadline<PeerSilent> peer_silent;
    static constexpr auto fields =
        Fields{&Channel::session, &Channel::answers, &Channel::last_rekey, &Channel::peer_silent};

    /// Once new keys are agreed on there is nothing to ask for.
    [[nodiscard]] bool wants_rekey(const Context& c) const {
      return !session.sends_in_previous && session.current.wants_rekey(c.config, c.now);
    }
    [[nodiscard]] bool has_room(const Context& c) const {
      return session.sending().records_left(c.config) > 0;
    }
    [[nodiscard]] std::uint64_t application_left(const Context& c) const {
      return session.sending().application_left(c.config, c.now);
    }
  };

  /// An epoch that was agreed to, on its way into a channel.
  struct Agreed {
    Epoch<Profile> epoch;
    LastRekey rekey;
    static constexpr auto fields = Fields{&Agreed::epoch, &Agreed::rekey};
  };

  // States.

  struct Idle {};
  /// The parent's line is here; the listener is not yet.
  struct Offered {
    x25519::PublicKey theirs;
    static constexpr auto fields = Fields{&Offered::theirs};
  };
  /// The answer is printed; the parent has not shown yet that it has the keys, and is sent nothing.
  struct AwaitingFirstRecord {
    x25519::PublicKey theirs;
    x25519::PublicKey ours;
    Sha256::Digest transcript{};
    KeyId key_id{};
    Deadline<FirstRecordOverdue> overdue;
    Channel channel;
    static constexpr auto fields =
        Fields{&AwaitingFirstRecord::theirs,     &AwaitingFirstRecord::ours,
               &AwaitingFirstRecord::transcript, &AwaitingFirstRecord::key_id,
               &AwaitingFirstRecord::overdue,    &AwaitingFirstRecord::channel};

    [[nodiscard]] Claim claim() const {
      Claim made{{}, transcript, key_id, "child"};
      if (!detail::planted<"peer not told">) std::ranges::copy(theirs.bytes(), made.peer.begin());
      std::ranges::copy(ours.bytes(), made.own.begin());
      return made;
    }
  };
  /// Requests come in, responses go out.
  struct Open {
    Channel channel;
    std::optional<Agreed> agreed;  // these are set only on the way in
    std::uint64_t first_request = 0;
    std::uint64_t lowest_open = 0;
    static constexpr auto fields =
        Fields{&Open::channel, &Open::agreed, &Open::first_request, &Open::lowest_open};

    void adopt(AwaitingFirstRecord&& left) { take(std::move(left.channel)); }
    void adopt(Open&& left) { take(std::move(left.channel)); }
    void take(Channel&& left) {
      channel = std::move(left);
      if (agreed) {
        channel.session.begin(std::move(agreed->epoch));
        channel.last_rekey = agreed->rekey;
        agreed.reset();
      }
      channel.answers.forget_below(std::exchange(lowest_open, 0));
      if (first_request != 0) channel.answers.begin(std::exchange(first_request, 0));
    }
  };
  /// The parent has ended the session; its repetitions are acknowledged until the link is closed.
  struct Stopping {
    Deadline<ShutdownOverdue> overdue;
    Channel channel;
    static constexpr auto fields = Fields{&Stopping::overdue, &Stopping::channel};
    void adopt(AwaitingFirstRecord&& left) { channel = std::move(left.channel); }
    void adopt(Open&& left) { channel = std::move(left.channel); }
  };
  struct Ended {
    void entered(Context& c) { c.forget_keys(); }
  };
  using Ends = List<Idle, Open, Ended>;

  // clang-format off
  using Bootstrap = Transitions<
    //  from                 on                  to                   sends and tells
    Row<Idle,                Offer,              Offered,             Tells<stdio::Offered>>,
    Row<Idle,                LinkClosed,         Ended,               Tells<Closed>>,
    Row<Offered,             Listening,          AwaitingFirstRecord, Answer, Tells<Running>,
                                                                      Requires<EndpointFits, KeysAgree, RandomSourceWorks>>,
    Row<Offered,             LinkClosed,         Ended,               Tells<Closed>>,
    Authenticates<
    Row<AwaitingFirstRecord, Keepalive,          Open,                KeepaliveAck, Tells<Commit, Established>,
                                                                      Requires<RandomSourceWorks>>>,
    Authenticates<
    Row<AwaitingFirstRecord, Request,            Open,                Tells<Commit, Established, Delivered>,
                                                                      Requires<RequestIsOpen, RequestIsNear>>>,
    Authenticates<
    Row<AwaitingFirstRecord, RekeyRequest,       Open,                RekeyResponse, Tells<Commit, Established, Rekeyed>,
                                                                      Requires<RekeyIsNext, KeysAgree, RandomSourceWorks>>>,
    Authenticates<
    Row<AwaitingFirstRecord, ShutdownRequest,    Stopping,            ShutdownAck, Tells<Commit>,
                                                                      Requires<RandomSourceWorks>>>,
    Row<AwaitingFirstRecord, FirstRecordOverdue, Ended,               Tells<Closed>>,
    Row<AwaitingFirstRecord, LinkClosed,         Ended,               Tells<Closed>>,
    Refuse<Idle, Request, Keepalive, RekeyRequest, ShutdownRequest>,
    Ignore<Offered, Offer>,
    Refuse<Offered, Request, Keepalive, RekeyRequest, ShutdownRequest>,
    Ignore<AwaitingFirstRecord, Offer>>;

  using Service = Transitions<
    Row<Open,                Request,            Open,                Tells<Delivered>, Requires<RequestIsOpen, RequestIsNear>>,
    Row<Open,                Request,            Open,                Tells<Repeated>>,             // it is still being worked on
    Row<Open,                Request,            Open,                Response, Tells<Repeated>, Requires<RandomSourceWorks>>,
    Row<Open,                Respond,            Open,                Response,
                                                                      Requires<RequestIsRunning, PayloadFits, KeysHaveRoom, RandomSourceWorks>>,
    Row<Open,                Notify,             Open,                Notice,
                                                                      Requires<TransportIsDuplex, PayloadFits, KeysHaveRoom, RandomSourceWorks>>,
    Row<Open,                Keepalive,          Open,                KeepaliveAck, Requires<RandomSourceWorks>>,
    Row<Open,                Keepalive,          Open>,               // the keys have no room for an acknowledgement
    Row<Open,                RekeyRequest,       Open,                RekeyResponse, Tells<Rekeyed>,
                                                                      Requires<RekeyIsNext, KeysAgree, ReserveHasRoom, RandomSourceWorks>>,
    Row<Open,                RekeyRequest,       Open,                RekeyResponse>,               // again
    Row<Open,                ShutdownRequest,    Stopping,            ShutdownAck, Requires<ReserveHasRoom, RandomSourceWorks>>,
    Row<Open,                PeerSilent,         Ended,               Tells<Closed>>,
    Row<Open,                LinkClosed,         Ended,               Tells<Closed>>,
    Ignore<Open, Offer>,
    Row<Stopping,            ShutdownRequest,    Stopping,            ShutdownAck, Requires<ReserveHasRoom, RandomSourceWorks>>,
    Row<Stopping,            ShutdownOverdue,    Ended,               Tells<Closed>>,
    Row<Stopping,            LinkClosed,         Ended,               Tells<Closed>>,
    Ignore<Stopping, Offer, Request, Keepalive, RekeyRequest>,
    Ignore<Ended, Offer, Request, Keepalive, RekeyRequest, ShutdownRequest>>;

  using Table = Join<Bootstrap, Service>;
  // clang-format on

  // Input: a line on the standard streams, records on the channel.

  using Wire = std::variant<Offer, Record>;
  static std::expected<Wire, Fault> decode(Link link, Bytes frame, const Context&) {
    if (link == standard_streams) return wire::json::decode<Offer>(frame, bootstrap_line_size_max);
    return wire::binary::decode<Record>(frame);
  }

  template <class S>
  requires requires(S& s) { s.channel; }
  static auto open(const S& s, const Record& record, Context& c, Buffer& plaintext) {
    return s.channel.session.template open_any<Request, Keepalive, RekeyRequest, ShutdownRequest>(
        record, c, plaintext);
  }
  template <class S>
  static void commit(S& s, typename Session<Profile>::Pending&& pending, Context& c) {
    s.channel.session.commit(std::move(pending));
    if (!detail::planted<"dead parent never noticed">)
      s.channel.peer_silent = Deadline<PeerSilent>::in(c.config.dead_peer_timeout, c.now);
  }

  // Output.

  static void write(const Answer& answer, Context&, Frames& frames) {
    frames.append(standard_streams, *wire::json::encode(answer));
  }
  template <class S, class Message>
  requires requires(S& s, const Message& m) { s.channel, m.acknowledged; }
  static void write(S& s, Message message, Context& c, Frames& frames) {
    // The wish is about the keys that the row has left in place, which may be newer than those its
    // handler saw.
    if constexpr (requires { message.wants_rekey; }) message.wants_rekey = s.channel.wants_rekey(c);
    s.channel.session.seal(message, c, frames);
  }

  // The bootstrap.

  static Next<Child, Idle, Offer> react(const Idle&, const Offer& m, Context&) {
    return go(Offered{m.key}, stdio::Offered{});
  }
  static Next<Child, Idle, LinkClosed> react(const Idle&, const LinkClosed&, Context&) {
    return lost_link<Idle>();
  }
  static Next<Child, Offered, LinkClosed> react(const Offered&, const LinkClosed&, Context&) {
    return lost_link<Offered>();
  }

  static Next<Child, Offered, Listening> react(const Offered& s, const Listening& m, Context& c) {
    if (auto broken = require<EndpointFits>(c.config.endpoint.size() <= endpoint_size_max))
      return broken;
    const auto key = x25519::PrivateKey::generate(c.random);
    if (auto broken = require<RandomSourceWorks>(key.has_value())) return broken;
    const auto shared = x25519::agree(*key, s.theirs);  // ee
    if (auto broken = require<KeysAgree>(shared.has_value())) return broken;
    const auto transcript = transcript_of(c.sha256, s.theirs, key->public_key(), m.port);
    const BootstrapKeys keys(c.hkdf, *shared, transcript);

    AwaitingFirstRecord next;
    next.theirs = s.theirs;
    next.ours = key->public_key();
    next.transcript = transcript;
    next.key_id = keys.key_id;
    next.overdue = Deadline<FirstRecordOverdue>::in(c.config.answer_timeout, c.now);
    next.channel.session.id = keys.session_id;
    next.channel.session.direction = Direction::bob_to_alice;
    next.channel.session.current =
        Epoch<Profile>::from(EpochKeys(c.hkdf, keys.root), 0, Direction::bob_to_alice, c.now);
    const Running running{next.claim()};
    const Answer answer{key->public_key(), m.port,
                        c.hmac.mac(keys.confirmation.bytes(), transcript)};
    c.hmac.forget();  // it would hold this key as long as the session lasts
    return go(std::move(next), answer, running);
  }

  // The first record, whatever is in it, shows that the parent has the keys: it opened.

  static Next<Child, AwaitingFirstRecord, Keepalive> react(const AwaitingFirstRecord& s,
                                                           const Keepalive&, Context& c) {
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    return go(Open{}, KeepaliveAck{}, Commit{s.claim()}, Established{});
  }
  static Next<Child, AwaitingFirstRecord, Request> react(const AwaitingFirstRecord& s,
                                                         const Request& m, Context&) {
    if (auto broken = require<RequestIsOpen>(is_open(s.channel, m))) return broken;
    if (auto broken = require<RequestIsNear>(is_near(s.channel, m))) return broken;
    return go(Open{{}, {}, m.correlation, m.lowest_open}, Commit{s.claim()}, Established{},
              Delivered{m.correlation, m.payload});
  }
  static Next<Child, AwaitingFirstRecord, RekeyRequest> react(const AwaitingFirstRecord& s,
                                                              const RekeyRequest& m, Context& c) {
    if (auto broken = require<RekeyIsNext>(is_next(s.channel, m))) return broken;
    auto key = x25519::PrivateKey::generate(c.random);
    if (auto broken = require<RandomSourceWorks>(key.has_value() && c.draw_nonce())) return broken;
    auto agreed = agree(s.channel, *key, m, c);
    if (auto broken = require<KeysAgree>(agreed.has_value())) return broken;
    return go(Open{{}, std::move(agreed), 0, 0}, RekeyResponse{0, m.epoch, key->public_key()},
              Commit{s.claim()}, Established{}, Rekeyed{m.epoch});
  }
  static Next<Child, AwaitingFirstRecord, ShutdownRequest> react(const AwaitingFirstRecord& s,
                                                                 const ShutdownRequest&,
                                                                 Context& c) {
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    return go(stopping(c), ShutdownAck{}, Commit{s.claim()});
  }
  static Next<Child, AwaitingFirstRecord, FirstRecordOverdue> react(const AwaitingFirstRecord&,
                                                                    const FirstRecordOverdue&,
                                                                    Context&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
  static Next<Child, AwaitingFirstRecord, LinkClosed> react(const AwaitingFirstRecord&,
                                                            const LinkClosed&, Context&) {
    return lost_link<AwaitingFirstRecord>();
  }

  // Service.

  static Next<Child, Open, Request> react(Open& s, const Request& m, Context& c) {
    auto& answers = s.channel.answers;
    if (auto broken = require<RequestIsOpen>(is_open(s.channel, m))) return broken;
    if (auto broken = require<RequestIsNear>(is_near(s.channel, m))) return broken;
    const auto progress = answers.progress(m.correlation);
    const bool answers_again = progress == Progress::done && s.channel.application_left(c) > 0;
    if (answers_again)
      if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    answers.forget_below(m.lowest_open);
    if (progress == Progress::unknown || detail::planted<"request executed twice">) {
      answers.begin(m.correlation);
      return stay(Delivered{m.correlation, m.payload});
    }
    if (!answers_again) return stay(Repeated{m.correlation});
    return stay(Response{0, m.correlation, false, answers.answer(m.correlation)},
                Repeated{m.correlation});
  }

  static Next<Child, Open, Respond> react(Open& s, const Respond& m, Context& c) {
    if (auto broken = require<RequestIsRunning>(s.channel.answers.progress(m.correlation) ==
                                                Progress::running))
      return broken;
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    if (auto broken = require<KeysHaveRoom>(s.channel.application_left(c) > 0)) return broken;
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    s.channel.answers.finish(m.correlation, m.payload);
    return stay(Response{0, m.correlation, false, m.payload});
  }

  static Next<Child, Open, Notify> react(const Open& s, const Notify& m, Context& c) {
    if (auto broken = require<TransportIsDuplex>(c.config.duplex)) return broken;
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    if (auto broken = require<KeysHaveRoom>(s.channel.application_left(c) > 0)) return broken;
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    return stay(Notice{0, false, m.payload});
  }

  static Next<Child, Open, Keepalive> react(const Open& s, const Keepalive&, Context& c) {
    if (!s.channel.has_room(c)) return stay();
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    return stay(KeepaliveAck{});
  }

  static Next<Child, Open, RekeyRequest> react(const Open& s, const RekeyRequest& m, Context& c) {
    if (auto broken = require<RekeyIsNext>(is_next(s.channel, m) || is_last(s.channel, m)))
      return broken;
    if (auto broken = require<ReserveHasRoom>(s.channel.has_room(c))) return broken;
    if (is_last(s.channel, m) && !detail::planted<"repeated rekey gets a new key">) {
      if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
      return stay(RekeyResponse{0, m.epoch, s.channel.last_rekey.ours});
    }
    auto key = x25519::PrivateKey::generate(c.random);
    if (auto broken = require<RandomSourceWorks>(key.has_value() && c.draw_nonce())) return broken;
    auto agreed = agree(s.channel, *key, m, c);
    if (auto broken = require<KeysAgree>(agreed.has_value())) return broken;
    return go(Open{{}, std::move(agreed), 0, 0}, RekeyResponse{0, m.epoch, key->public_key()},
              Rekeyed{m.epoch});
  }

  static Next<Child, Open, ShutdownRequest> react(const Open& s, const ShutdownRequest&,
                                                  Context& c) {
    if (auto broken = require<ReserveHasRoom>(s.channel.has_room(c))) return broken;
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    return go(stopping(c), ShutdownAck{});
  }
  static Next<Child, Open, PeerSilent> react(const Open&, const PeerSilent&, Context&) {
    return go(Ended{}, Closed{Fault::peer_lost});
  }
  static Next<Child, Open, LinkClosed> react(const Open&, const LinkClosed&, Context&) {
    return lost_link<Open>();
  }

  static Next<Child, Stopping, ShutdownRequest> react(const Stopping& s, const ShutdownRequest&,
                                                      Context& c) {
    if (auto broken = require<ReserveHasRoom>(s.channel.has_room(c))) return broken;
    if (auto broken = require<RandomSourceWorks>(c.draw_nonce())) return broken;
    return stay(ShutdownAck{});
  }
  static Next<Child, Stopping, ShutdownOverdue> react(const Stopping&, const ShutdownOverdue&,
                                                      Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Child, Stopping, LinkClosed> react(const Stopping&, const LinkClosed&, Context&) {
    return go(Ended{}, Closed{});
  }

 private:
  using Progress = typename Answers<Profile::requests_max>::Progress;

  static bool is_open(const Channel& channel, const Request& m) {
    return m.correlation >= std::max(channel.answers.lowest(), m.lowest_open) && m.correlation > 0;
  }
  static bool is_near(const Channel& channel, const Request& m) {
    return m.correlation - std::max(channel.answers.lowest(), m.lowest_open) <
           Profile::requests_max;
  }

  static bool is_next(const Channel& channel, const RekeyRequest& m) {
    const auto& session = channel.session;
    return session.has_next_epoch() && m.epoch == session.current.number + 1;
  }
  static bool is_last(const Channel& channel, const RekeyRequest& m) {
    return m.epoch != 0 && m.epoch == channel.last_rekey.epoch &&
           m.key == channel.last_rekey.theirs;
  }
  static std::optional<Agreed> agree(const Channel& channel, const x25519::PrivateKey& key,
                                     const RekeyRequest& m, Context& c) {
    const auto shared = x25519::agree(key, m.key);  // ee
    if (!shared) return std::nullopt;
    const auto& session = channel.session;
    const auto root = next_root_of(c.hkdf, *shared, session.current.next_root, m.epoch, m.key,
                                   key.public_key(), session.id);
    return Agreed{
        Epoch<Profile>::from(EpochKeys(c.hkdf, root), m.epoch, Direction::bob_to_alice, c.now),
        {m.epoch, m.key, key.public_key()}};
  }

  static Stopping stopping(const Context& c) {
    return {Deadline<ShutdownOverdue>::in(c.config.shutdown_timeout, c.now), {}};
  }
  template <class S>
  static Next<Child, S, LinkClosed> lost_link() {
    return go(Ended{}, Closed{Fault::link_closed});
  }
};

}  // namespace handfast::stdio
