#pragma once

// The server: answers who asks for a session, believes in it when the client comes back, and speaks
// to where it has shown to be. One machine a client; a listener has many.

#include "handfast/core/engine.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/udp/rules.hpp"
#include "handfast/udp/server_states.hpp"
#include "handfast/udp/session_handlers.hpp"

namespace handfast::udp {

template <HardenedProfile Profile>
struct Server<Profile>
    : SessionHandlers<Server<Profile>, server::Established, server::Closing, server::Draining> {
  using Handlers = SessionHandlers<Server, server::Established, server::Closing, server::Draining>;
  using Handlers::forged;
  using Handlers::react;

  using Context = udp::Context;
  using Links = udp::Links;
  using Receives = List<Connect, Data, Heartbeat, Response, Close, Forged>;
  using Unopened = Forged;
  using Commands = List<Listen, Send, Keep, Disconnect>;
  using Timers = List<HalfOpenOver, ChallengeDue, PathOverdue, NowhereProven, HeartbeatDue,
                      OldKeyDue, WornOut, PeerSilent, CloseDue, DrainOver>;

  // States.

  using Idle = server::Idle;
  using Listening = server::Listening;
  using HalfOpen = server::HalfOpen;
  using Established = server::Established;
  using Closing = server::Closing;
  using Draining = server::Draining;
  using Ended = server::Ended;
  using Ends = List<Idle, Listening, Established, Ended>;

  // clang-format off
  using Beginning = Transitions<
    //  from         on            to           sends and tells
    Row<Idle,        Listen,       Listening,   Requires<ConfigIsSound>>,
    Row<Listening,   Connect,      HalfOpen,    Connected, Tells<Running>,
                                                Requires<ConnectIsSound, ServerHasKey, ResumptionIsKnown, PeerProves, RandomSourceWorks, KeysAgree>>,
    Row<Listening,   Connect,      Listening,   CookieReply, Requires<ConnectIsSound, RandomSourceWorks>>,
    Row<Listening,   Disconnect,   Ended,       Tells<Closed>>,
    Row<HalfOpen,    Connect,      HalfOpen,    Connected>,                        // the same again
    Row<HalfOpen,    Connect,      HalfOpen,    Connected, Tells<Running>,         // another
                                                Requires<PlaceIsFree, ConnectIsSound, ServerHasKey, ResumptionIsKnown, PeerProves, RandomSourceWorks, KeysAgree>>,
    Row<HalfOpen,    Connect,      HalfOpen,    CookieReply, Requires<PlaceIsFree, ConnectIsSound, RandomSourceWorks>>,
    Authenticates<
    Row<HalfOpen,    Data,         Established, Tells<Commit, handfast::Established, Agreed, Delivered>>>,
    Authenticates<
    Row<HalfOpen,    Heartbeat,    Established, Tells<Commit, handfast::Established, Agreed>>>,
    Authenticates<
    Row<HalfOpen,    Close,        Draining,    Close, Tells<Commit, Finished>>>,
    Row<HalfOpen,    Forged,       HalfOpen,    Requires<PacketIsAuthentic>>,
    Row<HalfOpen,    WornOut,      Listening>,
    Row<HalfOpen,    HalfOpenOver, Listening>,
    Row<HalfOpen,    Disconnect,   Ended,       Tells<Closed>>,
    Ignore<Idle, Connect, Data, Heartbeat, Response, Close, Forged>,
    Ignore<Listening, Data, Heartbeat, Response, Close, Forged>,
    Refuse<HalfOpen, Response>>;

  using Traffic = Transitions<
    Ignore<Established, Connect>,                                                  // it was answered, and heard
    Row<Established, Send,         Established, Data, Requires<PayloadFits, KeysHaveRoom, PeerFollows, PathHasCredit>>,
    Row<Established, Data,         Established, Tells<Delivered>>,
    Row<Established, Heartbeat,    Established>,
    Row<Established, HeartbeatDue, Established, Heartbeat>,
    Row<Established, HeartbeatDue, Established>,                                   // nothing may go there
    Row<Established, ChallengeDue, Established, Challenge, Requires<RandomSourceWorks>>,
    Row<Established, ChallengeDue, Established, Challenge, Challenge>,             // and where it was before
    Row<Established, ChallengeDue, Established>,                                   // nothing may go there
    Row<Established, Response,     Established, Tells<Moved>>,
    Row<Established, Response,     Established>,                                   // to what is no longer asked
    Row<Established, PathOverdue,  Established, Tells<Moved>>,
    Row<Established, NowhereProven, Ended,      Tells<Closed>>,
    Row<Established, Keep,         Established, Tells<Resumable>, Requires<PathIsProven, ResumptionIsLeft>>,
    Row<Established, OldKeyDue,    Established>,
    Row<Established, Forged,       Established, Requires<PacketIsAuthentic>>,
    Row<Established, WornOut,      Draining,    Close>,
    Row<Established, WornOut,      Draining>,
    Row<Established, PeerSilent,   Ended,       Tells<Closed>>,
    Row<Established, Close,        Draining,    Close, Tells<Finished>>,
    Row<Established, Close,        Draining,    Tells<Finished>>,
    Row<Established, Disconnect,   Closing,     Close>,
    Row<Established, Disconnect,   Closing>>;

  using Ending = Transitions<
    Row<Closing,     CloseDue,     Closing,     Close>,
    Row<Closing,     CloseDue,     Closing>,
    Row<Closing,     CloseDue,     Ended,       Tells<Closed>>,                    // nobody answers
    Row<Closing,     Close,        Ended,       Tells<Finished, Closed>>,          // ours is answered
    Row<Closing,     Close,        Draining,    Close, Tells<Finished>>,           // both have said it
    Row<Closing,     Close,        Draining,    Tells<Finished>>,
    Row<Closing,     Forged,       Closing,     Requires<PacketIsAuthentic>>,
    Row<Closing,     Disconnect,   Ended,       Tells<Closed>>,                    // at once
    Row<Draining,    Close,        Draining,    Close>,
    Row<Draining,    Close,        Draining>,
    Row<Draining,    Forged,       Draining,    Requires<PacketIsAuthentic>>,
    Row<Draining,    Disconnect,   Ended,       Tells<Closed>>,
    Row<Draining,    DrainOver,    Ended,       Tells<Closed>>,
    Ignore<Closing, Connect, Data, Heartbeat, Response>,
    Ignore<Draining, Connect, Data, Heartbeat, Response>,
    Ignore<Ended, Connect, Data, Heartbeat, Response, Close, Forged>>;

  using Table = Join<Beginning, Traffic, Ending>;
  // clang-format on

  // Input.

  using Wire = std::variant<Packet, Connect>;
  [[gnu::flatten]] static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    return wire::binary::decode_any<Packet, Connect>(frame);
  }

  template <class S>
  requires requires(S& s) { s.session; }
  static auto open(const S& s, const Packet& packet, Context& c, Buffer& plaintext) {
    return s.session.template open<Data, Heartbeat, Response, Close>(packet, c, plaintext);
  }
  static void commit(HalfOpen& s, Pending&& pending, Context& c) {
    server::Asked& asked = s.asked.writable();
    asked.heard_from = pending.from;
    asked.heard_size = pending.size;
    s.session.commit(pending, c);
  }
  static void commit(Established& s, Pending&& pending, Context& c) {
    s.paths.heard(pending.from, pending.size, pending.is_newest, c);
    s.session.commit(pending, c);
  }
  /// A session that ends follows nobody any more.
  template <class S>
  requires(std::same_as<S, Closing> ||
           std::same_as<S, Draining>) static void commit(S& s, Pending&& pending, Context& c) {
    if (handfast::detail::planted<"closing session follows a path">) s.path.address = pending.from;
    if (pending.from == s.path.address) s.path.came(pending.size);
    s.session.commit(pending, c);
  }

  // Output.

  static void write(const CookieReply& message, Context& c, Frames& frames) {
    append(message, c, frames);
  }
  static void write(const Connected& message, Context& c, Frames& frames) {
    append(message, c, frames);
  }
  static void write(Established& s, const Challenge& message, Context& c, Frames& frames) {
    const std::size_t size = s.session.seal(message, message.to, c, frames);
    if (message.to != s.paths.current.address) return;
    s.paths.current.went(size);
    s.paths.proving.writable().question.is_asked = true;
  }
  template <class S, class M>
  requires requires(S& s, const M& m) { server::path_of(s), m.seen_epoch; }
  static void write(S& s, const M& message, Context& c, Frames& frames) {
    Path& path = server::path_of(s);
    path.went(s.session.seal(message, path.address, c, frames));
    if constexpr (std::same_as<S, Closing>) {
      ++s.attempts;
      s.close_due = Deadline<CloseDue>::in(c.config.close_repeat, c.now);
    }
  }

  // Beginning.

  static Next<Server, Idle, Listen> react(const Idle&, const Listen&, Context& c) {
    if (auto broken = require<ConfigIsSound>(c.config.is_sound())) return broken;
    return go(Listening{});
  }
  static Next<Server, Listening, Connect> react(const Listening& s, const Connect& m, Context& c) {
    return answer(s, m, c);
  }
  static Next<Server, Listening, Disconnect> react(const Listening&, const Disconnect&, Context&) {
    return go(Ended{}, Closed{});
  }
  static Next<Server, HalfOpen, Connect> react(HalfOpen& s, const Connect& m, Context& c) {
    server::Asked& asked = s.asked.writable();
    if (asked.name == name_of(m, c.sha256)) {
      if (shows(m, c)) {
        asked.is_shown = true;
        if (!handfast::detail::planted<"cookie proves another address">) asked.from = m.from;
      } else if (m.from != asked.from) {
        asked.is_elsewhere = true;
      }
      return stay(s.answer(m.from));
    }
    const bool is_free = c.now.steady - asked.began >= c.config.replace_after ||
                         handfast::detail::planted<"half-open session replaced at once">;
    if (auto broken = require<PlaceIsFree>(is_free)) return broken;
    return answer(s, m, c);
  }
  static Next<Server, HalfOpen, Data> react(const HalfOpen& s, const Data& m, Context& c) {
    return go(Established{}, Commit{s.asked->claim(c)}, handfast::Established{}, s.asked->agreed(),
              Delivered{m.payload()});
  }
  static Next<Server, HalfOpen, Heartbeat> react(const HalfOpen& s, const Heartbeat&, Context& c) {
    return go(Established{}, Commit{s.asked->claim(c)}, handfast::Established{}, s.asked->agreed());
  }
  static Next<Server, HalfOpen, Close> react(const HalfOpen& s, const Close&, Context& c) {
    // Of the same size as what it answers, which is the first from there: it is paid for. Nothing is
    // kept of a session in which nothing was said.
    return go(Draining{}, Close{0, 1}, Commit{s.asked->claim(c)}, Finished{});
  }
  static Next<Server, HalfOpen, Forged> react(HalfOpen& s, const Forged&, Context& c) {
    return forged(s, c);
  }
  static Next<Server, HalfOpen, WornOut> react(const HalfOpen&, const WornOut&, Context&) {
    return go(Listening{});
  }
  static Next<Server, HalfOpen, HalfOpenOver> react(const HalfOpen&, const HalfOpenOver&,
                                                    Context&) {
    return go(Listening{});
  }
  static Next<Server, HalfOpen, Disconnect> react(const HalfOpen&, const Disconnect&, Context&) {
    return go(Ended{}, Closed{});
  }

  // Traffic.

  static Next<Server, Established, Send> react(Established& s, const Send& m, Context& c) {
    if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
    const Sending& sending = s.session.sending;
    if (auto broken = require<KeysHaveRoom>(!sending.is_worn_out(c.config, c.now))) return broken;
    const bool is_stuck = sending.is_stuck(c.config, c.now);
    if (is_stuck) s.session.ask_soon(c);
    if (auto broken = require<PeerFollows>(!is_stuck)) return broken;
    const bool is_paid_for = s.paths.current.may_send(Session::data_size(m.payload.size()));
    if (auto broken = require<PathHasCredit>(is_paid_for)) return broken;
    return stay(Data{0, 0, m.payload});
  }
  static Next<Server, Established, HeartbeatDue> react(Established& s, const HeartbeatDue&,
                                                       Context& c) {
    if (s.paths.current.may_send(Packet::short_size)) return stay(Heartbeat{});
    s.session.heartbeat_due = Deadline<HeartbeatDue>::in(c.config.heartbeat_interval, c.now);
    return stay();
  }
  static Next<Server, Established, ChallengeDue> react(Established& s, const ChallengeDue&,
                                                       Context& c) {
    const Path& path = s.paths.current;
    Proving& proving = s.paths.proving.writable();
    const auto again = Deadline<ChallengeDue>::in(c.config.challenge_repeat, c.now);
    if (!path.has_credit(Packet::short_size)) {
      proving.challenge_due = again;
      return stay();
    }
    if (auto broken = require<RandomSourceWorks>(proving.question.draw(c.random))) return broken;
    proving.challenge_due = again;
    const Challenge there{0, proving.question.bytes, path.address};
    const bool has_before = proving.previous && proving.previous_question.is_drawn;
    if (proving.question.is_asked || !has_before) return stay(there);
    return stay(there, Challenge{0, proving.previous_question.bytes, proving.previous->address});
  }
  static Next<Server, Established, Response> react(Established& s, const Response& m, Context& c) {
    if (!s.paths.answered(m.bytes, m.from)) return stay();
    s.session.answer_at_once(c);  // what was kept back may go now
    return stay(Moved{m.from});
  }
  static Next<Server, Established, PathOverdue> react(Established& s, const PathOverdue&,
                                                      Context&) {
    s.paths.move_back();
    return stay(Moved{s.paths.current.address});
  }
  static Next<Server, Established, NowhereProven> react(const Established&, const NowhereProven&,
                                                        Context&) {
    return go(Ended{}, Closed{Fault::timed_out});
  }
  static Next<Server, Established, Keep> react(Established& s, const Keep&, Context& c) {
    const Address* shown = s.paths.shown();
    if (auto broken = require<PathIsProven>(shown != nullptr)) return broken;
    auto taken = s.session.take_resumption();
    if (auto broken = require<ResumptionIsLeft>(taken.has_value())) return broken;
    store(std::move(*taken), shown->host(), c);
    return stay(Resumable{});
  }
  static Next<Server, Established, WornOut> react(const Established& s, const WornOut&, Context&) {
    Draining next;
    next.why = Fault::limit_reached;
    if (may_close(s)) return go(std::move(next), Close{});
    return go(std::move(next));
  }
  static Next<Server, Established, Close> react(const Established& s, const Close&, Context& c) {
    const Finished finished{keep(s, s.paths.shown(), c)};
    if (may_close(s)) return go(Draining{}, Close{0, 1}, finished);
    return go(Draining{}, finished);
  }
  static Next<Server, Established, Disconnect> react(const Established& s, const Disconnect&,
                                                     Context&) {
    if (may_close(s)) return go(Closing{}, Close{});
    return go(Closing{});
  }

  // Ending.

  static Next<Server, Closing, CloseDue> react(const Closing& s, const CloseDue&, Context& c) {
    if (s.attempts >= c.config.close_attempts) return go(Ended{}, Closed{});
    if (may_close(s)) return stay(Close{});
    Closing next;
    next.attempts = s.attempts + 1;
    return go(std::move(next));
  }
  static Next<Server, Closing, Close> react(const Closing& s, const Close& m, Context& c) {
    const Finished finished{keep(s, s.path.shown(), c)};
    if (m.answers == 1) return go(Ended{}, finished, Closed{});
    if (may_close(s)) return go(Draining{}, Close{0, 1}, finished);
    return go(Draining{}, finished);
  }
  static Next<Server, Draining, Close> react(const Draining& s, const Close& m, Context&) {
    if (m.answers == 1 || !may_close(s)) return stay();
    return stay(Close{0, 1});
  }

 private:
  template <class M>
  static void append(const M& message, Context& c, Frames& frames) {
    if (const auto bytes = wire::binary::encode(message)) frames.append(c.link, text_of(*bytes));
  }
  static bool shows(const Connect& m, Context& c) {
    return c.cookies.verify(m, c.config.cookie_time, c.now);
  }
  /// Whether the end may be said, to where a session that ends stays.
  static bool may_close(const Established& s) noexcept {
    return s.paths.proving->previous || s.paths.current.has_credit(Packet::short_size);
  }
  template <class S>
  static bool may_close(const S& s) noexcept {
    return s.path.has_credit(Packet::short_size);
  }

  /// A Connect that no session has begun with.
  template <class S>
  static Next<Server, S, Connect> answer(const S&, const Connect& m, Context& c) {
    const bool is_sound =
        m.is_resuming() || (m.resumption == ResumptionId{} && m.resumption_proof == Proof{});
    if (auto broken = require<ConnectIsSound>(is_sound)) return broken;
    const bool is_shown = shows(m, c);
    if (c.config.wants_cookies && !is_shown) {
      const auto cookie = c.cookies.make(m, c.random, c.config.cookie_time, c.now);
      if (auto broken = require<RandomSourceWorks>(cookie.has_value())) return broken;
      const CookieReply reply{m.from, m.nonce, *cookie};
      return stay(reply);
    }
    if (auto broken = require<ServerHasKey>(!m.is_pinned() || c.identity.has_key())) return broken;
    if (m.is_resuming()) {
      const auto* known = c.resumptions.find(m.resumption, c.config.resumption_time, c.now);
      if (auto broken = require<ResumptionIsKnown>(known != nullptr)) return broken;
      const auto right = resumption_proof_of(c.hkdf, c.hmac, *known, m);
      const bool proves = equal_in_constant_time(right.bytes(), m.resumption_proof);
      if (auto broken = require<PeerProves>(
              proves || handfast::detail::planted<"proof of resuming not checked">))
        return broken;
    }
    const auto half = c.random.bytes<4>();
    const auto ephemeral = x25519::PrivateKey::generate(c.random);
    if (auto broken = require<RandomSourceWorks>(half && ephemeral)) return broken;
    const auto ee = agree(*ephemeral, m.key);  // ee
    std::expected<Secret<32>, Fault> es;
    if (m.is_pinned()) es = agree(c.identity, m.key);  // es
    if (auto broken = require<KeysAgree>(ee && es)) return broken;
    std::optional<Secret<32>> resumed;
    if (m.is_resuming()) resumed = c.resumptions.take(m.resumption);  // before it is used

    HalfOpen next;
    server::Asked& asked = next.asked.writable();
    asked.name = name_of(m, c.sha256);
    asked.from = m.from;
    asked.mode = m.mode;
    asked.is_shown = is_shown;
    asked.began = c.now.steady;
    next.over = Deadline<HalfOpenOver>::in(c.config.half_open_time, c.now);
    Connected connected{m.from, m.mode, m.client_half, *half, ephemeral->public_key(), {}};
    SessionKeys keys(c.hkdf,
                     Exchange::of(m, connected, c.identity.public_key()).transcript(c.sha256), *ee,
                     m.is_pinned() ? &*es : nullptr, resumed ? &*resumed : nullptr);
    connected.proof = c.hmac.mac(keys.confirmation.bytes(), keys.transcript);
    c.hmac.forget();  // it would hold this key until the next proof
    asked.key = connected.key;
    asked.proof = connected.proof;
    asked.transcript = keys.transcript;
    asked.key_id = keys.id;
    next.session = Session::of(keys, connected, false, c);
    const Running running{asked.claim(c)};
    return go(std::move(next), connected, running);
  }

  /// Both have agreed on the end: what is left of the session is kept for another, where it is known
  /// whose share of what is kept that takes.
  template <class S>
  static bool keep(const S& s, const Address* shown, Context& c) {
    const Resumption& left = s.session.resumption;
    if (!s.session.has_resumption || shown == nullptr) return false;
    store({left.id, left.secret.dangerous_copy()}, shown->host(), c);
    return true;
  }
  static void store(Resumption one, const Host& host, Context& c) {
    c.resumptions.forget_old(c.config.resumption_time, c.now);
    c.resumptions.put(std::move(one), host,
                      {c.config.resumptions_max, c.config.resumptions_host_max}, c.now);
  }
};

}  // namespace handfast::udp
