#pragma once

// Both roles as the deployed programs speak, byte for byte, with the flaws that follow: for talking
// to them, and for showing what goes wrong.
//
//   Initiator                                                                  Responder
//   Start              -> request  {session id, challenge, timestamp}   64 B
//                      <- response {session id, proof, counter-         96 B
//                                   challenge, timestamp}
//   Established        -> complete {session id, proof, timestamp}       64 B   Established
//
// A proof is HMAC-SHA256 under its prover's TX over 32 bytes that somebody sent, and over nothing
// else. Whoever knows the session id asks one side what the other wants to hear, so that a side is
// done with nobody at the other end. Timestamps and session ids may be replaced; a request that
// came before is answered again; nothing says which of two that begin at once gives way.

#include "handfast/core/compose.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/rehandshake/compat/initiator.hpp"
#include "handfast/rehandshake/compat/keys.hpp"
#include "handfast/rehandshake/compat/responder.hpp"
