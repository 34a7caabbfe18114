#pragma once

// What both roles do alike with a session: the handlers of rows that stand in both tables.

#include "handfast/core/next.hpp"
#include "handfast/udp/rules.hpp"
#include "handfast/udp/session.hpp"

namespace handfast::udp {

/// `Role` gets these handlers with `using`, for its states of these names.
template <class Role, class Established, class Closing, class Draining>
struct SessionHandlers {
  static Next<Role, Established, Data> react(const Established&, const Data& m, Context&) {
    return stay(Delivered{m.payload()});
  }
  static Next<Role, Established, Heartbeat> react(Established& s, const Heartbeat& m, Context& c) {
    if (m.asks == 1) s.session.answer_at_once(c);
    return stay();
  }
  static Next<Role, Established, OldKeyDue> react(Established& s, const OldKeyDue&, Context& c) {
    s.session.forget_old(c);
    return stay();
  }
  static Next<Role, Established, PeerSilent> react(const Established&, const PeerSilent&,
                                                   Context&) {
    return go(typename Role::Ended{}, Closed{Fault::peer_lost});
  }

  static Next<Role, Established, Forged> react(Established& s, const Forged&, Context& c) {
    return forged(s, c);
  }
  static Next<Role, Closing, Forged> react(Closing& s, const Forged&, Context& c) {
    return forged(s, c);
  }
  static Next<Role, Draining, Forged> react(Draining& s, const Forged&, Context& c) {
    return forged(s, c);
  }
  template <class S>
  static Next<Role, S, Forged> forged(S& s, const Context& c) {
    s.session.count_forged(c);
    if (auto broken = require<PacketIsAuthentic>(false)) return broken;
    return stay();
  }

  static Next<Role, Closing, Disconnect> react(const Closing&, const Disconnect&, Context&) {
    return go(typename Role::Ended{}, Closed{});
  }
  static Next<Role, Draining, Disconnect> react(const Draining& s, const Disconnect&, Context&) {
    return go(typename Role::Ended{}, Closed{s.why});
  }
  static Next<Role, Draining, DrainOver> react(const Draining& s, const DrainOver&, Context&) {
    return go(typename Role::Ended{}, Closed{s.why});
  }
};

}  // namespace handfast::udp
