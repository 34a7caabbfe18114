#pragma once

// stdio: key exchange over a child's standard streams, then an encrypted channel.
//
// A parent spawns a child and has, by the operating system's leave, its standard streams to itself.
// Over them the two exchange X25519 keys, one line each way; everything after that is sealed
// records on another transport, here HTTP on 127.0.0.1, or any that carries frames. Source: the
// design document "Key Exchange Example" (seed 000), and what its deployed programs send.
//
//   Parent (Alice)                                                                Child (Bob)
//   Start           -> stdin    {"version":2,"public_key"}                        Offered
//                                                                                 Listening{port}
//   Running,        <- stdout   {"version":2,"public_key","port","confirmation"}  Running
//   Commit, Established, Reachable
//                   -> record   Keepalive, or the first Request                   Commit, Established
//                   <- record   KeepaliveAck
//   Send: Sent      -> record   Request{correlation, lowest_open, payload}        Delivered
//   Answered        <- record   Response{correlation, payload}                    Respond
//                   -> record   the same correlation again, if no response came   Repeated
//   Rekey, a limit  -> record   RekeyRequest{epoch, public_key}                   Rekeyed
//   Rekeyed         <- record   RekeyResponse{epoch, public_key}
//                   -> record   Keepalive in the new epoch     the child wipes the old keys
//                   <- record   KeepaliveAck in the new epoch  the parent wipes them
//   Shutdown        -> record   ShutdownRequest
//   CloseConnections <- record  ShutdownAck
//   LinkClosed: CleanUp                                                           LinkClosed: Closed
//   CleanedUp: Closed
//
// A record is a version byte, then epoch (4 bytes), sequence (8), nonce (12), ciphertext, tag (16).
// Its key is used once: root -> the direction's chain -> message key n for sequence n of the epoch,
// where the chain also makes its own next step (ratchet/message_chain.hpp). A record that was
// skipped over opens later as long as its key is among the last three kept; one that was accepted
// never opens again. Every record says the highest sequence that its sender has accepted, and
// nobody goes more than 1000 beyond what the peer said: application data stops at 984 (`rekey`).
//
// What is refused changes nothing. A record that was accepted before is `replayed`; one that was
// skipped and whose key has left the window is `stale`, and so is anything too old to tell (64
// numbers, receive_chain.hpp; of a long gap the keys of the newest are kept). One more than 1000
// beyond the next is `too_far_ahead`. These cost no key. A forged one costs the keys of the gap it claims,
// 1000 at most, and one try to open: `not_authentic`. How long a refusal takes can be measured from
// outside; it depends on the header, which is public, and not on any key.
//
// A session ends with `Closed`: without a fault after a shutdown, else with `timed_out` (no first
// line or record came), `link_closed` (the child's process ended, or the channel is gone), or
// `peer_lost` (silence, or a reserve that is used up). What was unanswered then stays so; each
// request was executed at most once.
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
// process ended, or the channel's last connection closed and no other will come. That the parent
// closes the child's standard input after its line is not that, and is not told.
//
// Over HTTP the application answers a request by what `receive` gave: 200 and the frame; after
// `Delivered` it waits for its own `Respond`; 500 and nothing else after `Rejected`, whatever the
// fault; 204 where there is none of these; 404 for other paths is its own. A `Respond` that is
// refused with `rekey` is to be said again after each record of the parent until it is taken: the
// child sends under the new keys only once the parent has shown that it has them. stdio never
// asks to store first.

#include "handfast/core/compose.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/stdio/child.hpp"
#include "handfast/stdio/compat.hpp"
#include "handfast/stdio/parent.hpp"
#include "handfast/wire/lines.hpp"
