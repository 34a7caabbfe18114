#pragma once

// What `Peer` does in a session while the next one is agreed on.

#include "handfast/registration/peer/traffic.hpp"

namespace handfast::registration::peer::role {

template <class S>
bool may_acknowledge(const S& s, const Context& c) {
  const Session& current = s.sessions.current;
  return current.frames_left(c.config) > 0 && current.unheard <= c.config.hello_attempts;
}

/// Handlers of the rows `Renewal` of `Role`.
template <class Role>
struct RenewalHandlers {
  static Next<Role, RenewingAwaitingAck, Send> react(const RenewingAwaitingAck& s, const Send& m,
                                                     Context& c) {
    return send<Role>(s, m, c);
  }
  static Next<Role, RenewingAwaitingAck, Message> react(const RenewingAwaitingAck& s,
                                                        const Message& m, Context&) {
    return stay(Delivered{m.payload}, s.sessions.acknowledged(m));
  }
  static Next<Role, RenewingAwaitingAck, Ack> react(const RenewingAwaitingAck& s, const Ack& m,
                                                    Context&) {
    return stay(s.sessions.acknowledged(m));
  }
  static Next<Role, RenewingAwaitingAck, FrameDue> react(const RenewingAwaitingAck& s,
                                                         const FrameDue&, Context& c) {
    if (!may_acknowledge(s, c)) return stay();
    return stay(Ack{});
  }
  static Next<Role, RenewingAwaitingAck, HelloAck> react(const RenewingAwaitingAck& s,
                                                         const HelloAck& m, Context& c) {
    return take_ack<Role, Renewed>(s, m, c);
  }
  static Next<Role, RenewingAwaitingAck, Hello> react(const RenewingAwaitingAck& s, const Hello& m,
                                                      Context& c) {
    return answer<Role, RenewingAwaitingFrame>(s, m, c);
  }
  static Next<Role, RenewingAwaitingAck, AckOverdue> react(const RenewingAwaitingAck& s,
                                                           const AckOverdue&, Context& c) {
    if (s.call.attempts >= c.config.hello_attempts) return go(put_off(), Unreachable{});
    return stay(s.call.hello);
  }
  static Next<Role, RenewingAwaitingAck, TooOld> react(const RenewingAwaitingAck&, const TooOld&,
                                                       Context&) {
    return go(AwaitingAck{}, SessionOver{});
  }

  static Next<Role, RenewingAwaitingFrame, Send> react(const RenewingAwaitingFrame& s,
                                                       const Send& m, Context& c) {
    return send<Role>(s, m, c);
  }
  static Next<Role, RenewingAwaitingFrame, Message> react(const RenewingAwaitingFrame& s,
                                                          const Message& m, Context& c) {
    if (m.whose != Whose::next) return stay(Delivered{m.payload}, s.sessions.acknowledged(m));
    return go(answered(), Ack{}, Commit{claim(s, c)}, Renewed{}, Delivered{m.payload},
              acknowledged_first(s, m));
  }
  static Next<Role, RenewingAwaitingFrame, Ack> react(const RenewingAwaitingFrame& s, const Ack& m,
                                                      Context& c) {
    if (m.whose != Whose::next) return stay(s.sessions.acknowledged(m));
    return go(answered(), Ack{}, Commit{claim(s, c)}, Renewed{}, acknowledged_first(s, m));
  }
  static Next<Role, RenewingAwaitingFrame, FrameDue> react(const RenewingAwaitingFrame& s,
                                                           const FrameDue&, Context& c) {
    if (!may_acknowledge(s, c)) return stay();
    return stay(Ack{});
  }
  static Next<Role, RenewingAwaitingFrame, Hello> react(RenewingAwaitingFrame& s, const Hello& m,
                                                        Context& c) {
    if (is_same(s.answer.hello, m)) return stay(s.answer.ack);
    return answer<Role, RenewingAwaitingFrame>(s, m, c);
  }
  static Next<Role, RenewingAwaitingFrame, Call> react(RenewingAwaitingFrame& s, const Call&,
                                                       Context&) {
    s.answer.is_wished = true;
    return stay();
  }
  static Next<Role, RenewingAwaitingFrame, FrameOverdue> react(const RenewingAwaitingFrame& s,
                                                               const FrameOverdue&, Context& c) {
    if (!s.answer.is_wished) return go(Established{});
    if (s.answer.attempts >= c.config.hello_attempts) return go(put_off(), Unreachable{});
    return call<Role, RenewingAwaitingAck, RenewingAwaitingFrame, FrameOverdue>(
        s, s.answer.attempts, c);
  }
  static Next<Role, RenewingAwaitingFrame, TooOld> react(const RenewingAwaitingFrame&,
                                                         const TooOld&, Context&) {
    return go(AwaitingFrame{}, SessionOver{});
  }
};

}  // namespace handfast::registration::peer::role
