#pragma once

// What `Peer` does while it has no session.

#include "handfast/registration/peer/agreement.hpp"

namespace handfast::registration::peer::role {

/// Handlers of the rows `Beginning` of `Role`.
template <class Role>
struct BeginningHandlers {
  static Next<Role, Idle, Meet> react(const Idle&, const Meet& m, Context& c) {
    if (auto broken = require<HasIdentity>(c.identity.has_key())) return broken;
    if (auto broken = require<ContactIsAnother>(m.contact != c.identity.public_key()))
      return broken;
    const auto ss = x25519::agree(c.identity, m.contact);
    if (auto broken = require<KeysAgree>(ss.has_value())) return broken;
    Met next;
    next.contact.key = m.contact;
    next.contact.keys = StaticKeys(c.hkdf, *ss);
    return go(std::move(next));
  }
  static Next<Role, Met, Call> react(const Met& s, const Call&, Context& c) {
    return call<Role, AwaitingAck, Met, Call>(s, 0, c);
  }
  static Next<Role, Met, Hello> react(const Met& s, const Hello& m, Context& c) {
    return answer<Role, AwaitingFrame>(s, m, c);
  }
  static Next<Role, Met, Unreadable> react(Met& s, const Unreadable& m, Context& c) {
    NewSession news{m.session, {}};
    news.proof =
        proof_of(c.hmac, s.contact.keys.new_session, news, c.identity.public_key(), s.contact.key);
    return stay(news);
  }

  static Next<Role, AwaitingAck, HelloAck> react(const AwaitingAck& s, const HelloAck& m,
                                                 Context& c) {
    return take_ack<Role, handfast::Established>(s, m, c);
  }
  static Next<Role, AwaitingAck, Hello> react(const AwaitingAck& s, const Hello& m, Context& c) {
    return answer<Role, AwaitingFrame>(s, m, c);
  }
  static Next<Role, AwaitingAck, AckOverdue> react(const AwaitingAck& s, const AckOverdue&,
                                                   Context& c) {
    if (s.call.attempts >= c.config.hello_attempts) return go(Met{}, Unreachable{});
    return stay(s.call.hello);
  }

  static Next<Role, AwaitingFrame, Message> react(const AwaitingFrame& s, const Message& m,
                                                  Context& c) {
    return go(answered(), Ack{}, Commit{claim(s, c)}, handfast::Established{},
              Delivered{m.payload});
  }
  static Next<Role, AwaitingFrame, Ack> react(const AwaitingFrame& s, const Ack&, Context& c) {
    return go(answered(), Ack{}, Commit{claim(s, c)}, handfast::Established{});
  }
  static Next<Role, AwaitingFrame, Hello> react(AwaitingFrame& s, const Hello& m, Context& c) {
    if (is_same(s.answer.hello, m)) return stay(s.answer.ack);
    return answer<Role, AwaitingFrame>(s, m, c);
  }
  static Next<Role, AwaitingFrame, Call> react(AwaitingFrame& s, const Call&, Context&) {
    s.answer.is_wished = true;
    return stay();
  }
  static Next<Role, AwaitingFrame, FrameOverdue> react(const AwaitingFrame& s, const FrameOverdue&,
                                                       Context& c) {
    if (!s.answer.is_wished) return go(Met{});
    if (s.answer.attempts >= c.config.hello_attempts) return go(Met{}, Unreachable{});
    return call<Role, AwaitingAck, AwaitingFrame, FrameOverdue>(s, s.answer.attempts, c);
  }
};

}  // namespace handfast::registration::peer::role
