#pragma once

// What a compiler proves of the roles of rehandshake: wherever a run has come the two are not stuck,
// no honest message arrives where its table refuses it, and an end is always within reach. Nothing
// here is code. It takes half a minute, so that rehandshake.hpp does not include it: one source file
// of a program that does has the proof in its own build.

#include "handfast/core/compose.hpp"
#include "handfast/rehandshake/compat.hpp"
#include "handfast/rehandshake/initiator.hpp"
#include "handfast/rehandshake/migration.hpp"
#include "handfast/rehandshake/peer.hpp"
#include "handfast/rehandshake/responder.hpp"

namespace handfast::rehandshake {

static_assert(never_stuck<Initiator<>, Responder<>, Channel::reliable, Channel::lossy,
                          Channel::lossy | Channel::duplicating,
                          Channel::lossy | Channel::duplicating | Channel::reordering>());
static_assert(never_stuck<Initiator<Compat>, Responder<Compat>, Channel::reliable, Channel::lossy,
                          Channel::lossy | Channel::duplicating,
                          Channel::lossy | Channel::duplicating | Channel::reordering>());
// One message in flight each way, of which none overtakes another; with more there are too many
// configurations for a compiler, and the tests explore them.
static_assert(never_stuck_within<1, Peer<>, Peer<>, Channel::reliable, Channel::lossy,
                                 Channel::lossy | Channel::duplicating>());
static_assert(
    never_stuck_within<1, Migration<Part::initiator>, Migration<Part::responder>, Channel::reliable,
                       Channel::lossy, Channel::lossy | Channel::duplicating>());

}  // namespace handfast::rehandshake
