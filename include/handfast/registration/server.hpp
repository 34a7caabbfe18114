#pragma once

// The server's side of one connection: challenges whoever has connected, learns which key it has,
// takes it in when told to, and then carries its messages. Who else is there the router knows
// (registration/router.hpp).

#include "handfast/core/engine.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/registration/pace.hpp"
#include "handfast/registration/record_channel.hpp"
#include "handfast/registration/rules.hpp"
#include "handfast/wire/utf8.hpp"

namespace handfast::registration {

template <HardenedProfile Profile>
struct Server<Profile> {
  using Context = registration::Context;
  using Links = registration::Links;
  using Receives = List<ChallengeResponse, Route, Ping>;
  using Commands = List<Accept, Admit, Decline, Supersede, Deliver, Report, Drained, LinkClosed>;
  using Timers = List<ResponseOverdue, AdmissionOverdue, LeaveOverdue, PeerSilent>;

  // States.

  struct Idle {};
  /// The challenge is on its way.
  struct AwaitingResponse {
    x25519::PrivateKey ephemeral;
    Deadline<ResponseOverdue> overdue;
    static constexpr auto fields = Fields{&AwaitingResponse::ephemeral, &AwaitingResponse::overdue};
  };
  /// Who it is is known; whether it may come in is not.
  struct Admitting {
    Sha256::Digest transcript{};
    Secret<32> success_proof;
    Secret<32> failure_proof;
    RecordChannel channel;
    Deadline<AdmissionOverdue> overdue;
    static constexpr auto fields =
        Fields{&Admitting::transcript, &Admitting::success_proof, &Admitting::failure_proof,
               &Admitting::channel, &Admitting::overdue};
  };
  /// Its messages are carried.
  struct Registered {
    RecordChannel channel;
    Pace pace;                 // of its messages
    Pace frame_pace;           // of all that it is answered
    std::uint64_t queued = 0;  // bytes of what was sent that its transport has not taken yet
    Deadline<PeerSilent> peer_silent;
    static constexpr auto fields =
        Fields{&Registered::channel, &Registered::pace, &Registered::frame_pace,
               &Registered::queued, &Registered::peer_silent};

    void adopt(Admitting&& left) { channel = std::move(left.channel); }

    [[nodiscard]] bool has_room(std::size_t size, std::uint64_t limit) const noexcept {
      return queued <= limit && size <= limit - queued;
    }
    /// Whether one more frame may be answered; it is counted then.
    [[nodiscard]] bool takes_frame(const Context& c) {
      return frame_pace.takes_one(c.config.frames_a_second, c.config.frames_at_once, c.now) ||
             handfast::detail::planted<"frames at any pace">;
    }
    /// Whether an answer may be sent: there is a counter, and the client reads what it is sent.
    [[nodiscard]] bool can_answer(const Context& c) const noexcept {
      return channel.has_counter() &&
             has_room(answer_size_max, c.config.queue_max + c.config.answers_max);
    }
    static constexpr std::size_t answer_size_max = 64;  // bytes
  };
  /// It has been told that its key is elsewhere; what was sent has time to leave.
  struct Leaving {
    RecordChannel channel;
    Deadline<LeaveOverdue> overdue;
    static constexpr auto fields = Fields{&Leaving::channel, &Leaving::overdue};
    void adopt(Registered&& left) { channel = std::move(left.channel); }
  };
  struct Ended {
    void entered(Context& c) { c.forget_keys(); }
  };
  using Ends = List<Idle, Registered, Ended>;

  // clang-format off
  using Registration = Transitions<
    //  from              on                 to                sends and tells
    Row<Idle,             Accept,            AwaitingResponse, Challenge, Requires<HasIdentity, FitsItsMessage, RandomSourceWorks>>,
    Authenticates<
    Row<AwaitingResponse, ChallengeResponse, Admitting,        Tells<Running, Commit, Proven>,
                                                               Requires<ResponseIsForUs, AudienceIsOurs, KeysAgree, PeerProves>>>,
    Row<AwaitingResponse, ResponseOverdue,   Ended,            Tells<Closed>>,
    Row<AwaitingResponse, LinkClosed,        Ended,            Tells<Closed>>,
    Row<Admitting,        Admit,             Registered,       RegisterSuccess, Tells<Established>>,
    Row<Admitting,        Decline,           Ended,            RegisterFailure, Tells<Closed>>,
    Row<Admitting,        AdmissionOverdue,  Ended,            Tells<Closed>>,
    Row<Admitting,        LinkClosed,        Ended,            Tells<Closed>>,
    Refuse<Idle, ChallengeResponse, Route, Ping>,
    Refuse<AwaitingResponse, Route, Ping>,
    Ignore<Admitting, ChallengeResponse>,
    Refuse<Admitting, Route, Ping>>;

  using Traffic = Transitions<
    Row<Registered,       Route,             Registered,       Tells<Forward>, Requires<PaceIsKept>>,
    Row<Registered,       Route,             Registered,       Receipt, Requires<PaceIsKept>>,  // more than it may: it is told `busy`
    Row<Registered,       Route,             Registered,       Requires<PaceIsKept>>,           // and reads nothing of what it is told
    Row<Registered,       Deliver,           Registered,       Routed, Requires<PayloadFits, QueueHasRoom, CounterIsLeft>>,
    Row<Registered,       Report,            Registered,       Receipt>,
    Row<Registered,       Report,            Registered>,
    Row<Registered,       Ping,              Registered,       Pong, Requires<PaceIsKept>>,
    Row<Registered,       Ping,              Registered,       Requires<PaceIsKept>>,
    Row<Registered,       Drained,           Registered>,
    Row<Registered,       Supersede,         Leaving,          registration::Superseded, Requires<CounterIsLeft>>,
    Row<Registered,       PeerSilent,        Ended,            Tells<Closed>>,
    Row<Registered,       LinkClosed,        Ended,            Tells<Closed>>,
    Row<Leaving,          LeaveOverdue,      Ended,            Tells<Closed>>,
    Row<Leaving,          LinkClosed,        Ended,            Tells<Closed>>,
    Ignore<Registered, ChallengeResponse>,
    Ignore<Leaving, ChallengeResponse, Route, Ping>,
    Ignore<Ended, ChallengeResponse, Route, Ping>>;

  using Table = Join<Registration, Traffic>;
  // clang-format on

  // Input: JSON while registering, then records.

  using Wire = std::variant<ChallengeResponse, Record>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return decode_frame<Wire, ChallengeResponse>(frame);
  }

  template <class S>
  requires requires(S& s) {
    s.channel;
    s.peer_silent;
  }
  static auto open(const S& s, const Record& record, Context& c, Buffer& plaintext) {
    return s.channel.template open_any<Route, Ping>(record, c, plaintext);
  }
  static void commit(Registered& s, RecordChannel::Pending&& pending, Context& c) {
    s.channel.commit(pending);
    s.peer_silent = Deadline<PeerSilent>::in(c.config.silence_timeout, c.now);
  }

  // Output.

  template <Object Message>
  static void write(const Message& message, Context& c, Frames& frames) {
    write_object(message, c, frames);
  }
  static void write(Registered& s, const RegisterSuccess& success, Context& c, Frames& frames) {
    write_object(success, c, frames);
    s.queued += frames.view().back().bytes.size();
  }
  template <class S, Framed Message>
  requires HasChannel<S>
  static void write(S& s, const Message& message, Context& c, Frames& frames) {
    s.channel.seal(message, c, frames);
    if constexpr (requires { s.queued; }) s.queued += frames.view().back().bytes.size();
  }

  // Registration.

  static Next<Server, Idle, Accept> react(const Idle&, const Accept&, Context& c) {
    if (auto broken = require<HasIdentity>(c.identity.has_key())) return broken;
    const std::string& text = c.config.challenge_text;
    const bool fits =
        text.size() <= text_size_max && wire::is_utf8(text) && !c.config.names.empty();
    if (auto broken = require<FitsItsMessage>(fits)) return broken;
    auto ephemeral = x25519::PrivateKey::generate(c.random);
    if (auto broken = require<RandomSourceWorks>(ephemeral.has_value())) return broken;
    Challenge challenge{c.identity.public_key(), ephemeral->public_key(), text};
    return go(AwaitingResponse{std::move(*ephemeral),
                               Deadline<ResponseOverdue>::in(c.config.registration_timeout, c.now)},
              std::move(challenge));
  }

  static Next<Server, AwaitingResponse, ChallengeResponse> react(const AwaitingResponse& s,
                                                                 const ChallengeResponse& m,
                                                                 Context& c) {
    if (auto broken =
            require<ResponseIsForUs>(m.to == c.identity.public_key() ||
                                     handfast::detail::planted<"response to another server">))
      return broken;
    const bool is_ours = std::ranges::find(c.config.names, m.audience) != c.config.names.end();
    if (auto broken =
            require<AudienceIsOurs>(is_ours || handfast::detail::planted<"audience not checked">))
      return broken;
    const auto agreed = Agreements::of_server(c.identity, s.ephemeral, m.from, m.nonce);
    if (auto broken = require<KeysAgree>(agreed.has_value())) return broken;
    const Exchange exchange{
        m.from, m.to, m.nonce, s.ephemeral.public_key(), c.config.challenge_text, m.audience};
    Keys keys(c.hkdf, exchange.transcript(c.sha256), *agreed);
    // The proof decides whether these keys are the client's: nothing is told before.
    const bool proves = c.hmac.verify(keys.client_proof.bytes(), keys.transcript, m.proof);
    c.hmac.forget();  // it would hold this key as long as the connection lasts
    if (auto broken =
            require<PeerProves>(proves || handfast::detail::planted<"replaced before the proof">))
      return broken;

    Claim claim{{}, keys.transcript, keys.id, "server"};
    std::ranges::copy(m.from.bytes(), claim.peer.begin());
    std::ranges::copy(m.to.bytes(), claim.own.begin());
    Admitting next;
    next.transcript = keys.transcript;
    next.success_proof = std::move(keys.success_proof);
    next.failure_proof = std::move(keys.failure_proof);
    next.channel.send_key = std::move(keys.server_to_client);
    next.channel.receive_key = std::move(keys.client_to_server);
    next.overdue = Deadline<AdmissionOverdue>::in(c.config.registration_timeout, c.now);
    return go(std::move(next), Running{claim}, Commit{claim}, Proven{m.from});
  }
  static Next<Server, AwaitingResponse, ResponseOverdue> react(const AwaitingResponse&,
                                                               const ResponseOverdue&, Context&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
  static Next<Server, AwaitingResponse, LinkClosed> react(const AwaitingResponse&,
                                                          const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }

  static Next<Server, Admitting, Admit> react(const Admitting& s, const Admit& m, Context& c) {
    const std::uint8_t replaced[] = {m.replaced};
    const RegisterSuccess success{m.replaced,
                                  c.hmac.mac(s.success_proof.bytes(), {s.transcript, replaced})};
    c.hmac.forget();
    Registered next;
    next.peer_silent = Deadline<PeerSilent>::in(c.config.silence_timeout, c.now);
    return go(std::move(next), success, Established{});
  }
  static Next<Server, Admitting, Decline> react(const Admitting& s, const Decline&, Context& c) {
    const RegisterFailure failure{c.hmac.mac(s.failure_proof.bytes(), s.transcript)};
    return go(Ended{}, failure, Closed{Fault::already_registered});
  }
  static Next<Server, Admitting, AdmissionOverdue> react(const Admitting&, const AdmissionOverdue&,
                                                         Context&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
  static Next<Server, Admitting, LinkClosed> react(const Admitting&, const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }

  // Traffic.

  static Next<Server, Registered, Route> react(Registered& s, const Route& m, Context& c) {
    if (auto broken = require<PaceIsKept>(s.takes_frame(c))) return broken;
    if (s.pace.takes_one(c.config.messages_a_second, c.config.messages_at_once, c.now) ||
        handfast::detail::planted<"pace not kept">)
      return stay(Forward{m.id, m.recipient, m.payload});
    if (s.can_answer(c)) return stay(Receipt{m.id, Fate::busy});
    return stay();
  }
  static Next<Server, Registered, Deliver> react(const Registered& s, const Deliver& m,
                                                 Context& c) {
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    if (auto broken = require<QueueHasRoom>(
            s.has_room(m.payload.size() + Registered::answer_size_max, c.config.queue_max) ||
            handfast::detail::planted<"queue without bound">))
      return broken;
    if (auto broken = require<CounterIsLeft>(s.channel.has_counter())) return broken;
    return stay(Routed{m.sender, m.payload});
  }
  static Next<Server, Registered, Report> react(const Registered& s, const Report& m, Context& c) {
    if (s.can_answer(c)) return stay(Receipt{m.id, m.fate});
    return stay();
  }
  static Next<Server, Registered, Ping> react(Registered& s, const Ping&, Context& c) {
    if (auto broken = require<PaceIsKept>(s.takes_frame(c))) return broken;
    if (s.can_answer(c)) return stay(Pong{});
    return stay();
  }
  static Next<Server, Registered, Drained> react(Registered& s, const Drained& m, Context&) {
    s.queued -= std::min<std::uint64_t>(s.queued, m.size);
    return stay();
  }
  static Next<Server, Registered, Supersede> react(const Registered& s, const Supersede&,
                                                   Context& c) {
    if (auto broken = require<CounterIsLeft>(s.channel.has_counter())) return broken;
    return go(Leaving{{}, Deadline<LeaveOverdue>::in(c.config.registration_timeout, c.now)},
              registration::Superseded{});
  }
  static Next<Server, Registered, PeerSilent> react(const Registered&, const PeerSilent&,
                                                    Context&) {
    return go(Ended{}, Closed{Fault::peer_lost});
  }
  static Next<Server, Registered, LinkClosed> react(const Registered&, const LinkClosed&,
                                                    Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }
  static Next<Server, Leaving, LeaveOverdue> react(const Leaving&, const LeaveOverdue&, Context&) {
    return go(Ended{}, Closed{Fault::superseded});
  }
  static Next<Server, Leaving, LinkClosed> react(const Leaving&, const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::superseded});
  }
};

}  // namespace handfast::registration
