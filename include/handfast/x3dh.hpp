#pragma once

// x3dh: issuer and holder agree on keys through a connector that neither trusts, and exchange
// messages of which a thief of a whole session reads neither those that were opened before nor, once
// both sides have answered each other, those that come later.
//
// Two who have found each other (by a QR code, say) are connected by a program that stores and
// forwards. Instead of keeping pre-keys on a server, the issuer sends them as soon as the
// connection is there. Source: the design document "Connector E2E" (seed 004), and Signal's
// specifications of X3DH and of the Double Ratchet, which it asks for.
//
//   Issuer                                                                        Holder
//   Start    -> Bundle  {identity, signed pre-key, signature, one-time pre-key}   Met, Running
//   Met,     <- Initial {identity, ephemeral key, the pre-keys, first message}
//   Running, Commit, Established
//            -> EncryptedMessage {empty}                                          Commit, Established
//   Send     -> EncryptedMessage {content, connection id}                         Delivered
//   Delivered<- EncryptedMessage                                                  Send
//
// Each message is one frame, protobuf, in the one spelling that the standard encoder has
// (examples/x3dh.proto). The agreement is of four keys of the issuer's and two of the holder's
// (x3dh/keys.hpp); its hash of all that both have seen goes into the key, and into every message's
// associated data. Messages have keys of the Double Ratchet (ratchet/double_ratchet.hpp), each
// with a random salt, so that two copies of one session never use a key and nonce twice.
//
// Trust: the connector sees who talks to whom, when, and how much; it can lose, delay, repeat and
// reorder. It carries the bundle, and can put its own in its place: against that there is
// `Config::peer`, where the other side's identity key is known beforehand, or `Met::fingerprint`,
// which two users compare over a channel that is not the connector's, and then `Verify`; with
// `Config::wants_verified` no payload is sent before. Only 256-bit comparisons are offered; the
// application shows at least 200 bits of them.
//
// The one-time pre-key is made for the connection, and its private half is gone with the first
// message that opens. The holder takes no bundle without one, unless its `Config` says so: then
// whoever later learns the issuer's identity key and signed pre-key reads what was sealed before the
// first answer, and the issuer remembers the first messages of 1024 such sessions: none makes two. The
// signed pre-key is one for all sessions until the application replaces it; whoever learns it can,
// until then, pose as anyone to this issuer. Whoever learns an identity key can pose as its owner.
//
// The holder repeats the keys of its first message with each message until it hears something; the
// issuer answers each of these, and refuses the same pre-keys with another holder's or other keys
// as `replayed`. What has not been answered is said again every 5 s, twelve times in all; then the
// run is over, `Closed{timed_out}`. Messages of a session are not repeated: the ratchet bears what
// is lost, late, repeated or out of order, and says so by its faults. One message skips at most
// 1000 keys, 2000 are kept, for a week. More than 1000 that are lost in a row are the end of the
// session: the other side refuses what follows as `too_far_ahead`, and only a new one helps.
//
// Whoever goes on from snapshots stores one before frames leave, where an output asks for it:
// x3dh/store.hpp keeps identity, pre-keys and sessions, x3dh/sealed_store.hpp under a passphrase. From
// an older one `Hardened` seals nothing twice with one key and nonce, but numbers are used again,
// which the other side refuses, and what it says under keys that were drawn since no longer opens. A
// copy from a backup is named so by the caller: its pre-keys are void, and sessions of the other
// profiles, which count. That all of a store is an earlier one only a counter outside tells; without
// one, the peers agree anew. A lost key cannot be made again. An application that must not do a
// thing twice stores before it acts on `Delivered`. The key of the last message stays in the
// context's objects until the next one of any session, or `forget_keys`.
//
// The profiles: `Hardened` is the default, and all above is of it. `Counter` (x3dh/counter.hpp) agrees
// in the same way and seals with one key for each direction and a counter, as the document has it,
// made sound: messages may cross and be lost, and it gets in step again; who steals a session's keys
// reads all of it. `Documented` (x3dh/documented.hpp) is what the document says: two messages that
// cross give its key for authentication away, and one that is lost is the last. Neither takes
// another's messages, and what was deployed as `EncryptedMessage`, its fields swapped, is
// `wrong_version` in all three.
//
// Left out: that a message arrives (the application's), and hiding who talks to whom.
//
// The caller supplies time with every call, the identity key and, for the issuer, a signed pre-key,
// a random source if the system's is not wanted, and does what outputs say.

#include "handfast/core/compose.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/x3dh/holder.hpp"
#include "handfast/x3dh/issuer.hpp"
