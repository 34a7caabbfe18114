#pragma once

// What a model of a migration needs beside its tables and layouts (spec/describe.hpp): both parts on
// two paths, with the re-handshake on a new one and all that is said in between.
//
// It leaves out the rest, and still means something:
// - Both paths are one network, and the attacker's. A sealed frame does not say for which path it
//   was sealed, so whatever is said on one he hands over on the other, or on none. Nothing in the
//   model asks which paths there are: each row on a path that opens, is silent or dies can be taken
//   wherever its state is, more than a real run can. What holds does so whichever path dies when.
// - A frame opens as often as it comes, so that the replay window and its counters are not there; nor
//   is a peer that has gone back, which they show.
// - A timer may run out at any moment. What only time decides is left out: when something is said
//   again, how long a path is silent. That all arrives at last is for rehandshake/never_stuck.hpp.
// - HEARTBEAT says what ACK says. What only tells the application of paths changes nothing.
// - Each side says a bounded number of things and proves a bounded number of paths.
// - Of the re-handshake what rehandshake/spec.hpp says.

#include "handfast/rehandshake/migration.hpp"
#include "handfast/rehandshake/spec.hpp"

namespace handfast::rehandshake::migration {

/// Both parts, by names of their own.
struct Initiator : Migration<Part::initiator> {};
struct Responder : Migration<Part::responder> {};

struct Description {
  using Roles = List<Initiator, Responder>;
  using Forms = List<spec::Form<rehandshake::Data, SealedFrame>, spec::Form<Switch, SealedFrame>,
                     spec::Form<Close, SealedFrame>, spec::Form<Ack, SealedFrame>>;
  template <class M, FixedString Kind>
  using Seals = spec::Seals<M, "ciphertext", spec::Shared<DataKey>, spec::Named<"session_id">,
                            spec::Named<Kind>>;
  using Sealed = List<Seals<rehandshake::Data, "data">, Seals<Switch, "switch">,
                      Seals<Close, "close">, Seals<Ack, "ack">>;
  using Keys = List<>;
  using Stream = spec::Stream<List<wire::In<rehandshake::Data, "number">,
                                   wire::In<Switch, "number">, wire::In<Close, "number">>,
                              List<wire::In<Ack, "delivered">>, ResendDue, Close, EndDue,
                              List<spec::Adds<Send, rehandshake::Data>,
                                   spec::Adds<Disconnect, Close>, spec::Adds<Close, Close>>>;
  using Rules =
      List<spec::Compares<SessionIsOurs, "session_id">,
           spec::Compares<TimestampIsNotOld, "timestamp">, spec::Compares<PeerProves, "proof">,
           spec::Remembers<ChallengeIsNew, "challenge">,
           spec::Compares<spec::Opening, "ciphertext">>;
  using Transcript = List<wire::In<Response, "proof">>;
  using SaysAgain = List<spec::Again<Answering, Request>>;
  using Data = spec::Given<Send, Delivered>;
  using LeftOut =
      List<Heartbeat, HeartbeatDue, FollowDue, BothSwitched, spec::Without<Idle, rehandshake::Data>,
           spec::Without<Idle, Switch>, spec::Without<Idle, Close>, spec::Without<Idle, Ack>,
           spec::Without<Ended, rehandshake::Data>, spec::Without<Ended, Switch>,
           spec::Without<Ended, Close>, spec::Without<Ended, Ack>>;
  using KeysName = List<spec::Named<"session_id">>;
  static constexpr std::string_view left_out[] = {
      "both paths are one network, and any path may open or die at any moment",
      "a sealed frame opens as often as it comes: there is no replay window",
      "a timer may run out at any moment",
      "HEARTBEAT, which says what ACK says, and what only tells of paths",
      "a challenge is never taken for a MAC, and a clock has one value",
      "each side says a bounded number of things, on a bounded number of paths",
  };
};

}  // namespace handfast::rehandshake::migration
