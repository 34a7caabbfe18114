#pragma once

// What a model of this protocol needs beside its tables and layouts (spec/describe.hpp): the lines
// on the child's standard streams, the confirmation, and the first records under what came of it.
//
// Nobody has a key beforehand: who is at the other end is what the operating system says. In the
// model it sees to it that nobody else writes on the standard streams, either way; everybody may
// read them. On the channel the attacker does what he likes. What is left of a claim where only one
// of the lines is authentic, or none, a test says that takes `is_authentic` away (tests/model).
//
// The model has what keys are agreed by and leaves out the rest, and still means something:
// - Records are under one key a direction, with their number and endpoint; chains, their window and
//   nonces are left out. An attacker who has the key has more here than in a real session, and a
//   receiver takes any number that it has not taken: what holds here holds there too. What chains
//   do for loss, order and secrecy of the past `Conversation` says, which is about nothing else.
// - Of what is sealed the model has the application data, and no response before a request;
//   correlation and repetition are for tests/stdio.
// - The parent's first record is a keepalive, and it sends no other. A first request in its place
//   is the same record with data in it.
// - Rekey, shutdown and notices are left out: they are sealed as all else is.
// - In Compat the number in a record's header is the one that is sealed. Nothing covers the header,
//   and whoever changes it ends the session (attack `rewritten_sequence`); he brings nothing in by
//   it, since what a receiver opens is one more than the highest it has seen. `ack` and
//   `ratchet_seq` are left out with the ratchet.
// - X25519, HKDF, HMAC and AES-GCM are perfect. A timer may run out at any moment.

#include "handfast/spec/describe.hpp"
#include "handfast/stdio.hpp"
#include "handfast/stdio/compat.hpp"

namespace handfast::stdio {

template <class Profile>
struct Description;

/// What both profiles have in common.
template <class Parent, class Child, class Offer, class Answer, class Request, class Response>
struct CommonDescription {
  using Roles = List<Parent, Child>;
  using Keys = List<spec::Drawn<ParentKey>, spec::Drawn<ChildKey>>;
  using Agreed = spec::Agreed<ParentKey, ChildKey>;
  using Transcript = List<wire::In<Offer, "public_key">, wire::In<Answer, "public_key", "port">>;
  using Authentic = List<Offer, Answer>;
  using Counted = List<spec::Named<"sequence">>;
  using Data = List<spec::Given<Send, Delivered>, spec::Given<Respond, Answered>>;
  using KeysName = List<>;
  using SaysAgain = List<>;

  /// A record with `M` in it, under `Key`.
  template <class M, class Key>
  using Seals = spec::Seals<M, "ciphertext", Key, spec::Sender, wire::In<M, "sequence">,
                            spec::Named<"endpoint">>;
};

template <>
struct Description<Hardened>
    : CommonDescription<Parent<>, Child<>, Offer, Answer, Request, Response> {
  using Forms = List<spec::Form<Keepalive, Record>, spec::Form<KeepaliveAck, Record>,
                     spec::Form<Request, Record>, spec::Form<Response, Record>>;
  using Root = spec::DerivedFrom<"root", Agreed, Transcript>;
  using Sealed = List<Seals<Keepalive, Root>, Seals<KeepaliveAck, Root>, Seals<Request, Root>,
                      Seals<Response, Root>>;
  using Derived = List<
      spec::Derives<ConfirmationKey, spec::DerivedFrom<"confirmation key", Agreed, Transcript>>>;
  using Rules =
      List<spec::Compares<ChildConfirms, "confirmation">,
           spec::Compares<spec::Opening, "ciphertext">, spec::Remembers<spec::Opening, "sequence">>;
  using Order = List<spec::After<Respond, Request>, spec::After<Response, Request>>;
  using LeftOut = List<LinkClosed, Rekey, RekeyTime, RekeyOverdue, RekeyRequest, RekeyResponse,
                       Shutdown, ShutdownRequest, ShutdownAck, ShutdownRepeat, ShutdownOverdue,
                       CleanedUp, Notify, Notice, ResponseOverdue, KeepaliveDue, PeerSilent,
                       spec::Without<Parent<>::AwaitingAnswer, Answer, Request>,
                       spec::Without<Parent<>::Open, Response, spec::Nothing>,
                       spec::Without<Child<>::Open, Keepalive, spec::Nothing>,
                       spec::Without<Child<>::Open, Request, Repeated>>;
  static constexpr std::string_view left_out[] = {
      "records are under one key a direction, without chains, a window or new keys",
      "of what is sealed there is application data alone, and no response before a request",
      "the first record is a keepalive, and the only one; there is no shutdown and no notice",
      "a timer may run out at any moment",
      "each side runs once, and the attacker has one key of his own",
  };
};

template <>
struct Description<Compat> : CommonDescription<Parent<Compat>, Child<Compat>, compat::Offer,
                                               compat::Answer, compat::Request, compat::Response> {
  /// The tables tell no more.
  using Commits = handfast::Established;
  using Forms = List<spec::Form<compat::Request, compat::Record>,
                     spec::Form<compat::Response, compat::Envelope,
                                spec::Inside<"encrypted_data", compat::Record>>>;
  using Key = spec::DerivedFrom<"direction key", Agreed, spec::Sender>;
  using Sealed = List<Seals<compat::Request, Key>, Seals<compat::Response, Key>>;
  using Rules =
      List<spec::Compares<spec::Opening, "ciphertext">, spec::Remembers<spec::Opening, "sequence">>;
  using LeftOut = List<LinkClosed, spec::Without<Parent<Compat>::Open, Send, RekeyDue>,
                       spec::Without<Child<Compat>::Answering, Respond, RekeyDue>>;
  static constexpr std::string_view left_out[] = {
      "records are under one key a direction, without a ratchet",
      "a record's number is the one that is sealed, and nothing is lost for good",
      "a timer may run out at any moment",
      "each side runs once, and the attacker has one key of his own",
  };
};

// What comes of keys that move, where records are lost or late: each is under a key of its own here.
// Numbers end after a few records, and limits on a gap are as wide as in real sessions.

template <class Profile>
struct Conversation;

/// A key a record. Its receiver follows over a gap, and keeps some keys of what was passed over.
template <>
struct Conversation<Hardened> : Description<Hardened> {
  template <class M>
  using Chain = spec::Stepped<"chain key", wire::In<M, "sequence">, Root, spec::Sender>;
  template <class M>
  using Key = spec::DerivedFrom<"message key", Chain<M>, wire::In<M, "sequence">>;
  template <class M>
  using SealsOnce = Seals<M, Key<M>>;
  using Sealed =
      List<SealsOnce<Keepalive>, SealsOnce<KeepaliveAck>, SealsOnce<Request>, SealsOnce<Response>>;
  using Rules = handfast::detail::Concat<
      Description<Hardened>::Rules,
      List<spec::Window<spec::Opening, "sequence", Hardened::key_window, Hardened::skip_max>>>;
  static constexpr std::string_view left_out[] = {
      "keys come from one root a session, and records end after a few",
      "of what is sealed there is application data alone, and no response before a request",
      "the first record is a keepalive, and the only one; there is no shutdown and no notice",
      "a timer may run out at any moment",
      "each side runs once, and the attacker has one key of his own",
  };
};

/// Both keys move with each response, where it is said and where it is taken; a receiver tries the
/// last of its own. The number is one more than the last.
template <>
struct Conversation<Compat> : Description<Compat> {
  template <class M>
  using Key = spec::Stepped<"turned key", wire::In<M, "turn">, Description<Compat>::Key>;
  using Unsaid = List<spec::Counts<compat::Request, "turn", compat::Response, Compat::key_window>,
                      spec::Counts<compat::Response, "turn", compat::Response, Compat::key_window>>;
  using Sealed = List<Seals<compat::Request, Key<compat::Request>>,
                      Seals<compat::Response, Key<compat::Response>>>;
  using Rules = handfast::detail::Concat<Description<Compat>::Rules,
                                         List<spec::Window<spec::Opening, "sequence", 0, 1>>>;
  static constexpr std::string_view left_out[] = {
      "a record's number is the one that is sealed",
      "a timer may run out at any moment",
      "each side runs once, and says a few records; the attacker has one key of his own",
  };
};

}  // namespace handfast::stdio
