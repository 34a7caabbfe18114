#pragma once

// What a compiler proves of the roles of udp: a run that has come anywhere
// they get stuck, no honest message arrives where its table refuses it, and an end is always within
// reach. Nothing here is code. It takes seconds, so that udp.hpp does not include it: one source
// file of a program that does has the proof in its own build.

#include "handfast/core/compose.hpp"
#include "handfast/udp/client.hpp"
#include "handfast/udp/compat.hpp"
#include "handfast/udp/server.hpp"

namespace handfast::udp {

// One message in flight each way; with more there are too many configurations for a compiler, and
// the tests explore them.
static_assert(never_stuck_within<1, Client<>, Server<>, Channel::reliable, Channel::lossy,
                                 Channel::lossy | Channel::duplicating>());
static_assert(never_stuck<Client<Compat<Revision::documented>>,
                          Server<Compat<Revision::documented>>, Channel::reliable, Channel::lossy,
                          Channel::lossy | Channel::duplicating | Channel::reordering>());
static_assert(
    never_stuck<Client<Compat<Revision::v0_8>>, Server<Compat<Revision::v0_8>>, Channel::reliable,
                Channel::lossy, Channel::lossy | Channel::duplicating | Channel::reordering>());

}  // namespace handfast::udp
