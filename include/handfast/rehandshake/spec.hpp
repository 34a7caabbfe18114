#pragma once

// What a model of this protocol needs beside its tables and layouts (spec/describe.hpp).
//
// The model has what a run is made of and leaves out the rest, and still means something:
// - Types: a challenge is never taken for a MAC, nor a MAC for a challenge, though both are 32
//   bytes: MACs over MACs would have no end. In Hardened nothing is lost, since a proof covers a
//   label, headers and fields, and no side makes one over 32 bytes of somebody else's choice; in
//   Compat a side does, and what the model finds is an attack all the same.
// - Time: a clock has one value, so no message is ever stale, and a timer may run out at any
//   moment. An attacker can hand over more than in a real run, and one thing less: a message with another
//   time in it. That the time is covered is for tests/rehandshake to say, not for the model.
// - Keys are never rotated and no side is stopped: each epoch is a session of its own.
// - HMAC is perfect: nobody makes one without its key, or finds out a key from one. Labels are the
//   headers of messages, which differ as the labels do.
// - Each side draws a bounded number of challenges. What holds for so many may fail for more.

#include "handfast/rehandshake.hpp"
#include "handfast/spec/describe.hpp"

namespace handfast::rehandshake {

template <class Profile>
struct Description;

/// The sentences of both.
inline constexpr std::string_view left_out_of_model[] = {
    "a challenge is never taken for a MAC",
    "a clock has one value, and a timer may run out at any moment",
    "keys are not rotated, and no side is stopped",
    "each side draws a bounded number of challenges",
};

template <>
struct Description<Compat> {
  using Roles = List<Initiator<Compat>, Responder<Compat>>;
  using Rules = List<spec::Compares<compat::SessionIsOurs, "session_id">,
                     spec::Compares<compat::TimestampIsNotOld, "timestamp">,
                     spec::Compares<compat::PeerProves, "proof">>;
  using Transcript =
      List<wire::In<compat::Request, "challenge">, wire::In<compat::Response, "challenge">>;
  using SaysAgain = List<>;
  using LeftOut = List<compat::Stop>;
  using KeysName = List<spec::Named<"session_id">>;
  static constexpr auto& left_out = left_out_of_model;
};

template <>
struct Description<Hardened> {
  using Roles = List<Initiator<>, Responder<>>;
  using Rules =
      List<spec::Compares<SessionIsOurs, "session_id">,
           spec::Compares<TimestampIsNotOld, "timestamp">, spec::Compares<PeerProves, "proof">,
           spec::Remembers<ChallengeIsNew, "challenge">>;
  using Transcript = List<wire::In<Response, "proof">>;
  using SaysAgain = List<spec::Again<states::AwaitingComplete, Request>>;
  using LeftOut = List<Stop, Rotate, PeriodOver>;
  using KeysName = List<spec::Named<"session_id">>;
  static constexpr auto& left_out = left_out_of_model;
};

}  // namespace handfast::rehandshake
