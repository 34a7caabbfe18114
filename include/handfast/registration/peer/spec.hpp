#pragma once

// What a model of two contacts needs beside their table and layouts (spec/describe.hpp): one calls,
// the other answers, and either says something under what came of it. The server that carries all of
// it is the attacker.
//
// Both have one table. Of two that call at once one gives way, and a session is renewed as it was
// begun; both are left out, and so the model has the caller in one role and the answerer in the other.
// It has what keys are agreed by and leaves out the rest, and still means something:
// - A frame is under one key a direction, with its session and counter. A receiver takes any counter
//   that it has not taken. An attacker who has the key has more here than in a real session: what
//   chains and their window do for loss and for the past is for tests/registration to say.
// - A session's name is the answerer's: what keeps its two halves apart takes less, not more.
// - HELLO and the first frame are said once; what was opened is not told.
// - X25519, HKDF, HMAC and ChaCha20-Poly1305 are perfect. A timer may run out at any moment.

#include "handfast/registration/peer.hpp"
#include "handfast/spec/describe.hpp"

namespace handfast::registration::peer {

// Names only: what both know of each other before.
struct CallerIdentity;
struct AnswererIdentity;

/// Who answers: the same table under another name.
struct Answerer : Peer {};

struct Description {
  using Roles = List<Peer, Answerer>;
  using Forms =
      List<spec::Form<Message, Frame>, spec::Form<Ack, Frame>, spec::Form<Unreadable, Frame>>;
  using Keys = List<spec::KnownBefore<CallerIdentity, "identity", Peer>,
                    spec::KnownBefore<AnswererIdentity, "identity", Answerer>,
                    spec::DrawnEachTime<CallerEphemeral>, spec::DrawnEachTime<AnswererEphemeral>>;
  using Transcript = List<wire::In<Hello, "half", "key">, wire::In<HelloAck, "session", "key">>;
  using Static = spec::Agreed<CallerIdentity, AnswererIdentity>;
  using Key = spec::DerivedFrom<"secret", Static, spec::Agreed<CallerEphemeral, AnswererIdentity>,
                                spec::Agreed<CallerIdentity, AnswererEphemeral>,
                                spec::Agreed<CallerEphemeral, AnswererEphemeral>, Transcript>;
  using Derived =
      List<spec::Derives<HelloKey, spec::DerivedFrom<"hello key", Static, spec::Sender>>,
           spec::Derives<ConfirmationKey, spec::DerivedFrom<"confirmation key", Key>>>;
  template <class M>
  using Seals = spec::Seals<M, "ciphertext", spec::DerivedFrom<"chain", Key, spec::Sender>,
                            wire::In<M, "session", "counter">>;
  using Sealed = List<Seals<Message>, Seals<Ack>>;
  using Repeats = List<spec::Same<Message, "session", HelloAck, "session">,
                       spec::Same<Ack, "session", HelloAck, "session">>;
  using Counted = List<spec::Named<"counter">>;
  using Rules =
      List<spec::Compares<PeerProves, "proof">, spec::Remembers<HelloIsNew, "half">,
           spec::Compares<spec::Opening, "session">, spec::Compares<spec::Opening, "ciphertext">,
           spec::Remembers<spec::Opening, "counter">>;
  using Data = spec::Given<Send, Delivered>;
  using SaysAgain = List<>;
  using KeysName = List<>;
  using LeftOut =
      List<NewSession, Unreadable, RenewDue, FrameDue, TooOld,
           spec::Without<Peer::AwaitingAck, Hello>,
           spec::Without<Peer::AwaitingAck, AckOverdue, Hello>,
           spec::Without<Peer::AwaitingFrame, Hello>, spec::Without<Peer::AwaitingFrame, Call>,
           spec::Without<Peer::AwaitingFrame, FrameOverdue, Hello>,
           spec::Without<Peer::AwaitingFrame, FrameOverdue, Unreachable>,
           spec::Without<Peer::Established, Call>, spec::Without<Peer::Established, Hello>>;
  static constexpr std::string_view left_out[] = {
      "frames are under one key a direction, without chains or a window",
      "two that call at once, a session that is renewed, and one that is not known any more",
      "HELLO and the first frame are said once",
      "a timer may run out at any moment",
      "each side runs once, and the attacker has one key of his own",
  };
};

/// The outline in which `Peer` calls and `Answerer` answers.
[[nodiscard]] inline spec::Outline outline_of_call() {
  spec::Outline made = spec::outline_of<Description>();
  auto& [caller, answerer] = made.roles;
  for (spec::RoleOutline* role : {&caller, &answerer})
    std::erase_if(role->rows, [&](const spec::RowOutline& row) {
      const auto from = role->states[static_cast<std::size_t>(row.from)];
      if (from.starts_with("Renewing")) return true;
      return role == &caller ? row.on == name_of<Hello>()
                             : row.on == name_of<Call>() || from == "AwaitingAck";
    });
  for (spec::KeyOutline& key : made.keys) spec::detail::place_key(key, made);
  made.place_fields();
  return made;
}

}  // namespace handfast::registration::peer
