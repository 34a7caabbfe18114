#pragma once

// What a client is in, and what it keeps there.

#include <concepts>
#include <optional>

#include "handfast/core/fields.hpp"
#include "handfast/core/planted.hpp"
#include "handfast/crypto/wiping_buffer.hpp"
#include "handfast/udp/session.hpp"

namespace handfast::udp::client {

struct Idle {};
/// Connect is said, and said again.
struct Connecting {
  Address server;
  x25519::PublicKey pin;  // the server's key, where the mode says that it must prove it
  Connect connect;
  x25519::PrivateKey ephemeral;
  Secret<32> resumed;          // what is gone on from, where the mode says that it is
  WipingBuffer first;          // what is to be said first
  std::uint32_t attempts = 0;  // how often it was said, cookies aside
  std::uint8_t cookies = 0;    // that came since it was said last
  Deadline<ConnectOverdue> overdue;
  static constexpr auto fields =
      Fields{&Connecting::server,    &Connecting::pin,     &Connecting::connect,
             &Connecting::ephemeral, &Connecting::resumed, &Connecting::first,
             &Connecting::attempts,  &Connecting::cookies, &Connecting::overdue};

  /// Connects anew to the same server. What was to be said first was for the one that we had a
  /// session with: where nothing else shows who answers, it is not said.
  void adopt(Connecting&& left) {
    if (connect.is_pinned() || handfast::detail::planted<"first data said to anybody">)
      first = std::move(left.first);
    attempts = left.attempts;
  }
};
/// There is a session; the server has not been heard in it.
struct Confirming {
  Address server;
  Session session;
  WipingBuffer first_frame;  // what was said first, as it went
  std::uint32_t attempts = 0;
  Deadline<RepeatDue> repeat_due;
  static constexpr auto fields =
      Fields{&Confirming::server, &Confirming::session, &Confirming::first_frame,
             &Confirming::attempts, &Confirming::repeat_due};
};
/// Both speak.
struct Established {
  Address server;
  Session session;
  static constexpr auto fields = Fields{&Established::server, &Established::session};

  void adopt(Confirming&& left) {
    server = left.server;
    session = std::move(left.session);
  }
};
/// We have said that it is over.
struct Closing {
  Address server;
  Session session;
  std::uint32_t attempts = 0;
  Deadline<CloseDue> close_due;
  static constexpr auto fields =
      Fields{&Closing::server, &Closing::session, &Closing::attempts, &Closing::close_due};

  template <class Left>
  requires requires(Left& left) { left.session; }
  void adopt(Left&& left) {
    server = left.server;
    session = std::move(left.session);
    // A server that has heard nothing but the end keeps nothing of the session.
    if constexpr (std::same_as<Left, Confirming>) (void)session.take_resumption();
  }
};
/// It is over; a repeated end is still answered.
struct Draining {
  std::optional<Fault> why;
  Address server;
  Session session;
  Deadline<DrainOver> over;
  static constexpr auto fields =
      Fields{&Draining::why, &Draining::server, &Draining::session, &Draining::over};

  template <class Left>
  requires requires(Left& left) { left.session; }
  void adopt(Left&& left) {
    server = left.server;
    session = std::move(left.session);
  }
  void entered(Context& c) { over = Deadline<DrainOver>::in(c.config.drain_time, c.now); }
};
struct Ended {
  void entered(Context& c) { c.forget_keys(); }
};

}  // namespace handfast::udp::client
