#pragma once

// registration: a server verifies by challenge who a client is, and carries sealed messages between
// the clients that are there.
//
// Client and server have one connection between them, such as a WebSocket. First each of the two
// proves to the other, with three JSON objects, that it has the private half of the key it names;
// after that every frame both ways is sealed. Source: the design document "Secure WebSocket" (seed
// 001), and what its deployed programs send.
//
//   Client                                                                    Server
//   Connect                                                                   Accept
//                   <- text    {"type":"CHALLENGE","from","nonce","challengeText"}
//   Running         -> text    {"type":"CHALLENGE_RESPONSE",...,"audience","proof"}
//                                                                             Running, Commit, Proven
//   Commit,         <- text    {"type":"REGISTER_SUCCESS","replaced","proof"} Admit: Established
//   Established, Admitted
//         or Closed <- text    {"type":"REGISTER_FAILURE","proof"}            Decline: Closed
//   Send: Sent      -> record  Route{id, recipient, payload}                  Forward
//   Receipted       <- record  Receipt{id, fate}                              Report
//   Delivered       <- record  Routed{sender, payload}                        Deliver
//   KeepaliveDue    -> record  Ping
//                   <- record  Pong
//   Closed          <- record  Superseded                                     Supersede
//
// Every object has "version":2 before its type. A record is a version byte, then counter (8 bytes),
// ciphertext, tag (16); the counter begins at 1 each way, is the nonce, and only rises: what was
// sent before something that has come is refused. The two nonces of the handshake are X25519 keys,
// and the keys of everything come from four agreements, static and ephemeral of each side with
// static and ephemeral of the other (registration/keys.hpp). So whoever later learns the static
// keys opens no record of the past.
//
// What is proved to whom: the server knows that whoever is on this connection has the private half
// of `from` now, and dialled one of this server's names (`audience`, from the client's own
// configuration). The client knows that its server has the private half of the key that the
// challenge named. Whether that key is the right one only a pin can say (`Config::pinned_server`):
// without one the client knows that the server is the same as in this handshake, not who it is. A
// server in the middle that the client has not dialled is a wire: it can hold frames back or close,
// and learns how large they are and when they come.
//
// A `Router` (registration/router.hpp) holds the servers of all connections and carries messages
// from one to the other. It reads what it carries, as far as the clients let it: `Peer`
// (registration/peer.hpp) is what two clients put into it, so that it cannot; a `Messenger`
// (registration/messenger.hpp) is a client with its contacts, for most applications all they need.
//
// What is refused changes nothing, and the peer is not told. A proof that is wrong is refused like
// any other input, and the connection is given up when its time is over; a `Router` closes it at
// once. `Closed` says why a
// connection ended: `timed_out`, `link_closed`, `peer_lost`, `already_registered` where another
// connection has the key and stays, `superseded` where another one has taken its place.
//
// Two profiles. `Hardened`, the default, keeps what the document promises. `Compat`
// (registration/compat.hpp) is byte for byte what the deployed programs speak, flaws included. No
// session forms between the two: what one says the other refuses.
//
// Left out: storing messages for who is not there (the document leaves that out too); hiding from
// the server who talks to whom, when, and how much.
//
// The caller supplies time with every call, frames in and out, its long-lived key, a random source
// if the system's is not wanted, and does what outputs say: transmit, call again by the deadline.
// What begins with `{` is JSON and goes as a text frame, all else as a binary one. After `Closed` it
// closes the connection. A server is also told what its transport has taken (`Drained`): messages
// go no more than `Config::queue_max` bytes ahead of that, answers 64 KiB more.

#include "handfast/core/compose.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/registration/client.hpp"
#include "handfast/registration/compat.hpp"
#include "handfast/registration/messenger.hpp"
#include "handfast/registration/peer.hpp"
#include "handfast/registration/router.hpp"
#include "handfast/registration/server.hpp"
