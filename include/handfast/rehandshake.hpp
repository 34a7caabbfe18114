#pragma once

// rehandshake: both sides of a session prove that they hold its keys, over a connection that is
// new, or again over one that is old; and a connection moves from one path to another meanwhile.
//
// A session has keys from an earlier handshake, over a relay. When the two find a direct
// connection, three messages prove that who is at its other end has the same keys; then traffic
// moves. Source: the design document "Re-Handshake Protocol" (seed 003), and what its deployed
// programs send.
//
//   Initiator                                                               Responder
//   Start            -> Request  {session id, challenge, time, proof}  96 bytes
//                    <- Response {session id, challenge, time, proof}  96 bytes  Running
//   Running, Commit, -> Complete {session id, time, proof}             64 bytes
//   Established                                                             Commit, Established
//
// Each message is one frame of its transport, such as a WebSocket's, and begins with version, type,
// flags and length, 8 bytes. Each ends in an HMAC over all that was said until then, by a key of
// its maker's in his role, with what the channel is known by (rehandshake/keys.hpp). So every bit
// of every message counts, nothing can be said back to its sender or elsewhere, and who commits
// agrees with somebody who was running. Keys of both directions go into each proof's key: that
// another profile gives away HMACs under them helps nobody. A session's keys serve one profile
// only.
//
// Trust: agreement is among the holders of the keys. Keys that were agreed on with a relay prove
// nothing against that relay: who wants a direct connection has keys that were agreed on between
// the two, or authenticated TLS around it. `ChannelBinding` ties a run to one TLS connection; with
// `none`, which must be asked for, a run may be relayed by who is in the middle, and only what is
// sealed is safe from him. Nothing here adds forward secrecy: whoever learns the session's keys has
// all that was sealed under them; a new epoch wants a new agreement.
//
// Time: a timestamp may differ by 30 s. A REQUEST counts once: authentic challenges are remembered
// for as long as their timestamps could pass, 64 of them, and where there is no room nothing is
// answered. The REQUEST that is being answered gets the same answer again; another authentic one
// takes its place. An attempt is over after 5 s, three are made, 1 s and 2 s apart, each with a new
// challenge; then `FellBack` says that what there was is what there is. Why an attempt was made,
// how long it took and how it ended is `AttemptEnded`; `Rejected` names the fault of each input
// that was refused: what an application counts.
//
// Both may begin: `Peer` has the rows of both roles. Where two REQUESTs cross, the smaller of both
// ids goes on, and the other gives its own up and answers. A local start while an answer is awaited
// is refused.
//
// `Rotate` takes the keys of a later epoch: proofs of the one and of the other are strangers to
// each other, so that an answer shows that both have the new ones. `period` begins a run by itself.
//
// What is lost: whoever does not hear COMPLETE is told after 5 s that the attempt has ended, and
// answers the next one. A side that has restarted and forgot its challenges answers a REQUEST of
// the last minute once more; no COMPLETE follows.
//
// `Migration` (rehandshake/migration.hpp) carries data over two paths while that happens: once, in
// order, whichever path dies.
//
// Two profiles. `Hardened`, the default, is what is told above. `Compat` (rehandshake/compat.hpp)
// is byte for byte what the deployed programs speak, flaws included. The two do not understand each
// other.
//
// A model checker's verdicts on both profiles are in tests/model; rehandshake/spec.hpp says what the
// model leaves out, and why its verdicts still mean something.
//
// Left out: what the session's keys are made of (ML-KEM and X25519 in the document), finding the
// direct path, and TLS, which the application brings.
//
// The caller supplies time with every call, the session's keys, the channel binding, a random
// source if the system's is not wanted, and does what outputs say.

#include "handfast/core/compose.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/rehandshake/compat.hpp"
#include "handfast/rehandshake/initiator.hpp"
#include "handfast/rehandshake/peer.hpp"
#include "handfast/rehandshake/responder.hpp"
