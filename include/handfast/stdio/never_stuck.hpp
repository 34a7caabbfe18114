#pragma once

// What a compiler proves of the roles of stdio: wherever a run has come the two are not stuck, no
// honest message arrives where its table refuses it, and an end is always within reach. Nothing here
// is code. It takes seconds, so that stdio.hpp does not include it: one source file of a program that
// does has the proof in its own build.

#include "handfast/core/compose.hpp"
#include "handfast/stdio/child.hpp"
#include "handfast/stdio/compat.hpp"
#include "handfast/stdio/parent.hpp"

namespace handfast::stdio {

// The tests add duplicating and reordering channels, all at once, and more messages in flight.
static_assert(never_stuck<Parent<>, Child<>, Channel::reliable, Channel::lossy>());
static_assert(never_stuck<Parent<Compat>, Child<Compat>, Channel::reliable, Channel::lossy>());

}  // namespace handfast::stdio
