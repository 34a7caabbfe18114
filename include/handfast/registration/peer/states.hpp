#pragma once

// The states of `Peer`: `Idle`, three without a session, and the same three beside one.

#include "handfast/registration/peer/calls.hpp"

namespace handfast::registration::peer::role {

/// For nobody yet.
struct Idle {};
/// For one contact, without a session.
struct Met {
  Contact contact;
  static constexpr auto fields = Fields{&Met::contact};

  template <HasContact Left>
  void adopt(Left&& left) {
    carry(*this, left);
  }
  void entered(Context& c) { c.forget_keys(); }
};
/// We have said HELLO.
struct AwaitingAck {
  Contact contact;
  OwnCall call;
  static constexpr auto fields = Fields{&AwaitingAck::contact, &AwaitingAck::call};

  template <HasContact Left>
  void adopt(Left&& left) {
    carry(*this, left);
  }
};
/// We have answered HELLO; whether it was said just now will show.
struct AwaitingFrame {
  Contact contact;
  Answer answer;
  static constexpr auto fields = Fields{&AwaitingFrame::contact, &AwaitingFrame::answer};

  template <HasContact Left>
  void adopt(Left&& left) {
    carry(*this, left);
  }
};
/// There is a session.
struct Established {
  enum class Begins : std::uint8_t { nothing, called, answered };

  Contact contact;
  Sessions sessions;
  Deadline<RenewDue> renew_due;
  bool is_put_off = false;  // nobody has answered; it is tried again later
  Begins begins{};          // these are set only on the way in
  Session made;
  static constexpr auto fields =
      Fields{&Established::contact,    &Established::sessions, &Established::renew_due,
             &Established::is_put_off, &Established::begins,   &Established::made};

  template <HasContact Left>
  void adopt(Left&& left) {
    carry(*this, left);
    if constexpr (requires { left.answer; })
      if (begins == Begins::answered) made = std::move(left.answer.session);
  }
  void entered(Context& c) {
    if (const Begins how = std::exchange(begins, Begins::nothing); how != Begins::nothing)
      sessions.begin(std::exchange(made, {}), ++contact.session_count, how == Begins::called);
    sessions.set_age(c);
    renew_due = is_put_off ? Deadline<RenewDue>::in(c.config.renew_again, c.now)
                           : Deadline<RenewDue>{sessions.current.renewal_time(c.config)};
    renew_in_time(c);
  }
  /// A limit is near: not later than now, unless that was tried already.
  void renew_in_time(const Context& c) {
    if (!is_put_off && sessions.current.wants_renewal(c.config))
      renew_due.at = std::min(renew_due.at, c.now.steady);
  }
};
/// We have said HELLO; the session goes on.
struct RenewingAwaitingAck {
  Contact contact;
  Sessions sessions;
  OwnCall call;
  bool disowns = false;  // set only on the way in
  static constexpr auto fields =
      Fields{&RenewingAwaitingAck::contact, &RenewingAwaitingAck::sessions,
             &RenewingAwaitingAck::call, &RenewingAwaitingAck::disowns};

  template <HasContact Left>
  void adopt(Left&& left) {
    carry(*this, left);
    if (std::exchange(disowns, false)) sessions.current.is_disowned = true;
  }
};
/// We have answered HELLO; the session goes on.
struct RenewingAwaitingFrame {
  Contact contact;
  Sessions sessions;
  Answer answer;
  static constexpr auto fields =
      Fields{&RenewingAwaitingFrame::contact, &RenewingAwaitingFrame::sessions,
             &RenewingAwaitingFrame::answer};

  template <HasContact Left>
  void adopt(Left&& left) {
    carry(*this, left);
  }
};

}  // namespace handfast::registration::peer::role
