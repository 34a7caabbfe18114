#pragma once

// Migration: one connection over two paths, a relay and a direct one, of which either may die at
// any moment. What is said arrives once and in order.
//
//   Migration<Part::initiator>                                     Migration<Part::responder>
//   Start               both on the relay, whose handshake has given the keys           Start
//   Send                <- Data, Ack, Heartbeat ->                                       Send
//   LinkOpened direct   -> Request                    direct
//                       <- Response                   direct
//   Running, Commit     -> Complete                   direct             Commit, Switched
//                       <- Switch                     direct
//   Switched            -> Switch, and all that is not acknowledged
//                       <- Ack                                              RelayDone
//   RelayDone           -> Ack
//   LinkClosed relay                                                     LinkClosed relay
//
// A sealed frame is header (8 bytes), counter (8), ciphertext, tag (16), under ChaCha20-Poly1305,
// one key each way, of the session's TX and the epoch; the nonce is epoch and counter, the
// associated data all before the ciphertext, session id and epoch. There is one counter each way,
// over both paths, and it is never set back; of the last 1024 each opens once. Everything but the
// re-handshake is sealed, ends too: nobody can cut a connection short unnoticed.
//
// Data, Switch and Close have numbers in one stream. Their sender keeps them until they are
// acknowledged, 256 of them at most and 1 MiB, then it takes no more (`back_pressure`); it says
// them again, sealed anew, when nothing was acknowledged for a second, then for one, two, four and
// so on up to the 15 of a heartbeat, and at once on a path that is new. Their receiver delivers
// each number once, in order; what comes again or too early it does not. Ack and Heartbeat have no
// number, are not said again, and tell how far delivery has come.
//
// A snapshot that is older than what was sealed would be sealed from with the same nonces: rows
// that seal are stored first. Who is acknowledged less than before refuses that with `peer_lost`:
// the other side has gone back, and a new session is needed.
//
// Paths: only a path on which the other side has proved its keys is sent on; what its channel is
// known by the application says anew before each `LinkOpened` (`MigrationContext::bind`). The
// responder sends there from COMPLETE on, the initiator when it hears the responder there. Who
// changes its path says Switch there, and the other side follows the newest Switch, if it has that
// path. `RelayDone` is told when both send on the direct path and each knows it of the other: then
// the relay may be closed.
//
// A path dies by `LinkClosed`, or when nothing is heard on it for 50 seconds (`PathLost`: close
// it). Then traffic goes back to the other path, if that is proven; else what is said is kept, and
// `PathWanted` asks for a relay at once, and then each 5 seconds, 120 times, those counted on which
// nobody answered; the re-handshake is made there, and all goes on. On the relay a direct path is
// wanted each minute, or proved, if there is one. An attempt that fails, by its 5 seconds or with
// its path, leaves all else as it was.
//
// The end is a part of the stream: `Disconnect` says Close after all else, and who hears it says
// its own. From then on neither takes more to say, and all goes on as before, on whatever path,
// until both have heard the other's and know that their own was; 3 seconds later it is over, in
// which that is acknowledged again each second. After 90 it is over whatever came of that and
// whatever still gets through, or with the last of those 120 times; `Closed` says `timed_out` or
// `link_closed` then, unless this side has heard all and been heard: not all may have arrived.
//
// Left out: other keys while it runs (begin another one with those of the next epoch).

#include "handfast/core/compose.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/rehandshake/migration/initiator.hpp"
#include "handfast/rehandshake/migration/responder.hpp"
