#pragma once

// The client: asks for a session until it is answered, says something in it until it hears the
// server, and then speaks and listens. It sends to the address that it was given and to no other,
// and takes what is authentic from wherever it comes.

#include "handfast/core/engine.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/udp/client_states.hpp"
#include "handfast/udp/rules.hpp"
#include "handfast/udp/session_handlers.hpp"

namespace handfast::udp {

template <HardenedProfile Profile>
struct Client<Profile>
    : SessionHandlers<Client<Profile>, client::Established, client::Closing, client::Draining> {
  using Handlers = SessionHandlers<Client, client::Established, client::Closing, client::Draining>;
  using Handlers::forged;
  using Handlers::react;

  using Context = udp::Context;
  using Links = udp::Links;
  using Receives = List<CookieReply, Connected, Data, Heartbeat, Challenge, Close, Forged>;
  using Unopened = Forged;
  using Commands = List<Dial, Send, Keep, Disconnect>;
  using Timers = List<ConnectOverdue, RepeatDue, HeartbeatDue, OldKeyDue, WornOut, PeerSilent,
                      CloseDue, DrainOver>;

  // States.

  using Idle = client::Idle;
  using Connecting = client::Connecting;
  using Confirming = client::Confirming;
  using Established = client::Established;
  using Closing = client::Closing;
  using Draining = client::Draining;
  using Ended = client::Ended;
  using Ends = List<Idle, Established, Ended>;

  // clang-format off
  using Beginning = Transitions<
    //  from         on              to           sends and tells
    Row<Idle,        Dial,           Connecting,  Connect, Requires<ConfigIsSound, PinIsThere, PayloadFits, RandomSourceWorks>>,
    Row<Connecting,  CookieReply,    Connecting,  Connect, Requires<CookieIsOurs, CookiesAreFew>>,
    Row<Connecting,  ConnectOverdue, Connecting,  Connect, Requires<RandomSourceWorks>>,  // again, or anew without resuming
    Row<Connecting,  ConnectOverdue, Ended,       Tells<Closed>>,
    Authenticates<
    Row<Connecting,  Connected,      Confirming,  Heartbeat, Tells<Running, Commit, handfast::Established, Agreed>,
                                                  Requires<AnswerIsOurs, KeysAgree, PeerProves>>>,
    Authenticates<
    Row<Connecting,  Connected,      Confirming,  Data, Tells<Running, Commit, handfast::Established, Agreed>,
                                                  Requires<AnswerIsOurs, KeysAgree, PeerProves>>>,
    Row<Connecting,  Disconnect,     Ended,       Tells<Closed>>,
    Row<Confirming,  RepeatDue,      Confirming,  Heartbeat>,
    Row<Confirming,  RepeatDue,      Confirming,  Data, Heartbeat>,
    Row<Confirming,  RepeatDue,      Ended,       Tells<Closed>>,
    Row<Confirming,  Send,           Confirming,  Data, Requires<PayloadFits, KeysHaveRoom, PeerFollows>>,
    Row<Confirming,  Data,           Established, Tells<Delivered>>,
    Row<Confirming,  Heartbeat,      Established>,
    Row<Confirming,  Challenge,      Established, Response>,
    Row<Confirming,  Close,          Draining,    Close, Tells<Finished>>,
    Row<Confirming,  Forged,         Confirming,  Requires<PacketIsAuthentic>>,
    Row<Confirming,  WornOut,        Draining,    Close>,
    Row<Confirming,  Disconnect,     Closing,     Close>,
    Ignore<Idle, CookieReply, Connected, Data, Heartbeat, Challenge, Close, Forged>,
    Ignore<Connecting, Data, Heartbeat, Challenge, Close, Forged>,
    Ignore<Confirming, CookieReply, Connected>>;

  using Traffic = Transitions<
    Row<Established, Send,           Established, Data, Requires<PayloadFits, KeysHaveRoom, PeerFollows>>,
    Row<Established, Data,           Established, Tells<Delivered>>,
    Row<Established, Heartbeat,      Established>,
    Row<Established, HeartbeatDue,   Established, Heartbeat>,
    Row<Established, Challenge,      Established, Response>,
    Row<Established, Keep,           Established, Tells<Resumable>, Requires<ResumptionIsLeft>>,
    Row<Established, OldKeyDue,      Established>,
    Row<Established, Forged,         Established, Requires<PacketIsAuthentic>>,
    Row<Established, WornOut,        Draining,    Close>,
    Row<Established, PeerSilent,     Ended,       Tells<Closed>>,
    Row<Established, Close,          Draining,    Close, Tells<Finished>>,
    Row<Established, Disconnect,     Closing,     Close>,
    Ignore<Established, CookieReply, Connected>>;

  using Ending = Transitions<
    Row<Closing,     CloseDue,       Closing,     Close>,
    Row<Closing,     CloseDue,       Ended,       Tells<Closed>>,                         // nobody answers
    Row<Closing,     Close,          Ended,       Tells<Finished, Closed>>,               // ours is answered
    Row<Closing,     Close,          Draining,    Close, Tells<Finished>>,                // both have said it
    Row<Closing,     Forged,         Closing,     Requires<PacketIsAuthentic>>,
    Row<Closing,     Disconnect,     Ended,       Tells<Closed>>,                         // at once
    Row<Draining,    Close,          Draining,    Close>,
    Row<Draining,    Close,          Draining>,
    Row<Draining,    Forged,         Draining,    Requires<PacketIsAuthentic>>,
    Row<Draining,    Disconnect,     Ended,       Tells<Closed>>,
    Row<Draining,    DrainOver,      Ended,       Tells<Closed>>,
    Ignore<Closing, CookieReply, Connected, Data, Heartbeat, Challenge>,
    Ignore<Draining, CookieReply, Connected, Data, Heartbeat, Challenge>,
    Ignore<Ended, CookieReply, Connected, Data, Heartbeat, Challenge, Close, Forged>>;

  using Table = Join<Beginning, Traffic, Ending>;
  // clang-format on

  // Input.

  using Wire = std::variant<Packet, CookieReply, Connected>;
  [[gnu::flatten]] static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode_any<Packet, CookieReply, Connected>(frame);
  }

  template <class S>
  requires requires(S& s) { s.session; }
  static auto open(const S& s, const Packet& packet, Context& c, Buffer& plaintext) {
    return s.session.template open<Data, Heartbeat, Challenge, Close>(packet, c, plaintext);
  }
  template <class S>
  requires requires(S& s) { s.session; }
  static void commit(S& s, Pending&& pending, Context& c) { s.session.commit(pending, c); }

  // Output.

  /// A cookie has it said once more; the count and the time of the others go on.
  static void write(Connecting& s, const Connect& message, Context& c, Frames& frames) {
    if (s.attempts == 0 || c.now.steady >= s.overdue.at || s.overdue.at == never ||
        handfast::detail::planted<"cookie restarts the attempts' time">) {
      ++s.attempts;
      s.cookies = 0;
      s.overdue = Deadline<ConnectOverdue>::in(c.config.connect_repeat, c.now);
    }
    if (const auto bytes = wire::binary::encode(message)) frames.append(c.link, text_of(*bytes));
  }
  static void write(Confirming& s, const Data& message, Context& c, Frames& frames) {
    if (message.turn == Data::Turn::again)
      return frames.append(c.link, text_of(s.first_frame.bytes()));
    (void)s.session.seal(message, s.server, c, frames);
    if (message.turn != Data::Turn::first) return;
    if (const auto all = frames.view(); !all.empty()) s.first_frame.append(all.back().bytes);
    said_first(s, c);
  }
  static void write(Confirming& s, const Heartbeat& message, Context& c, Frames& frames) {
    (void)s.session.seal(message, s.server, c, frames);
    said_first(s, c);
  }
  static void write(Closing& s, const Close& message, Context& c, Frames& frames) {
    (void)s.session.seal(message, s.server, c, frames);
    ++s.attempts;
    s.close_due = Deadline<CloseDue>::in(c.config.close_repeat, c.now);
  }
  template <class S, class M>
  requires requires(S& s, const M& m) { s.session, m.seen_epoch; }
  static void write(S& s, const M& message, Context& c, Frames& frames) {
    (void)s.session.seal(message, s.server, c, frames);
  }

  // Beginning.

  static Next<Client, Idle, Dial> react(const Idle&, const Dial& m, Context& c) {
    if (auto broken = require<ConfigIsSound>(c.config.is_sound())) return broken;
    if (auto broken = require<PinIsThere>(c.config.server_key || !c.config.is_pinned))
      return broken;
    if (auto broken = require<PayloadFits>(m.first.size() <= payload_size_max)) return broken;
    const auto& pin = c.config.server_key;
    auto made = make(m.server, pin ? &*pin : nullptr, c.resumption ? &*c.resumption : nullptr, c);
    if (auto broken = require<RandomSourceWorks>(made.has_value())) return broken;
    if (!handfast::detail::planted<"client resumes twice">) c.resumption.reset();
    made->first.append(m.first);
    const Connect connect = made->connect;
    return go(std::move(*made), connect);
  }
  static Next<Client, Connecting, CookieReply> react(Connecting& s, const CookieReply& m,
                                                     Context&) {
    const bool is_ours =
        m.nonce == s.connect.nonce || handfast::detail::planted<"cookie for another taken">;
    const bool is_from_there =
        m.from == s.server || handfast::detail::planted<"cookie taken from elsewhere">;
    if (auto broken = require<CookieIsOurs>(is_ours && is_from_there)) return broken;
    const bool are_few =
        s.cookies < cookies_an_attempt || handfast::detail::planted<"cookies taken without bound">;
    if (auto broken = require<CookiesAreFew>(are_few)) return broken;
    s.connect.cookie = m.cookie;
    ++s.cookies;
    return stay(s.connect);
  }
  static Next<Client, Connecting, ConnectOverdue> react(const Connecting& s, const ConnectOverdue&,
                                                        Context& c) {
    if (s.attempts >= c.config.connect_attempts) return go(Ended{}, Closed{Fault::timed_out});
    if (!s.connect.is_resuming() || s.attempts < c.config.resume_attempts) return stay(s.connect);
    auto anew = make(s.server, s.connect.is_pinned() ? &s.pin : nullptr, nullptr, c);
    if (auto broken = require<RandomSourceWorks>(anew.has_value())) return broken;
    const Connect connect = anew->connect;
    return go(std::move(*anew), connect);
  }
  static Next<Client, Connecting, Connected> react(const Connecting& s, const Connected& m,
                                                   Context& c) {
    const bool is_ours = m.client_half == s.connect.client_half && m.mode == s.connect.mode;
    const bool is_pinned = s.connect.is_pinned();
    if (auto broken = require<AnswerIsOurs>(is_ours)) return broken;
    const auto ee = agree(s.ephemeral, m.key);  // ee
    std::expected<Secret<32>, Fault> es;
    if (is_pinned) es = agree(s.ephemeral, s.pin);  // es
    if (auto broken = require<KeysAgree>(ee && es)) return broken;
    SessionKeys keys(c.hkdf, Exchange::of(s.connect, m, s.pin).transcript(c.sha256), *ee,
                     is_pinned ? &*es : nullptr, s.connect.is_resuming() ? &s.resumed : nullptr);
    const bool proves = c.hmac.verify(keys.confirmation.bytes(), keys.transcript, m.proof);
    c.hmac.forget();  // it would hold this key until the next proof
    if (auto broken = require<PeerProves>(
            proves || handfast::detail::planted<"Connected's proof not checked">))
      return broken;

    Claim claim{{}, keys.transcript, keys.id, "client"};
    std::ranges::copy(s.pin.bytes(), claim.peer.begin());
    const Agreed agreed{is_pinned, s.connect.is_resuming(), is_pinned};
    Confirming next;
    next.server = s.server;
    next.session = Session::of(keys, m, true, c);
    if (s.first.empty())
      return go(std::move(next), Heartbeat{0, 1}, Running{claim}, Commit{claim},
                handfast::Established{}, agreed);
    return go(std::move(next), Data{0, 0, s.first.bytes(), Data::Turn::first}, Running{claim},
              Commit{claim}, handfast::Established{}, agreed);
  }
  static Next<Client, Connecting, Disconnect> react(const Connecting&, const Disconnect&,
                                                    Context&) {
    return go(Ended{}, Closed{});
  }

  static Next<Client, Confirming, RepeatDue> react(const Confirming& s, const RepeatDue&,
                                                   Context& c) {
    if (s.attempts >= c.config.connect_attempts) return go(Ended{}, Closed{Fault::timed_out});
    if (s.first_frame.empty()) return stay(Heartbeat{0, 1});
    return stay(Data{0, 0, {}, Data::Turn::again}, Heartbeat{0, 1});
  }
  static Next<Client, Confirming, Send> react(Confirming& s, const Send& m, Context& c) {
    return send(s, m, c);
  }
  static Next<Client, Confirming, Data> react(const Confirming&, const Data& m, Context&) {
    return go(Established{}, Delivered{m.payload()});
  }
  static Next<Client, Confirming, Heartbeat> react(const Confirming&, const Heartbeat&, Context&) {
    return go(Established{});
  }
  static Next<Client, Confirming, Challenge> react(const Confirming&, const Challenge& m,
                                                   Context&) {
    return go(Established{}, Response{0, m.bytes, {}});
  }
  static Next<Client, Confirming, Close> react(const Confirming& s, const Close&, Context& c) {
    return go(Draining{}, Close{0, 1}, Finished{keep(s.session, c)});
  }
  static Next<Client, Confirming, Forged> react(Confirming& s, const Forged&, Context& c) {
    return forged(s, c);
  }
  static Next<Client, Confirming, WornOut> react(const Confirming&, const WornOut&, Context&) {
    return go(worn_out(), Close{});
  }
  static Next<Client, Confirming, Disconnect> react(const Confirming&, const Disconnect&,
                                                    Context&) {
    return go(Closing{}, Close{});
  }

  // Traffic.

  static Next<Client, Established, Send> react(Established& s, const Send& m, Context& c) {
    return send(s, m, c);
  }
  static Next<Client, Established, HeartbeatDue> react(const Established&, const HeartbeatDue&,
                                                       Context&) {
    return stay(Heartbeat{});
  }
  static Next<Client, Established, Challenge> react(const Established&, const Challenge& m,
                                                    Context&) {
    return stay(Response{0, m.bytes, {}});
  }
  static Next<Client, Established, Keep> react(Established& s, const Keep&, Context& c) {
    auto taken = s.session.take_resumption();
    if (auto broken = require<ResumptionIsLeft>(taken.has_value())) return broken;
    c.resumption = std::move(taken);
    return stay(Resumable{});
  }
  static Next<Client, Established, WornOut> react(const Established&, const WornOut&, Context&) {
    return go(worn_out(), Close{});
  }
  static Next<Client, Established, Close> react(const Established& s, const Close&, Context& c) {
    return go(Draining{}, Close{0, 1}, Finished{keep(s.session, c)});
  }
  static Next<Client, Established, Disconnect> react(const Established&, const Disconnect&,
                                                     Context&) {
    return go(Closing{}, Close{});
  }

  // Ending.

  static Next<Client, Closing, CloseDue> react(const Closing& s, const CloseDue&, Context& c) {
    if (s.attempts >= c.config.close_attempts) return go(Ended{}, Closed{});
    return stay(Close{});
  }
  static Next<Client, Closing, Close> react(const Closing& s, const Close& m, Context& c) {
    const Finished finished{keep(s.session, c)};
    if (m.answers == 1) return go(Ended{}, finished, Closed{});
    return go(Draining{}, Close{0, 1}, finished);
  }
  static Next<Client, Draining, Close> react(const Draining&, const Close& m, Context&) {
    if (m.answers == 1) return stay();
    return stay(Close{0, 1});
  }

 private:
  static constexpr std::uint8_t cookies_an_attempt = 4;

  static std::expected<Connecting, Fault> make(const Address& server, const x25519::PublicKey* pin,
                                               const Resumption* from, Context& c) {
    const auto nonce = c.random.bytes<16>();
    const auto half = c.random.bytes<4>();
    auto ephemeral = x25519::PrivateKey::generate(c.random);
    if (!nonce || !half || !ephemeral) return std::unexpected(Fault::random_source_failed);
    Connecting made;
    made.server = server;
    if (pin != nullptr) made.pin = *pin;
    Connect& connect = made.connect;
    connect.from = server;
    connect.mode = static_cast<Mode>((pin != nullptr ? pinned_mode : 0) |
                                     (from != nullptr ? resuming_mode : 0));
    connect.key = ephemeral->public_key();
    connect.nonce = *nonce;
    connect.client_half = *half;
    if (from != nullptr) {
      connect.resumption = from->id;
      const auto proof = resumption_proof_of(c.hkdf, c.hmac, from->secret, connect);
      std::ranges::copy(proof.bytes(), connect.resumption_proof.begin());
      made.resumed = from->secret.dangerous_copy();
    }
    made.ephemeral = std::move(*ephemeral);
    return made;
  }
  static void said_first(Confirming& s, const Context& c) {
    ++s.attempts;
    s.repeat_due = Deadline<RepeatDue>::in(c.config.connect_repeat, c.now);
  }
  /// Both have agreed on the end: what is left of the session goes to the application.
  static bool keep(const Session& session, Context& c) {
    if (!session.has_resumption) return false;
    c.resumption = Resumption{session.resumption.id, session.resumption.secret.dangerous_copy()};
    return true;
  }
  static Draining worn_out() {
    Draining next;
    next.why = Fault::limit_reached;
    return next;
  }
  template <class S>
  static Next<Client, S, Send> send(S& s, const Send& m, Context& c) {
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    const Sending& sending = s.session.sending;
    if (auto broken = require<KeysHaveRoom>(!sending.is_worn_out(c.config, c.now))) return broken;
    const bool is_stuck = sending.is_stuck(c.config, c.now);
    if (is_stuck) s.session.ask_soon(c);
    if (auto broken = require<PeerFollows>(!is_stuck)) return broken;
    return stay(Data{0, 0, m.payload});
  }
};

}  // namespace handfast::udp
