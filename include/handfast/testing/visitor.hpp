#pragma once

// Who looks on while a simulated world runs.

#include "handfast/testing/party.hpp"

namespace handfast::testing {

/// One party of a world as a visitor sees it, and the peer that has its keys.
struct Sight {
  int who, session;
  const Party& party;
  const Party& peer;
  Time now, peers_now;  // by the clock of each
  bool is_honest;       // neither of the two is the attacker's
};

/// Sees what happens in a world, and must not change it: it may clone what it sees.
class Visitor {
 public:
  virtual ~Visitor() = default;
  /// The party is about to get what its peer has sent it, unchanged and for the first time.
  virtual void before_frame(const Sight&, const KeptFrame&) {}
  /// It got a frame, from wherever, and this came of it.
  virtual void after_frame(const Sight&, const KeptFrame&, const Caused&) {}
  /// A call of any kind is over.
  virtual void after_call(const Sight&, const Caused&) {}
  /// The network, or whoever moves the world, did something to the party, or to what it sends; or
  /// the attacker is about to bring it a frame.
  virtual void noted(const Sight&, std::string_view) {}
};

}  // namespace handfast::testing
