#pragma once

// What a compiler proves of the roles of x3dh: wherever a run has come, it is not stuck, no honest
// message arrives where its table refuses it, and an end is always within reach. Nothing here is
// code. It takes seconds, so that x3dh.hpp does not include it: one source file of a program that
// does has the proof in its own build.

#include "handfast/core/compose.hpp"
#include "handfast/x3dh/counter.hpp"
#include "handfast/x3dh/documented.hpp"

namespace handfast::x3dh {

static_assert(never_stuck<Issuer<>, Holder<>, Channel::reliable, Channel::lossy,
                          Channel::lossy | Channel::duplicating>());
static_assert(never_stuck<Issuer<Counter>, Holder<Counter>, Channel::reliable, Channel::lossy,
                          Channel::lossy | Channel::duplicating>());
static_assert(never_stuck<Issuer<Documented>, Holder<Documented>, Channel::reliable, Channel::lossy,
                          Channel::lossy | Channel::duplicating>());

}  // namespace handfast::x3dh
