#pragma once

// udp: connect over datagrams under loss, then an encrypted datagram channel.
//
// A client asks a server for a session until it is answered; both then say what they like, each
// datagram for itself: it arrives or not, in any order, and once at most. Source: the design
// document "Encrypted UDP" (seed 002), and what its deployed programs send.
//
//   Client                                                                          Server
//   Dial                                                                            Listen
//                -> Connect     {mode, ephemeral key, nonce, half,        135 bytes
//                                cookie, resumption id, proof}
//                <- CookieReply {nonce, cookie}              50 bytes, under load only
//                -> Connect     with the cookie
//                <- Connected   {mode, both halves, ephemeral key, proof}  75 bytes  Running
//   Running, Commit, Established, Agreed
//                -> Heartbeat that asks, or Data             Commit, Established, Agreed
//                <- Heartbeat
//   Send         -> Data                                                            Delivered
//   Delivered    <- Data                                                            Send
//                <- Challenge   {bytes}                      to an address that is new
//                -> Response    {bytes}                      from there              Moved
//   Disconnect   -> Close                                                           Finished
//   Finished,    <- Close that answers
//   Closed                                                   3 seconds later         Closed
//
// Every datagram begins with a version and a type. What goes in a session is a packet: connection
// id (8 bytes, a half from each side), epoch (4), counter (8), ciphertext, tag (16), under
// ChaCha20-Poly1305, one key each way, the nonce epoch and counter, the associated data all that is
// before the ciphertext. Counters are never set back; of the last 2048 each opens once, in any
// order (RFC 6479). Keys: HKDF over the agreement of both ephemeral keys, that of the client's with
// the server's static one where the client knows it, and what an earlier session left, where the
// client resumes (udp/keys.hpp).
//
// Who is who: the server is authenticated only to a client that knows its key (`Config::server_key`;
// without one a client connects only if it was told not to want one). The client is never
// authenticated: whoever can speak to the server is a client. A session that goes on from another
// is with whoever had that one. `Agreed` says which of these it is. Whoever later learns the
// server's static key opens no packet of the past.
//
// Loss: Connect is said each 100 ms, to the letter, 50 times; a repeat gets the same answer, to the
// letter, until the client is heard, so that no repeat makes other keys. Then a heartbeat that
// asks is said each 100 ms until the server is heard, and with it, to the letter, what was to be
// said first: it is delivered once at most, like all that comes after it. What is to arrive for
// certain is the application's to repeat.
//
// Keys are replaced each way by their sender, after 2^20 packets or 2 minutes, with the next packet:
// K' = HKDF(K), K is wiped. The receiver keeps the one before for 10 seconds, and follows over 8
// epochs at most; each packet says, sealed, which epoch its sender has opened, and nobody goes more
// than 4 beyond that. Counters and epochs do not wrap: the session ends before that, by
// `limit_reached`, and so it does when 2^36 packets of its name have not opened.
//
// Addresses: a frame is 18 bytes of address, and a datagram. The address only says where it seems to
// come from. The server sends no more to it than came from there until something that went there
// has come back: what answers Connect is smaller than Connect; the first packet, where that Connect
// came from one address only; a cookie; the bytes of a challenge. The newest packet of a session
// moves it to where it comes from; the address before is asked too, and used again if the new one
// does not answer in 3 seconds. Room for a challenge is always kept; data and heartbeats wait for
// more. A session whose client is nowhere proven after 10 seconds is over. A session that ends
// follows nobody. The client sends to the address that it was given.
//
// What a session leaves, when both have agreed on its end or when it is asked for (`Keep`): a secret
// of which another one makes its keys, together with a new agreement. The client finds it in
// `Context::resumption`, and its next `Dial` goes on from there; the server in
// `Context::resumptions`, so many for each host. It is used once. There is no early data. A client
// whose server has forgotten it connects anew, and is told so; what it was to say first it says only
// where it knows the server's key.
//
// What is refused changes nothing but a count of failures, and nobody is told. A packet that was
// opened before is `replayed`, an older one `stale`, one that is not of this session's keys
// `not_authentic`. A half-open session is over after 10 seconds. `Closed` says why one ended:
// without a fault where either side wished for it, else `timed_out`, `peer_lost` after 50 seconds of
// silence, or `limit_reached`.
//
// `Obfuscation` (udp/obfuscation.hpp) puts the handshake into the document's tokens where both sides
// want that: a layer outside of the machines, and no security.
//
// Two profiles. `Hardened`, the default, is what is told above. `Compat` (udp/compat.hpp) is byte for
// byte what the deployed programs speak, in both revisions, flaws included. No session forms
// between the two.
//
// Left out: reliable or ordered delivery, and pacing, which are the application's; hiding sizes,
// times and the connection id, by which an observer knows a session that moves; and authenticating
// clients: registration does.
//
// A role is stored so that it can be moved, not so that it can be taken up twice: who restores it to
// where it was before it has sealed a packet seals another one under the same numbers.
//
// The caller supplies time with every call, frames in and out, the server's static key, a random
// source if the system's is not wanted, and does what outputs say: transmit, and call `advance` no
// later than the deadline, which is at once where an answer is due.

#include "handfast/core/compose.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/udp/client.hpp"
#include "handfast/udp/compat.hpp"
#include "handfast/udp/obfuscation.hpp"
#include "handfast/udp/server.hpp"
