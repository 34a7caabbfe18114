#pragma once

// A session between two clients: how its frames are sealed and opened, what each side knows of what
// the other has opened, and how one session takes over from another.

#include <optional>

#include "handfast/core/engine.hpp"
#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/ratchet/receive_chain.hpp"
#include "handfast/registration/pace.hpp"
#include "handfast/registration/peer/context.hpp"

namespace handfast::registration::peer {

/// Who the machine is for, and what is remembered of him between sessions.
struct Contact {
  x25519::PublicKey key;
  StaticKeys keys;
  std::uint64_t session_count = 0;
  SteadyTime news_at{};                           // not before this NEW_SESSION is said again
  Pace answers;                                   // to HELLOs
  std::array<SessionHalf, hellos_kept> hellos{};  // that were answered, the newest first
  static constexpr auto fields =
      Fields{&Contact::key,     &Contact::keys,    &Contact::session_count,
             &Contact::news_at, &Contact::answers, &Contact::hellos};

  [[nodiscard]] bool may_answer(const Config& config, const Time& now) const {
    return answers.allows(config.answers_a_second, config.answers_at_once, now);
  }

  [[nodiscard]] bool has_answered(const Hello& m) const noexcept {
    return std::ranges::find(hellos, m.half) != hellos.end();
  }
  void remember(const Hello& m) noexcept {
    if (has_answered(m)) return;
    std::ranges::rotate(hellos, hellos.end() - 1);
    hellos.front() = m.half;
  }
};

/// How far the session before got, both ways: so that its last messages are acknowledged too.
struct Before {
  std::uint64_t tag = 0;       // the beginning of its name
  std::uint64_t number = 0;    // the machine's how many-th session it was
  std::uint64_t sent = 0;      // the highest counter that we used
  std::uint64_t received = 0;  // the highest that we opened
  std::uint64_t opened = 0;    // bit i: `received` - i was
  static constexpr auto fields =
      Fields{&Before::tag, &Before::number, &Before::sent, &Before::received, &Before::opened};
};

/// One set of keys, both ways, and what was counted under it.
struct Session {
  using Receive = ratchet::ReceiveChain<ChainText, key_window>;

  SessionId id{};
  std::uint64_t number = 0;  // the machine's how many-th, from 1
  ratchet::MessageChain<ChainText> send;
  Receive receive;
  std::uint64_t acknowledged = 0;   // the highest of our counters that the contact has opened
  std::uint64_t message_count = 0;  // that we sent
  SteadyTime began{};
  std::uint32_t unheard = 0;  // as its caller, before the contact is heard: 1, and 1 for each `Ack`
  bool is_disowned = false;   // the contact has said that it does not know it
  Before before;
  static constexpr auto fields =
      Fields{&Session::id,           &Session::number,        &Session::send,  &Session::receive,
             &Session::acknowledged, &Session::message_count, &Session::began, &Session::unheard,
             &Session::is_disowned,  &Session::before};

  /// As the caller has it, or the answerer.
  static Session of(SessionKeys& keys, const SessionId& name, bool is_caller, const Time& now) {
    Session session;
    session.id = name;
    session.send = ratchet::MessageChain<ChainText>(
        std::move(is_caller ? keys.caller_chain : keys.answerer_chain));
    session.receive = Receive(std::move(is_caller ? keys.answerer_chain : keys.caller_chain));
    session.began = now.steady;
    session.unheard = is_caller;
    return session;
  }

  [[nodiscard]] bool is_empty() const noexcept { return id == SessionId{}; }
  [[nodiscard]] std::uint64_t tag() const noexcept {
    std::uint64_t first = 0;
    for (std::size_t i = 0; i < 8; ++i) first = first << 8 | id[i];
    return first;
  }
  [[nodiscard]] Before summary() const noexcept {
    return {tag(), number, send.next() - 1, receive.highest(), receive.accepted()};
  }

  /// How many frames may still be sent before the contact could no longer follow.
  [[nodiscard]] std::uint64_t frames_left(const Config& config) const noexcept {
    if (handfast::detail::planted<"contact left behind">) return skip_max;
    const std::uint64_t most = std::min(config.ahead_max, skip_max);
    return most - std::min(send.next() - 1 - acknowledged, most);
  }
  /// How many of them may be messages.
  [[nodiscard]] std::uint64_t messages_left(const Config& config) const noexcept {
    const std::uint64_t left = frames_left(config);
    return std::min(left - std::min(left, config.reserve_count),
                    config.messages_max - std::min(message_count, config.messages_max));
  }
  /// A limit is near enough for a new session to be asked for, so that it is there in time.
  [[nodiscard]] bool wants_renewal(const Config& config) const noexcept {
    const std::uint64_t most = std::min(config.ahead_max, skip_max);
    const std::uint64_t fresh =
        std::min(config.messages_max, most - std::min(most, config.reserve_count));
    return messages_left(config) <= std::min(std::uint64_t{128}, fresh / 4);
  }
  /// A sixteenth of its life before it ends, so that no message has to wait.
  [[nodiscard]] SteadyTime renewal_time(const Config& config) const noexcept {
    const Duration age = config.session_time_max;
    return Deadline<void>::in(age - age / 16, Time{began, {}}).at;
  }
};

/// What an authentic frame changes, before the message in it does anything.
struct Pending {
  Whose whose = Whose::current;
  Session::Receive::Pending receive;
  std::uint64_t acknowledged = 0;
  bool is_message = false;
};

namespace detail {

/// Version, type, direction, session, who sends, to whom, counter.
class AssociatedData {
 public:
  AssociatedData(const Frame& frame, const x25519::PublicKey& from, const x25519::PublicKey& to) {
    wire::Writer writer{bytes_};
    const std::uint8_t begin[] = {Hardened::version, 20, frame.is_from_smaller};
    (void)(writer.write(begin) && writer.write(frame.session) && writer.write(from.bytes()) &&
           writer.write(to.bytes()) && wire::write_big_endian(writer, frame.counter, 8));
  }
  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, 107> bytes_{};
};

}  // namespace detail

/// Seals `message` as the next frame of `session`. The handler has made sure that one is left.
template <class M>
void seal(Session& session, const M& message, const Contact& contact, Context& c, Frames& frames) {
  const std::size_t size = wire::binary::encoded_size(message);
  const MutableBytes frame = frames.add(c.link, Frame::header_size + size + c.aead.tag_size);
  const Frame header{c.identity.public_key() < contact.key, session.id, session.send.next(), {}};
  wire::Writer writer{frame};
  const std::uint8_t begin[] = {Hardened::version, 20, header.is_from_smaller};
  const bool fits = writer.write(begin) && writer.write(header.session) &&
                    wire::write_big_endian(writer, header.counter, 8) &&
                    wire::binary::encode(message, writer).has_value();
  const detail::AssociatedData ad(header, c.identity.public_key(), contact.key);
  const auto key = session.send.message_key(c.hkdf);
  const auto sealed =
      c.aead.seal(key, nonce_of(header.counter), ad.bytes(),
                  frame.subspan(Frame::header_size, size), frame.subspan(Frame::header_size));
  if (!fits || !sealed) wipe(frame);  // Botan refused: zeros go out, not the plaintext
  session.send.step(c.hkdf);
  if constexpr (ApplicationData<M>) ++session.message_count;
}

/// Opens `frame`, which names `session`: the message and what to commit, or a fault and no change.
/// `before` is what an acknowledgement of the session before is held against. `malformed` where
/// something is acknowledged that we never sent.
[[nodiscard]] inline std::expected<handfast::Opened<Pending, Message, Ack>, Fault> open_in(
    const Session& session, Whose whose, const Before& before, const Frame& frame,
    const Contact& contact, Context& c, Buffer& plaintext) {
  Pending pending;
  pending.whose = whose;
  const auto key = session.receive.key_for(frame.counter, skip_max, c.hkdf, pending.receive);
  if (!key) return std::unexpected(key.error());
  const detail::AssociatedData ad(frame, contact.key, c.identity.public_key());
  const MutableBytes out = plaintext.extend(frame.ciphertext.size() - c.aead.tag_size);
  const auto opened = c.aead.open(*key, nonce_of(frame.counter), ad.bytes(), frame.ciphertext, out);
  if (!opened) return std::unexpected(opened.error());
  auto message = wire::binary::decode_any<Message, Ack>(plaintext.bytes());
  if (!message) return std::unexpected(message.error());
  const bool is_sound = std::visit(
      [&](auto& m) {
        m.whose = whose;
        pending.acknowledged = m.acknowledged;
        pending.is_message = ApplicationData<std::remove_cvref_t<decltype(m)>>;
        const bool is_ours = m.acknowledged <= session.send.next() - 1 ||
                             handfast::detail::planted<"contact acknowledges what was never sent">;
        const bool was_ours = m.before != before.tag || m.before_acknowledged <= before.sent ||
                              handfast::detail::planted<"and so of the session before">;
        return is_ours && was_ours;
      },
      *message);
  if (!is_sound) return std::unexpected(Fault::malformed);
  return handfast::Opened<Pending, Message, Ack>{std::move(*message), std::move(pending)};
}

/// What `message` acknowledges, in the words of the application.
template <class M>
[[nodiscard]] Acknowledged acknowledged_by(const M& message, const Session& session,
                                           const Before& before) {
  Acknowledged told{{session.number, message.acknowledged, message.opened}, {}};
  if (message.before == before.tag)
    told.before = {before.number, message.before_acknowledged, message.before_opened};
  return told;
}

/// The sessions as the states share them that have any: the one that is used, and the one before it
/// until the contact is heard in this one.
struct Sessions {
  Session current;
  std::optional<Session> previous;  // as the caller: the contact may still send in it
  Deadline<FrameDue> frame_due;
  Deadline<TooOld> too_old;
  static constexpr auto fields =
      Fields{&Sessions::current, &Sessions::previous, &Sessions::frame_due, &Sessions::too_old};

  /// The session that the contact is known to have.
  [[nodiscard]] const Session& shared() const noexcept {
    return current.unheard > 0 && previous ? *previous : current;
  }
  /// What a session after this one is to acknowledge of it.
  [[nodiscard]] Before summary() const noexcept { return shared().summary(); }

  /// `next` takes over. As its caller we may still be sent frames of the session that the contact
  /// has; as its answerer we have heard the contact in it.
  void begin(Session next, std::uint64_t number, bool is_caller) {
    next.number = number;
    if (!current.is_empty()) {
      next.before = summary();
      if ((current.unheard == 0 || !previous) &&
          !handfast::detail::planted<"session dropped before the next one opens">)
        previous = std::move(current);
    }
    if (!is_caller) previous.reset();
    current = std::move(next);
    frame_due = {};
  }

  /// What the contact is known to have is over at its age, whatever was begun since.
  void set_age(const Context& c) {
    too_old = Deadline<TooOld>::in(c.config.session_time_max, Time{shared().began, {}});
  }

  /// The contact is heard in the present session, and sends in no other any more.
  void heard(const Context& c) {
    if (previous) current.before = previous->summary();
    if (!handfast::detail::planted<"session before never forgotten">) previous.reset();
    if (current.unheard > 0) frame_due = {};
    current.unheard = 0;
    set_age(c);
  }

  template <class M>
  void send(M message, const Contact& contact, Context& c, Frames& frames) {
    const Before before = previous ? previous->summary() : current.before;
    message.acknowledged = current.receive.highest();
    message.opened = current.receive.accepted();
    message.before = before.tag;
    message.before_acknowledged = before.received;
    message.before_opened = before.opened;
    seal(current, message, contact, c, frames);
    if (current.unheard == 0)
      frame_due = {};
    else if constexpr (!ApplicationData<M>) {
      ++current.unheard;
      frame_due = Deadline<FrameDue>::in(c.config.hello_repeat, c.now);
    }
  }

  [[nodiscard]] std::expected<handfast::Opened<Pending, Message, Ack>, Fault> open(
      const Frame& frame, const Contact& contact, Context& c, Buffer& plaintext) const {
    if (frame.session == current.id)
      return open_in(current, Whose::current, current.before, frame, contact, c, plaintext);
    if (previous && frame.session == previous->id)
      return open_in(*previous, Whose::previous, previous->before, frame, contact, c, plaintext);
    return std::unexpected(Fault::stale);  // of a session that is over, or never was
  }

  void commit(Pending&& pending, const Context& c) {
    const bool is_current = pending.whose == Whose::current;
    Session& session = is_current ? current : *previous;
    session.receive.commit(std::move(pending.receive));
    session.acknowledged = std::max(session.acknowledged, pending.acknowledged);
    if (is_current) heard(c);
    if (pending.is_message)
      frame_due.at = std::min(frame_due.at, Deadline<FrameDue>::in(c.config.ack_delay, c.now).at);
  }

  /// Told with a frame that opened in one of these sessions.
  template <class M>
  [[nodiscard]] Acknowledged acknowledged(const M& message) const {
    const Session& session = message.whose == Whose::current ? current : *previous;
    return acknowledged_by(message, session, session.before);
  }
};

}  // namespace handfast::registration::peer
