#pragma once

// Both roles as the deployed programs speak, byte for byte, in both revisions, with the flaws that
// follow: for talking to them, and for showing what goes wrong.
//
//   Client                                                     Server
//   Start           -> connect {key}          token, 184 B     Established
//   Established     <- connected {key}        token, 184 B
//   Send            -> nonce 12, ciphertext n, tag 16          Delivered
//
// v0_8: tokens are 20 characters longer, a header of 20 bytes goes before each payload, and there
// are ports, heartbeats, acknowledgements and a refusal.
//
// Whoever is in the middle can be the peer of both; a packet that comes again is taken again, also
// by who has sent it; a connect from anywhere costs an agreement and an answer to where it claims to
// come from; where an answer takes longer than the client waits, both have keys that differ.

#include "handfast/core/compose.hpp"
#include "handfast/core/machine.hpp"
#include "handfast/udp/compat/client.hpp"
#include "handfast/udp/compat/listener.hpp"
#include "handfast/udp/compat/server.hpp"
