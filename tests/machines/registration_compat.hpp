#pragma once

// The machines of the deployed registration, compiled once for all test programs of which HANDFAST_MACHINES_APART is said:
// a quarter of what their sources would cost. Nothing here where it is not.

#ifdef HANDFAST_MACHINES_APART

#include "handfast/core/machine.hpp"
#include "handfast/registration/compat.hpp"

#ifndef HANDFAST_MACHINES
#define HANDFAST_MACHINES extern
#endif

namespace handfast {

HANDFAST_MACHINES template class Engine<registration::Client<registration::Compat>>;
HANDFAST_MACHINES template class Engine<registration::Server<registration::Compat>>;

}  // namespace handfast

#endif
