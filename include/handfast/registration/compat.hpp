#pragma once

// Both roles as the deployed programs speak, byte for byte, with the flaws that follow: for talking
// to them, and for showing what goes wrong (tests/attacks). Compact JSON, one object a frame.
//
//   Client (Alice)                                                                        Server
//   Connect                                                                               Accept
//            <- CHALLENGE{from, nonce, challengeText}
//            -> CHALLENGE_RESPONSE{from, to, nonce, message: box of the text}             Proven
//            <- REGISTER_SUCCESS{}, or REGISTER_FAILURE{error} and the end                Admit
//   Send: Sent -> MESSAGE{from, to, nonce, message: box of a JSON value}                  Forward
//   Receipted  <- the same with type MESSAGE_DELIVERED, or with an error                  Report
//   Delivered  <- somebody's MESSAGE, as it was written                                   Deliver
//   Closed     <- {error: SOCKET_ALREADY_REGISTERED}                            Decline, Supersede
//
// Source: the protocol's page, "Compat profile". A box is NaCl's: one key for two static keys, both
// ways, for ever; whoever has sealed one thing under it can be asked to seal another.
//
// What honest programs see is the same. Beyond that these are stricter, or have what is missing
// there:
// - what ends the deployed process, and an agreement on zero, is a fault with a name;
// - keys are compared by their bytes, of which a key has several spellings;
// - REGISTER_SUCCESS is believed only after a challenge;
// - a server answers a `from` that is no key with SOCKET_NOT_REGISTERED and any that is not its
//   client's with MISMATCHED_SOCKET_PUBLIC_KEY: it does not tell who else is there;
// - its answers hold what it has read of an envelope, not names that it does not know;
// - who says too much is told RECIPIENT_NOT_AVAILABLE, and who reads nothing is told nothing;
// - the router routes, and forgets who has gone; of two connections with one key it keeps the later,
//   and says SOCKET_ALREADY_REGISTERED to the earlier, unless `Duplicates::refuse` says otherwise;
// - the challenge's text is `Config::challenge_text`, without a date.

#include "handfast/core/compose.hpp"
#include "handfast/registration/compat/client.hpp"
#include "handfast/registration/compat/server.hpp"
