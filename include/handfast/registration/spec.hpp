#pragma once

// What a model of client and server needs beside their tables and layouts (spec/describe.hpp), in
// `Hardened`: the registration, and messages of either under what came of it. Without a word more the
// client has pinned the server's key, and it is asked what the server believes of the client whose
// key was proven: whoever proves another key is another client.
//
// The model has what keys are agreed by and leaves out the rest, and still means something:
// - Of a text that the challenge has there are two, the server's and the attacker's.
// - A frame is under a key of its direction, with its counter. A receiver takes any counter that it
//   has not taken: an attacker can reorder here what real ones refuse.
// - Receipts, keepalives, a client that is superseded or declined, paces and queues are left out:
//   they are sealed as messages are, or are about one side alone.
// - Who a message is for, and whose it is, are the server's word. What two clients say to each other
//   through it has no model.
// - X25519, HKDF, HMAC and ChaCha20-Poly1305 are perfect. A timer may run out at any moment.
//
// Of `Compat` there is no model: its client tells nobody when it has answered.

#include "handfast/registration/client.hpp"
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
      "what two clients say to each other through the server",
      "a timer may run out at any moment",
      "each side runs once, and the attacker has one key of his own",
  };
};

}  // namespace handfast::registration
