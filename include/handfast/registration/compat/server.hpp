#pragma once

// The server's side of one connection as the deployed Node program is. What ends that program (no
// JSON, a key that is none) is a fault here and changes nothing; a response that is wrong is
// answered as there, and ends the connection.

#include "handfast/core/engine.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/registration/compat/context.hpp"
#include "handfast/registration/compat/rules.hpp"
#include "handfast/registration/compat/waiting.hpp"
#include "handfast/registration/pace.hpp"

namespace handfast::registration {

/// The deployed Node program's side. The router says of each client that was `Proven` whether it
/// may stay: who is told to go has been told before that it is registered, as deployed. The payload
/// of `Forward` and of `Deliver` is a whole envelope; the former's is the frame that was received,
/// and lives as long as that. Each `Forward` wants one `Report`: sixteen may be without.
template <>
struct Server<Compat> {
  using Context = compat::Context;
  using Links = compat::Links;
  using Challenge = compat::Challenge;
  using ChallengeResponse = compat::ChallengeResponse;
  using RegisterSuccess = compat::RegisterSuccess;
  using RegisterFailure = compat::RegisterFailure;
  using Envelope = compat::Envelope;
  using Message = compat::Message;
  using Stray = compat::Stray;
  using Routed = compat::Routed;
  using Returned = compat::Returned;
  using MessageDelivered = compat::MessageDelivered;
  using AlreadyRegistered = compat::AlreadyRegistered;
  using Receives = List<ChallengeResponse, Message, Stray>;
  using Commands = List<Accept, Admit, Decline, Supersede, Deliver, Report, Drained, LinkClosed>;
  using Timers = List<ResponseOverdue, AdmissionOverdue>;

  // States.

  struct Idle {};
  /// The challenge is on its way.
  struct AwaitingResponse {
    compat::Nonce nonce{};
    std::vector<std::uint8_t> text;
    Deadline<ResponseOverdue> overdue;
    static constexpr auto fields =
        Fields{&AwaitingResponse::nonce, &AwaitingResponse::text, &AwaitingResponse::overdue};
  };
  /// Whoever this is has used the key; whether it may come in is not known.
  struct Admitting {
    x25519::PublicKey client;
    Deadline<AdmissionOverdue> overdue;
    static constexpr auto fields = Fields{&Admitting::client, &Admitting::overdue};
  };
  /// Its messages are carried.
  struct Registered {
    x25519::PublicKey client;
    Pace pace;                 // of its messages
    Pace frame_pace;           // of all that it is answered
    std::uint64_t queued = 0;  // bytes of what was sent that its transport has not taken yet
    compat::Waiting waiting;
    static constexpr auto fields =
        Fields{&Registered::client, &Registered::pace, &Registered::frame_pace, &Registered::queued,
               &Registered::waiting};

    void adopt(Admitting&& left) { client = left.client; }

    [[nodiscard]] bool has_room(std::size_t size, std::uint64_t limit) const noexcept {
      return queued <= limit && size <= limit - queued;
    }
    /// Whether one more frame may be answered; it is counted then.
    [[nodiscard]] bool takes_frame(const Context& c) {
      return frame_pace.takes_one(c.config.frames_a_second, c.config.frames_at_once, c.now);
    }
    /// Whether a frame of `size` bytes may be answered: the client reads what it is sent. An answer
    /// is no longer than what it answers and what it says about that.
    [[nodiscard]] bool can_answer(std::uint64_t size, const Context& c) const noexcept {
      return has_room(size + answer_size_max, c.config.queue_max + c.config.answers_max);
    }
    static constexpr std::size_t answer_size_max = 64;  // bytes
  };
  struct Ended {};
  using Ends = List<Idle, Registered, Ended>;

  // The row that is tagged authenticates as the deployed program does: whoever answered, or had it
  // answered, could seal with the key.
  // clang-format off
  using Registration = Transitions<
    //  from              on                 to                sends and tells
    Row<Idle,             Accept,            AwaitingResponse, Challenge, Requires<HasIdentity, FitsItsMessage, RandomSourceWorks>>,
    Authenticates<
    Row<AwaitingResponse, ChallengeResponse, Admitting,        Tells<Proven>>>,
    Row<AwaitingResponse, ChallengeResponse, Ended,            RegisterFailure, Tells<Closed>>,
    Row<AwaitingResponse, Stray,             Ended,            RegisterFailure, Tells<Closed>>,
    Row<AwaitingResponse, ResponseOverdue,   Ended,            RegisterFailure, Tells<Closed>>,
    Row<AwaitingResponse, LinkClosed,        Ended,            Tells<Closed>>,
    Row<Admitting,        Admit,             Registered,       RegisterSuccess, Tells<Established>>,
    Row<Admitting,        Decline,           Ended,            RegisterSuccess, AlreadyRegistered, Tells<Closed>>,
    Row<Admitting,        AdmissionOverdue,  Ended,            RegisterFailure, Tells<Closed>>,
    Row<Admitting,        LinkClosed,        Ended,            Tells<Closed>>,
    Refuse<Idle, ChallengeResponse, Message, Stray>,
    Ignore<Admitting, ChallengeResponse>,
    Refuse<AwaitingResponse, Message>,
    Refuse<Admitting, Message, Stray>>;

  using Traffic = Transitions<
    Row<Registered,       Message,           Registered,       Tells<Forward>, Requires<PaceIsKept>>,
    Row<Registered,       Message,           Registered,       Returned, Requires<PaceIsKept>>,  // not its key, or more than it may
    Row<Registered,       Message,           Registered,       Requires<PaceIsKept>>,            // and reads nothing of what it is told
    Row<Registered,       Stray,             Registered,       Returned, Requires<PaceIsKept>>,
    Row<Registered,       Stray,             Registered,       Requires<PaceIsKept>>,
    Row<Registered,       Deliver,           Registered,       Routed, Requires<PayloadFits, QueueHasRoom>>,
    Row<Registered,       Report,            Registered,       MessageDelivered, Requires<compat::ReportIsDue>>,
    Row<Registered,       Report,            Registered,       Returned, Requires<compat::ReportIsDue>>,
    Row<Registered,       Report,            Registered,       Requires<compat::ReportIsDue>>,
    Row<Registered,       Drained,           Registered>,
    Row<Registered,       Decline,           Ended,            AlreadyRegistered, Tells<Closed>>,
    Row<Registered,       Supersede,         Ended,            AlreadyRegistered, Tells<Closed>>,
    Row<Registered,       LinkClosed,        Ended,            Tells<Closed>>,
    Ignore<Registered, ChallengeResponse>,
    Ignore<Ended, ChallengeResponse, Message, Stray>>;

  using Table = Join<Registration, Traffic>;
  // clang-format on

  // Input.

  using Wire = std::variant<ChallengeResponse, Envelope, Stray>;
  static std::expected<Wire, Fault> decode(Link, Bytes frame, const Context&) {
    auto decoded = compat::widened<Wire>(
        wire::json::decode_any<ChallengeResponse, Envelope>(frame, compat::frame_size_max));
    if (decoded) {
      if (auto* envelope = std::get_if<Envelope>(&*decoded)) envelope->whole = frame;
      return decoded;
    }
    auto stray = wire::json::decode<Stray>(frame, compat::frame_size_max);
    if (!stray || stray->type == "CHALLENGE_RESPONSE") return decoded;  // its own fault
    stray->whole = frame;
    return *std::move(stray);
  }

  /// No box is opened here: whether an envelope is a message depends on who is on the connection.
  struct Pending {};
  static std::expected<Opened<Pending, Message>, Fault> open(const Registered&,
                                                             const Envelope& envelope, Context&,
                                                             Buffer&) {
    return Opened<Pending, Message>{Message{envelope}, {}};
  }
  static std::expected<Opened<Pending, Stray>, Fault> open(const AwaitingResponse&,
                                                           const Envelope& envelope, Context&,
                                                           Buffer&) {
    Stray stray{"MESSAGE", {}, {}, {}, {}, envelope.whole};
    return Opened<Pending, Stray>{std::move(stray), {}};
  }
  static void commit(Registered&, Pending&&, Context&) {}
  static void commit(AwaitingResponse&, Pending&&, Context&) {}

  // Output.

  template <wire::HasLayout M>
  static void write(const M& message, Context& c, Frames& frames) {
    compat::write_json(message, c, frames);
  }
  template <wire::HasLayout M>
  static void write(Registered& s, const M& message, Context& c, Frames& frames) {
    s.queued += compat::write_json(message, c, frames);
  }
  static void write(Registered& s, const Routed& routed, Context& c, Frames& frames) {
    frames.append(c.link, text_of(routed.payload));
    s.queued += routed.payload.size();
  }

  // Registration.

  static Next<Server, Idle, Accept> react(const Idle&, const Accept&, Context& c) {
    if (auto broken = require<HasIdentity>(c.identity.has_key())) return broken;
    const std::string& text = c.config.challenge_text;
    const bool fits = text.size() <= compat::text_size_max && wire::is_utf8(text);
    if (auto broken = require<FitsItsMessage>(fits)) return broken;
    const auto nonce = c.random.bytes<SecretBox::nonce_size>();
    if (auto broken = require<RandomSourceWorks>(nonce.has_value())) return broken;
    return go(AwaitingResponse{*nonce,
                               {text.begin(), text.end()},
                               Deadline<ResponseOverdue>::in(c.config.registration_timeout, c.now)},
              Challenge{c.identity.public_key(), *nonce, text});
  }

  static Next<Server, AwaitingResponse, ChallengeResponse> react(const AwaitingResponse& s,
                                                                 const ChallengeResponse& m,
                                                                 Context& c) {
    if (const auto wrong = fault_of(s, m, c))
      return go(Ended{}, failure(compat::texts::invalid_ciphertext), Closed{*wrong});
    return go(
        Admitting{m.from, Deadline<AdmissionOverdue>::in(c.config.registration_timeout, c.now)},
        Proven{m.from});
  }
  static Next<Server, AwaitingResponse, Stray> react(const AwaitingResponse&, const Stray& m,
                                                     Context&) {
    // What JavaScript says of a member that is not there.
    return go(Ended{}, unexpected_type(m.type.value_or("undefined")),
              Closed{Fault::unexpected_message});
  }
  static Next<Server, AwaitingResponse, ResponseOverdue> react(const AwaitingResponse&,
                                                               const ResponseOverdue&, Context&) {
    return go(Ended{}, failure(compat::texts::timed_out), Closed{Fault::timed_out});
  }
  static Next<Server, AwaitingResponse, LinkClosed> react(const AwaitingResponse&,
                                                          const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }

  static Next<Server, Admitting, Admit> react(const Admitting&, const Admit&, Context&) {
    return go(Registered{}, RegisterSuccess{}, Established{});
  }
  static Next<Server, Admitting, Decline> react(const Admitting&, const Decline&, Context&) {
    return go(Ended{}, RegisterSuccess{}, AlreadyRegistered{}, Closed{Fault::already_registered});
  }
  static Next<Server, Admitting, AdmissionOverdue> react(const Admitting&, const AdmissionOverdue&,
                                                         Context&) {
    return go(Ended{}, failure(compat::texts::timed_out), Closed{Fault::timed_out});
  }
  static Next<Server, Admitting, LinkClosed> react(const Admitting&, const LinkClosed&, Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }

  // Traffic.

  static Next<Server, Registered, Message> react(Registered& s, const Message& message,
                                                 Context& c) {
    const Envelope& m = message.envelope;
    if (auto broken = require<PaceIsKept>(s.takes_frame(c))) return broken;
    const bool is_theirs =
        m.from == s.client || handfast::detail::planted<"sender's name not checked">;
    if (is_theirs && s.waiting.has_room() &&
        s.pace.takes_one(c.config.messages_a_second, c.config.messages_at_once, c.now))
      return stay(Forward{s.waiting.add(m), m.to, m.whole});
    if (!s.can_answer(m.whole.size(), c)) return stay();
    // Too much is told as the one thing that this wire has for it.
    return stay(returned(
        m, m.from == s.client ? compat::errors::not_available : compat::errors::mismatched_key));
  }
  static Next<Server, Registered, Stray> react(Registered& s, const Stray& m, Context& c) {
    if (auto broken = require<PaceIsKept>(s.takes_frame(c))) return broken;
    if (!s.can_answer(m.whole.size(), c)) return stay();
    return stay(Returned{m.type, m.from, m.to, m.nonce, m.message, std::string(error_of(s, m))});
  }
  static Next<Server, Registered, Deliver> react(const Registered& s, const Deliver& m,
                                                 Context& c) {
    if (auto broken = require<PayloadFits>(m.payload.size() <= compat::frame_size_max))
      return broken;
    if (auto broken = require<QueueHasRoom>(s.has_room(m.payload.size(), c.config.queue_max)))
      return broken;
    return stay(Routed{m.sender, m.payload});
  }
  static Next<Server, Registered, Report> react(Registered& s, const Report& m, Context& c) {
    if (auto broken = require<compat::ReportIsDue>(s.waiting.has(m.id))) return broken;
    auto message = s.waiting.take(m.id);
    if (!s.can_answer(message.size, c)) return stay();
    if (m.fate != Fate::forwarded) return stay(returned(message, compat::errors::not_available));
    return stay(
        MessageDelivered{message.from, message.to, message.nonce, std::move(message.message)});
  }
  static Next<Server, Registered, Drained> react(Registered& s, const Drained& m, Context&) {
    s.queued -= std::min<std::uint64_t>(s.queued, m.size);
    return stay();
  }
  static Next<Server, Registered, Decline> react(const Registered&, const Decline&, Context&) {
    return go(Ended{}, AlreadyRegistered{}, Closed{Fault::already_registered});
  }
  static Next<Server, Registered, Supersede> react(const Registered&, const Supersede&, Context&) {
    return go(Ended{}, AlreadyRegistered{}, Closed{Fault::superseded});
  }
  static Next<Server, Registered, LinkClosed> react(const Registered&, const LinkClosed&,
                                                    Context&) {
    return go(Ended{}, Closed{Fault::link_closed});
  }

 private:
  static RegisterFailure failure(std::string_view text) { return {std::string(text)}; }
  static RegisterFailure unexpected_type(std::string_view type) {
    return {std::string(compat::texts::unexpected_type) + std::string(type)};
  }
  /// `m` as it came or as it was kept.
  static Returned returned(const auto& m, std::string_view error) {
    const auto text = [](Bytes bytes) { return wire::base64::encode(bytes, wire::base64::url); };
    return {"MESSAGE",     text(m.from.bytes()), text(m.to.bytes()),
            text(m.nonce), text(m.message),      std::string(error)};
  }

  /// What is wrong with a response, or nothing; in the order of the page. The client is told the
  /// same of all of it.
  static std::optional<Fault> fault_of(const AwaitingResponse& s, const ChallengeResponse& m,
                                       Context& c) {
    if (m.to != c.identity.public_key() || m.nonce != s.nonce) return Fault::wrong_session;
    const auto key = box_key(c.identity, m.from);
    if (!key) return key.error();
    if (m.message.size() != s.text.size() + SecretBox::tag_size) return Fault::not_authentic;
    std::vector<std::uint8_t> text(s.text.size());
    const auto opened = c.box.open(*key, m.nonce, m.message, text);
    c.box.forget();  // it would hold this key until somebody else responds
    if (!opened) return opened.error();
    return text == s.text ? std::nullopt : std::optional(Fault::not_authentic);
  }

  /// The first of the router's checks that a stray does not pass. Which keys others have registered
  /// is not known here: a key that is not this client's is a mismatch, whoever has it.
  static std::string_view error_of(const Registered& s, const Stray& m) {
    std::array<std::uint8_t, x25519::key_size> from{};
    if (!m.from || wire::base64::decode(*m.from, from, wire::base64::url_lenient) != from.size())
      return compat::errors::not_registered;
    if (!std::ranges::equal(from, s.client.bytes())) return compat::errors::mismatched_key;
    if (!m.message) return compat::errors::missing_content;
    if (m.type != "MESSAGE") return compat::errors::missing_type;
    return compat::errors::not_available;  // whom it is for, or how it is sealed, cannot be read
  }
};

}  // namespace handfast::registration
