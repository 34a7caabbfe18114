#pragma once

// What models of client and server need beside their tables and layouts (spec/describe.hpp). In all it
// is asked what is believed of the peer that a side has in mind: whoever proves another key, or
// writes under one, is somebody else.
//
// `Hardened`: the registration, and messages of either under what came of it. The client has pinned
// the server's key. The model has what keys are agreed by and leaves out the rest, and still means
// something:
// - Of a text that the challenge has there are two, the server's and the attacker's.
// - A frame is under a key of its direction, with its counter. A receiver takes any counter that it
//   has not taken: an attacker can reorder here what real ones refuse.
// - Receipts, keepalives, a client that is superseded or declined, paces and queues are left out:
//   they are sealed as messages are, or are about one side alone.
// - Who a message is for, and whose it is, are the server's word.
// - X25519, HKDF, HMAC and ChaCha20-Poly1305 are perfect. A timer may run out at any moment.
//
// `Compat`: the registration alone, with one text in all challenges. Its client tells nobody that it
// has answered: it runs where it says its response.
//
// `Carried`: what two clients of Compat say to each other through a server who is the attacker; those
// of Hardened are in peer/spec.hpp.
// - A challenge's text may be anything that somebody can say, and its nonce one that was seen.
// - A box is NaCl's: one key for two static keys, both ways, and a stream. Of two boxes under one
//   nonce, who knows what is in one knows what is in the other.
// - Both roles have one table. What the server says of what it has done with a message is left out.

#include "handfast/registration/client.hpp"
#include "handfast/registration/compat.hpp"
#include "handfast/registration/server.hpp"
#include "handfast/spec/describe.hpp"

namespace handfast::registration {

template <class Profile>
struct Description;

template <>
struct Description<Hardened> {
  using Roles = List<Client<>, Server<>>;
  using Forms =
      List<spec::Form<Route, Record>, spec::Form<Routed, Record>, spec::Form<Receipt, Record>,
           spec::Form<Ping, Record>, spec::Form<Pong, Record>, spec::Form<Superseded, Record>>;
  using Keys =
      List<spec::Lasting<ServerIdentity, "identity">, spec::Lasting<ClientIdentity, "identity">,
           spec::Drawn<ServerEphemeral>, spec::Drawn<ClientEphemeral>>;
  using Repeats = List<spec::Same<ChallengeResponse, "to", Challenge, "from">>;

  using Transcript =
      List<wire::In<ChallengeResponse, "from">, wire::In<Challenge, "from">,
           wire::In<ChallengeResponse, "nonce">, wire::In<Challenge, "nonce", "challengeText">,
           wire::In<ChallengeResponse, "audience">>;
  using Secret = spec::DerivedFrom<"secret", spec::Agreed<ClientIdentity, ServerIdentity>,
                                   spec::Agreed<ClientEphemeral, ServerIdentity>,
                                   spec::Agreed<ClientIdentity, ServerEphemeral>,
                                   spec::Agreed<ClientEphemeral, ServerEphemeral>, Transcript>;
  using Derived =
      List<spec::Derives<ClientProofKey, spec::DerivedFrom<"client's proof key", Secret>>,
           spec::Derives<ServerProofKey, spec::DerivedFrom<"server's proof key", Secret>>>;
  template <class M>
  using Seals = spec::Seals<M, "ciphertext", spec::DerivedFrom<"frame key", Secret, spec::Sender>,
                            wire::In<M, "counter">>;
  using Sealed = List<Seals<Route>, Seals<Routed>>;

  using Rules =
      List<spec::Compares<ServerIsPinned, "from">, spec::Compares<ResponseIsForUs, "to">,
           spec::Compares<AudienceIsOurs, "audience">, spec::Compares<PeerProves, "proof">,
           spec::Compares<PeerProves, "from">, spec::Compares<spec::Opening, "ciphertext">,
           spec::Remembers<spec::Opening, "counter">>;
  using Counted = List<spec::Named<"counter">>;
  using Data = List<spec::Given<Send, Forward>, spec::Given<Deliver, Delivered>>;
  using SaysAgain = List<>;
  using KeysName = List<>;
  using LeftOut = List<LinkClosed, PeerSilent, KeepaliveDue, Receipt, Report, Ping, Pong, Drained,
                       Decline, RegisterFailure, Supersede, Superseded,
                       spec::Without<Server<>::Registered, Route, Receipt>,
                       spec::Without<Server<>::Registered, Route, spec::Nothing>>;
  static constexpr std::string_view left_out[] = {
      "a receiver takes any counter that it has not taken",
      "receipts, keepalives, and a client that is superseded or declined",
      "a timer may run out at any moment",
      "each side runs once, and the attacker has one key of his own",
  };
};

template <>
struct Description<Compat> {
  using Roles = List<Client<Compat>, Server<Compat>>;
  using Forms = List<spec::Form<compat::ChallengeResponse, compat::ChallengeResponse>,
                     spec::Form<compat::Message, compat::Envelope>,
                     spec::Form<compat::Routed, compat::Envelope>>;
  using Keys =
      List<spec::Lasting<ServerIdentity, "identity">, spec::Lasting<ClientIdentity, "identity">>;
  using Repeats = List<spec::Same<compat::ChallengeResponse, "to", compat::Challenge, "from">,
                       spec::Same<compat::ChallengeResponse, "nonce", compat::Challenge, "nonce">>;
  using BoxKey = spec::DerivedFrom<"box key", spec::Agreed<ClientIdentity, ServerIdentity>>;
  using Sealed = List<spec::Seals<compat::ChallengeResponse, "message", BoxKey,
                                  spec::Nonce<wire::In<compat::Challenge, "nonce">>,
                                  spec::Holds<wire::In<compat::Challenge, "challengeText">>>>;
  using Transcript = List<wire::In<compat::ChallengeResponse, "from">,
                          wire::In<compat::Challenge, "from", "nonce">>;
  using Rules =
      List<spec::Compares<spec::Opening, "from">, spec::Compares<spec::Opening, "to">,
           spec::Compares<spec::Opening, "nonce">, spec::Compares<spec::Opening, "message">>;
  /// The tables tell no more.
  using Commits = handfast::Established;
  using Runs = List<compat::ChallengeResponse, handfast::Established>;
  using SaysAgain = List<>;
  using KeysName = List<>;
  using LeftOut =
      List<LinkClosed, Decline, Supersede, Send, Deliver, Report, Drained, compat::RegisterFailure,
           compat::Routed, compat::Returned, compat::MessageDelivered, compat::AlreadyRegistered,
           compat::Message, compat::Stray,
           spec::Without<Server<Compat>::AwaitingResponse, compat::ChallengeResponse,
                         compat::RegisterFailure>>;
  static constexpr std::string_view left_out[] = {
      "messages, failures, and a client that is superseded or declined",
      "all challenges have one text",
      "a timer may run out at any moment",
      "each side runs once, and the attacker has one key of his own",
  };
};

/// A client, and the one whom it writes to: the same table under another name.
struct Contact : Client<Compat> {};
struct Carried {};

template <>
struct Description<Carried> {
  using Roles = List<Client<Compat>, Contact>;
  using Unheard = List<compat::ChallengeResponse, compat::Message>;
  using Forms = List<spec::Form<compat::Message, compat::Envelope>,
                     spec::Form<compat::Routed, compat::Envelope>>;
  /// Whom a challenge names is the other client, whose key the server does not have.
  using Keys =
      List<spec::Lasting<ClientIdentity, "identity">, spec::Lasting<ServerIdentity, "identity">>;
  using Peers = List<wire::In<compat::Message, "to">>;
  using Texts = List<wire::In<compat::Challenge, "challengeText">>;
  template <class With>
  using BoxKey = spec::DerivedFrom<"box key", spec::AgreedWith<ClientIdentity, With>>;
  using Sealed = List<
      spec::Seals<compat::ChallengeResponse, "message", BoxKey<wire::In<compat::Challenge, "from">>,
                  spec::Nonce<wire::In<compat::Challenge, "nonce">>,
                  spec::Holds<wire::In<compat::Challenge, "challengeText">>>,
      spec::Seals<compat::Message, "message", BoxKey<wire::In<compat::Message, "to">>,
                  spec::Nonce<wire::In<compat::Message, "nonce">>>,
      spec::Seals<compat::Routed, "message", BoxKey<wire::In<compat::Routed, "from">>,
                  spec::Nonce<wire::In<compat::Routed, "nonce">>>>;
  using Rules = List<spec::Compares<KeysAgree, "from">, spec::Compares<spec::Opening, "from">,
                     spec::Compares<spec::Opening, "message">>;
  using Transcript = List<>;
  using Data = spec::Given<Send, Delivered>;
  using SaysAgain = List<>;
  using KeysName = List<>;
  using LeftOut = List<LinkClosed, compat::RegisterFailure, compat::Returned,
                       compat::MessageDelivered, compat::AlreadyRegistered>;
  static constexpr std::string_view left_out[] = {
      "what the server says of what it has done with a message",
      "a timer may run out at any moment",
      "each side runs once and says so much, and the attacker has one key of his own",
  };
};

}  // namespace handfast::registration
