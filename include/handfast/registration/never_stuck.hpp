#pragma once

// What a compiler proves of the roles of registration: wherever a run has come the two are not stuck,
// no honest message arrives where its table refuses it, and an end is always within reach. Nothing
// here is code. It takes seconds, so that registration.hpp does not include it: one source file of a
// program that does has the proof in its own build.

#include "handfast/core/compose.hpp"
#include "handfast/registration/client.hpp"
#include "handfast/registration/compat.hpp"
#include "handfast/registration/peer.hpp"
#include "handfast/registration/server.hpp"

namespace handfast::registration {

// A WebSocket loses nothing; what carries frames in its place may.
static_assert(never_stuck<Client<>, Server<>, Channel::reliable, Channel::lossy>());
// One message in flight each way; with more there are too many configurations for a compiler, and
// the tests explore them.
static_assert(never_stuck_within<1, Peer, Peer, Channel::reliable, Channel::lossy>());
// A WebSocket does not change the order of frames either: there is no other channel to prove
// anything about, and the deployed programs would not survive one.
static_assert(never_stuck<Client<Compat>, Server<Compat>, Channel::reliable>());

}  // namespace handfast::registration
