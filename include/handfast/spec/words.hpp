#pragma once

// A protocol's own words for a model, beside its tables and layouts: which rule looks at which
// field, and what a run is known by.
//
//   struct Description {
//     using Roles = List<Initiator<>, Responder<>>;
//     using Rules = List<Compares<PeerProves, "proof">, Remembers<ChallengeIsNew, "challenge">>;
//     using Transcript = List<wire::In<Response, "proof">>;      // what both must agree on
//     using SaysAgain = List<Again<AwaitingComplete, Request>>;  // the row that has no rules
//     using LeftOut = List<Rotate>;                              // commands that nobody gives
//     using KeysName = List<Named<"session_id">>;                // what the keys depend on
//     static constexpr std::string_view left_out[] = {"..."};    // sentences
//   };
//
// And where keys agree, sign or seal: who has which for how long, what is derived from what, and
// which message is inside which.
//
//   struct Description {
//     using Forms = List<Form<First, Initial, Inside<"message", EncryptedMessage>>>;
//     using Keys = List<Lasting<Identity, "identity">, Drawn<Ephemeral>>;
//     using Sealed = List<Seals<First, "content", DerivedFrom<"SK", Agreed<Identity, Ephemeral>>>>;
//     using Repeats = List<Same<First, "pre_key", Bundle, "pre_key">>;
//     using Data = Given<Send, Delivered>;  // or a list
//   };
//
// And where links are not all alike, messages are counted, or a key of a layout is derived:
//
//   struct Description {
//     using Authentic = List<Offer, Answer>;        // nobody but both ends writes on their link
//     using Counted = List<Named<"sequence">>;      // fields that say which of its sender's it is
//     using Derived = List<Derives<ConfirmationKey, DerivedFrom<"confirmation key", ...>>>;
//     using Order = List<After<Respond, Request>>;  // what no state of a table says
//     using Forgotten = List<Forgets<Open, Connect>>;  // messages that leave nothing behind
//     using NotDrawn = List<wire::In<Offer, "nonce">>; // all sides say the same, the attacker can say
//                                                      // something else: it is not the only new value
//     using Commits = Established;                  // where no table tells Commit: this does,
//     using Runs = Asked;                           // and this Running, or a message that is said, or
//                                                   // a list; Commits where it is not said
//   };
//
// And where what a side takes depends on how many messages went before, or nonces are counted:
//
//   struct Description {
//     using Unsaid = List<Numbers<Message, "number">>;   // what seals depend on and no field says
//     using Rules = List<Remembers<Opening, "number">, Window<Opening, "number", 3, 1000>>;
//     using Key = Stepped<"chain key", wire::In<Message, "number">, Root, Sender>;
//     using Sealed = List<Seals<Message, "content", Key, Nonce<wire::In<Message, "number">>>>;
//   };
//
// And where two sides talk through somebody who has no role, and is the attacker:
//
//   struct Description {
//     using Unheard = List<Response, Said>;                    // what only he hears
//     using Peers = List<wire::In<Said, "to">>;                // the peer's key, and not the sender's
//     using Texts = List<wire::In<Challenge, "text">>;         // where application data may stand
//     using Key = DerivedFrom<"box key", AgreedWith<Identity, wire::In<Challenge, "from">>>;
//     using Sealed = List<Seals<Response, "box", Key, Nonce<wire::In<Challenge, "nonce">>,
//                               Holds<wire::In<Challenge, "text">>>>;
//   };
//
// And where what is said is one stream, kept until it is acknowledged: stream.hpp.

#include "handfast/core/list.hpp"
#include "handfast/wire/layout.hpp"

namespace handfast::spec {

/// `Rule` refuses a message whose field is not what the layout says that it must be, as far as the
/// receiver knows: a MAC by the peer, a value that both have.
template <class Rule, FixedString Field>
struct Compares {};
/// `Rule` refuses a value that the receiver has taken before.
template <class Rule, FixedString Field>
struct Remembers {};
/// `Rule` refuses a message whose field is the receiver's own.
template <class Rule, FixedString Field>
struct Differs {};
/// `Rule` refuses a number that is more than `Late` below the highest that was taken, or more than
/// `Ahead` above it.
template <class Rule, FixedString Field, int Late, int Ahead>
struct Window {};
/// `M` is sealed with the number of its sender's message, which no field of it says.
template <class M, FixedString Field>
struct Numbers {};
/// `M` is sealed with how many `Of` its sender has sent and taken before. Nobody says it: each side
/// counts for itself, and takes what goes with the last `Kept` of its counts.
template <class M, FixedString Field, class Of, int Kept = 1>
struct Counts {};
/// In `State` a row without rules takes the `Message` that was taken last, and sends what it sent
/// then.
template <class State, class Message>
struct Again {};
/// In `State` what a `Message` says is taken for no more than the answer to it.
template <class State, class Message>
struct Forgets {};
/// A value of the session, by its name.
template <FixedString Name>
struct Named {};

/// On the wire `M` is an `Outer`; its own fields are what is sealed.
template <class M, class Outer, class... Nested>
struct Form {};
/// In the field of a form's `Outer` another one is encoded.
template <FixedString Field, class M>
struct Inside {};

/// A party has one `Key`, in whichever role, for longer than a run, and calls it `Name`.
template <class Key, FixedString Name>
struct Lasting {};
/// The party in `Role` has one `Key` for longer than a run; its peer knows the public half, which no
/// message says.
template <class Key, FixedString Name, class Role>
struct KnownBefore {};
/// `Key` is drawn anew for each run.
template <class Key>
struct Drawn {};
/// `Key` is drawn anew for each message that says its public half, unless that is said again.
template <class Key>
struct DrawnEachTime {};
/// What two keys agree on, of which each role has one.
template <class One, class Other>
struct Agreed {};
/// What a party's lasting `Key` and that agree on whose public half stands in `Field`, a `wire::In`.
template <class Key, class Field>
struct AgreedWith {};
/// What is called `Label`, and derived from `From...`: `Agreed`, or anything that a MAC can cover.
template <FixedString Label, class... From>
struct DerivedFrom {};
/// A key that moves: it is derived from `From...`, and then from itself for each message before the one
/// whose number, or count, stands in `Field`. Whoever has it has all that come later, and none before.
template <FixedString Label, class Field, class... From>
struct Stepped {};
/// The role of who says it.
struct Sender {};
/// The field of `M` is sealed under `Key`, with `Covered...`; inside are the fields of `M` itself.
template <class M, FixedString Field, class Key, class... Covered>
struct Seals {};
/// A key that both have beforehand, a direction its own: its sender's.
template <class Key>
struct Shared {};
/// In a seal: its nonce. The cipher is a stream: of two seals under one key and nonce, who has what is
/// inside one has what is inside the other.
template <class Field>
struct Nonce {};
/// In a seal, at its end: what is inside that is no field of its message.
template <class... Content>
struct Holds {};
/// Who says the field of `M` says what stands in another message.
template <class M, FixedString Field, class From, FixedString FromField>
struct Same {};

/// The rule of all rows that take what was sealed: it opens. And more, where a description says so.
struct Opening {};
/// `Command` gives application data to what its rows send; rows that tell `Event` take some. All
/// others send and take a message without.
template <class Command, class Event>
struct Given {};
/// Among what is left out: these rows alone; where there is `What`, those that send or tell one of
/// it.
template <class State, class On, class... What>
struct Without {};
/// What rows send and tell that send and tell nothing.
struct Nothing {};

/// The key that layouts call `Key` is not one that both have beforehand: it is `From`.
template <class Key, class From>
struct Derives {};
/// A side takes the message `On`, or is given the command, only after it has sent or taken an `M`.
template <class On, class M>
struct After {};

}  // namespace handfast::spec
