#pragma once

// What `Peer` does in a session.

#include "handfast/registration/peer/agreement.hpp"

namespace handfast::registration::peer::role {

template <class Role, class S>
Next<Role, S, Send> send(const S& s, const Send& m, Context& c) {
  if (auto broken = require<PayloadFits>(m.payload.size() <= payload_size_max)) return broken;
  const Session& current = s.sessions.current;
  if (auto broken = require<KeysHaveRoom>(current.messages_left(c.config) > 0)) return broken;
  Message message;
  message.payload = m.payload;
  return stay(message, Sent{{current.number, current.send.next()}});
}

/// Handlers of the rows `Traffic` of `Role`.
template <class Role>
struct TrafficHandlers {
  static Next<Role, Established, Send> react(const Established& s, const Send& m, Context& c) {
    return send<Role>(s, m, c);
  }
  static Next<Role, Established, Message> react(const Established& s, const Message& m, Context&) {
    return stay(Delivered{m.payload}, s.sessions.acknowledged(m));
  }
  static Next<Role, Established, Ack> react(const Established& s, const Ack& m, Context&) {
    return stay(s.sessions.acknowledged(m));
  }
  static Next<Role, Established, FrameDue> react(const Established& s, const FrameDue&,
                                                 Context& c) {
    if (s.sessions.current.unheard > c.config.hello_attempts)
      return call<Role, RenewingAwaitingAck, Established, FrameDue>(s, 0, c);
    if (s.sessions.current.frames_left(c.config) == 0) return stay();
    return stay(Ack{});
  }
  static Next<Role, Established, Call> react(const Established& s, const Call&, Context& c) {
    return call<Role, RenewingAwaitingAck, Established, Call>(s, 0, c);
  }
  static Next<Role, Established, RenewDue> react(const Established& s, const RenewDue&,
                                                 Context& c) {
    return call<Role, RenewingAwaitingAck, Established, RenewDue>(s, 0, c);
  }
  static Next<Role, Established, NewSession> react(const Established& s, const NewSession& m,
                                                   Context& c) {
    const bool is_his =
        proves(c.hmac, s.contact.keys.new_session, m, s.contact.key, c.identity.public_key());
    if (auto broken = require<PeerProves>(
            is_his || handfast::detail::planted<"NEW_SESSION's proof not checked">))
      return broken;
    const auto& current = s.sessions.current;
    if (auto broken = require<NewsIsNew>(
            m.session == current.id &&
            (!current.is_disowned || handfast::detail::planted<"NEW_SESSION heard again">)))
      return broken;
    auto made = make_call(s.contact, 0, c);
    if (auto broken = require<RandomSourceWorks>(made.has_value())) return broken;
    const Hello hello = made->hello;
    return go(RenewingAwaitingAck{{}, {}, std::move(*made), true}, hello);
  }
  static Next<Role, Established, Hello> react(const Established& s, const Hello& m, Context& c) {
    return answer<Role, RenewingAwaitingFrame>(s, m, c);
  }
  static Next<Role, Established, TooOld> react(const Established&, const TooOld&, Context&) {
    return go(Met{}, SessionOver{});
  }
};

}  // namespace handfast::registration::peer::role
