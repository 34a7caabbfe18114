#pragma once

// stdio: key exchange over a child's standard streams, then an encrypted channel.
//
// A parent spawns a child and has, by the operating system's leave, its standard streams to itself.
// Over them the two exchange X25519 keys, one line each way; everything after that is sealed
// records on another transport, here HTTP on 127.0.0.1, or any that carries frames. Source: seed
// 000 ("Key Exchange Example"), and what its deployed programs send.
//
//   Parent Child Start                       {"version":2,"public_key"}            line on stdin ->
//   Offered
//                                                                                               Listening{port}
//   Running, Commit,            {"version":2,"public_key","port","confirmation"}  on stdout  <-
//   Running Established                 record: Keepalive, or the first Request ->  Commit,
//   Established
//                               record: KeepaliveAck                                         <-
//   Send, Sent                  record: Request{correlation, lowest_open, payload}           ->
//   Delivered Answered                    record: Response{correlation, payload} <-  Respond
//                               ... the same correlation again where no response came ... Repeated
//   Rekey, or a limit           record: RekeyRequest{epoch, public_key}                      ->
//   Rekeyed Rekeyed                     record: RekeyResponse{epoch, public_key} <-
//                               record of the new epoch: Keepalive                           -> the
//                               old keys are wiped
//   Shutdown                    record: ShutdownRequest                                      ->
//   CloseConnections            record: ShutdownAck                                          <-
//   LinkClosed, then CleanUp LinkClosed: Closed CleanedUp: Closed
//
// A record is version 1, epoch 4, sequence 8, nonce 12, ciphertext, tag 16 (bytes). Its key is used
// once: message key n of its direction's chain, in its epoch. A record under a number that was
// skipped opens as long as its key is among the last three kept; what was opened once never opens
// again. Every record says the highest sequence that its sender has accepted, and nobody goes more
// than 1000 beyond what the peer said.
//
// Two profiles. `Hardened`, the default, keeps every promise of the document. `Compat`
// (stdio/compat.hpp) is byte for byte what the deployed programs speak, flaws included. No session
// forms between the two: a hardened role refuses a line without its version, and the deployed
// child, which ignores what it does not know, gives an answer that has none.
//
// Left out: a channel under an attacker who reads process memory (the document leaves it out too);
// forward secrecy within a record's own lifetime; hiding how long records are.
//
// The caller supplies time with every call, frames in and out, a random source if the system's is
// not wanted, and does what outputs say: transmit, call again by the deadline. A line on the
// standard streams is a frame without its line feed: write one after it, and split what is read
// with `wire::LineSplitter`. `LinkClosed` tells a role that its peer is gone for good: the child's
// process, or the last connection of a channel that is not opened anew; closing standard input
// behind the first line is none. Over HTTP: a `Rejected` request is answered 500 and nothing else,
// whatever the fault; one that gives neither frame nor fault, such as a repetition of what is still
// worked on, 204; the application answers 404 itself. A `Respond` that is refused with `rekey` is
// to be said again after `Rekeyed`.

#include "handfast/core/compose.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/stdio/child.hpp"
#include "handfast/stdio/compat.hpp"
#include "handfast/stdio/parent.hpp"
#include "handfast/wire/lines.hpp"

namespace handfast::stdio {

// The tests add duplicating and reordering channels, all at once, and more messages in flight.
static_assert(never_stuck<Parent<>, Child<>, Channel::reliable, Channel::lossy>());
static_assert(never_stuck<Parent<Compat>, Child<Compat>, Channel::reliable, Channel::lossy>());

}  // namespace handfast::stdio
