#pragma once

// What a model of this protocol needs beside its tables and layouts (spec/describe.hpp): connecting,
// and the first packets under what came of it, where the client knows the server's key or does not.
//
// The client is never authenticated, so that whoever likes is one: of a server it can be asked what
// the network does to it, and what it does not tell to whom, but not who is there.
//
// The model has what keys are agreed by and leaves out the rest, and still means something:
// - In `Hardened` packets are under one key a direction, with the number of each. Epochs, the limits
//   of the window and challenges are left out: an attacker who has the key has more here than in a
//   real session, and a receiver takes any number that it has not taken. What they do for order,
//   loss and a client that moves is for tests/udp to say.
// - Cookies are left out. They show where somebody is, to a server that would else do work for him;
//   this attacker reads what goes anywhere, so that a cookie is nothing to him, and it is in no key.
// - Resuming is left out: each session is of agreements alone. So is the mode: both have the same
//   one. In another mode a server makes other keys, by the transcript too.
// - The client's nonce and the halves of a session's id are the same in all runs, and the attacker
//   can say others: keys are what is new each time. A receiver that tells runs apart by them too
//   takes less.
// - A Connect that is said again is the same in bytes: the attacker has it, and the server takes it
//   twice. The heartbeat that a client begins with is said once.
// - Ends and notices are left out: they are sealed as all else is.
// - In `Compat` the token around the handshake is left out: its key stands in a program that
//   everybody has (claim 24). Of v0_8 ports, heartbeats, acknowledgements and refusals are left out,
//   and so is the header, which only applications read. The deployed tables tell no claims: a side
//   runs and commits where it has a key.
// - X25519, HKDF, HMAC and ChaCha20-Poly1305 are perfect. A timer may run out at any moment.

#include "handfast/spec/describe.hpp"
#include "handfast/udp.hpp"

namespace handfast::udp {

/// The server's own key, where it has one. Name only.
struct ServerStatic;

template <class Profile>
struct Description;

namespace detail {

/// A client that knows the server's key has `es` in its keys, too.
template <class... Es>
struct HardenedDescription {
  using Roles = List<Client<>, Server<>>;
  using Forms = List<spec::Form<udp::Data, Packet>, spec::Form<Heartbeat, Packet>,
                     spec::Form<Challenge, Packet>, spec::Form<Response, Packet>,
                     spec::Form<Close, Packet>, spec::Form<Forged, Packet>>;
  using Keys = List<spec::KnownBefore<ServerStatic, "static key", Server<>>,
                    spec::Drawn<ClientEphemeral>, spec::DrawnEachTime<ServerEphemeral>>;
  using Transcript = List<wire::In<Connect, "mode", "key", "nonce", "client_half">,
                          wire::In<Connected, "server_half", "key">>;
  using Ee = spec::Agreed<ClientEphemeral, ServerEphemeral>;
  using PacketKey = spec::DerivedFrom<"packet key", Ee, Es..., Transcript, spec::Sender>;
  template <class M>
  using Seals =
      spec::Seals<M, "ciphertext", PacketKey, wire::In<M, "client_half", "server_half", "counter">>;
  using Sealed = List<Seals<udp::Data>, Seals<Heartbeat>>;
  using Derived = List<
      spec::Derives<ConfirmationKey, spec::DerivedFrom<"confirmation key", Ee, Es..., Transcript>>>;
  using Repeats = List<spec::Same<Connected, "mode", Connect, "mode">,
                       spec::Same<Connected, "client_half", Connect, "client_half">,
                       spec::Same<udp::Data, "client_half", Connect, "client_half">,
                       spec::Same<udp::Data, "server_half", Connected, "server_half">,
                       spec::Same<Heartbeat, "client_half", Connect, "client_half">,
                       spec::Same<Heartbeat, "server_half", Connected, "server_half">>;
  using Counted = List<spec::Named<"counter">>;
  using NotDrawn =
      List<wire::In<Connect, "nonce", "client_half">, wire::In<Connected, "server_half">>;
  using Rules =
      List<spec::Compares<AnswerIsOurs, "mode">, spec::Compares<AnswerIsOurs, "client_half">,
           spec::Compares<PeerProves, "proof">, spec::Compares<spec::Opening, "client_half">,
           spec::Compares<spec::Opening, "server_half">,
           spec::Compares<spec::Opening, "ciphertext">, spec::Remembers<spec::Opening, "counter">>;
  using Data = spec::Given<Send, Delivered>;
  using SaysAgain = List<spec::Again<server::HalfOpen, Connect>>;
  using KeysName = List<>;
  using LeftOut = List<CookieReply, Challenge, Response, ChallengeDue, PathOverdue, NowhereProven,
                       Close, CloseDue, DrainOver, Disconnect, WornOut, Forged, Keep, OldKeyDue,
                       PeerSilent, spec::Without<client::Established, HeartbeatDue>,
                       spec::Without<server::Established, HeartbeatDue, spec::Nothing>,
                       spec::Without<client::Connecting, ConnectOverdue, Connect>,
                       spec::Without<client::Connecting, Connected, udp::Data>,
                       spec::Without<client::Confirming, RepeatDue, Heartbeat>,
                       spec::Without<client::Confirming, Send>,
                       spec::Without<server::Listening, Connect, CookieReply>,
                       spec::Without<server::HalfOpen, Connect, CookieReply>>;
  static constexpr std::string_view left_out[] = {
      "packets are under one key a direction, without epochs, and any number is new once",
      "cookies, addresses and challenges, which say where somebody is, not who",
      "nothing is resumed, and both sides have one mode",
      "no nonce and no id is new, but keys are; the attacker can say other ones",
      "a Connect that is said again is known; there is no end of a session",
      "a timer may run out at any moment",
      "each side draws so many values, and the attacker has one key of his own",
  };
};

}  // namespace detail

/// A client that knows the server's key.
template <>
struct Description<Hardened>
    : detail::HardenedDescription<spec::Agreed<ClientEphemeral, ServerStatic>> {};

/// A client that knows nobody's.
struct Unpinned {};
template <>
struct Description<Unpinned> : detail::HardenedDescription<> {};

template <Revision revision>
struct Description<Compat<revision>> {
  static constexpr bool is_v0_8 = revision == Revision::v0_8;
  using Roles = List<Client<Compat<revision>>, Server<Compat<revision>>>;
  /// The tables tell no more.
  using Commits = handfast::Established;
  template <class M>
  using InToken = spec::Form<M, compat::Token, spec::Inside<"token", M>>;
  using Forms =
      List<InToken<compat::Connect>, InToken<compat::Connected>, InToken<compat::Error>,
           spec::Form<compat::Data, compat::Packet>, spec::Form<compat::Ports, compat::Packet>,
           spec::Form<compat::Heartbeat, compat::Packet>, spec::Form<compat::Ack, compat::Packet>>;
  /// The earlier revision answers each time with a key of its own.
  using Keys = List<spec::Drawn<compat::ClientEphemeral>,
                    std::conditional_t<is_v0_8, spec::Drawn<compat::ServerEphemeral>,
                                       spec::DrawnEachTime<compat::ServerEphemeral>>>;
  using Key = spec::DerivedFrom<"session key",
                                spec::Agreed<compat::ClientEphemeral, compat::ServerEphemeral>>;
  using Sealed =
      List<spec::Seals<compat::Data, "ciphertext", Key, wire::In<compat::Data, "nonce">>>;
  using Rules = List<spec::Compares<spec::Opening, "ciphertext">>;
  using Transcript =
      List<wire::In<compat::Connect, "pubkey">, wire::In<compat::Connected, "pubkey">>;
  using Data = spec::Given<compat::Send, compat::Delivered>;
  using SaysAgain = List<>;
  /// The later one says its key again, whatever it is asked with, and keeps what it has.
  using Forgotten =
      std::conditional_t<is_v0_8, List<spec::Forgets<compat::server::Open, compat::Connect>>,
                         List<>>;
  using KeysName = List<>;
  using LeftOut =
      List<compat::Leave, compat::Beat, compat::Heartbeat, compat::Acknowledge, compat::Ack,
           compat::Error, compat::PortsDue, compat::Ports,
           spec::Without<typename Server<Compat<revision>>::Idle, compat::Connect, compat::Error>>;
  static constexpr std::string_view left_out[] = {
      "the token around the handshake, whose key everybody has",
      "what v0_8 has beside application data, and its header",
      "a timer may run out at any moment",
      "each side draws so many values, and the attacker has one key of his own",
  };
};

}  // namespace handfast::udp
