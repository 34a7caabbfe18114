#pragma once

// The machines of migration, compiled once for all test programs of which HANDFAST_MACHINES_APART is said:
// a quarter of what their sources would cost. Nothing here where it is not.

#ifdef HANDFAST_MACHINES_APART

#include "handfast/core/machine.hpp"
#include "handfast/rehandshake/migration.hpp"

#ifndef HANDFAST_MACHINES
#define HANDFAST_MACHINES extern
#endif

namespace handfast {

HANDFAST_MACHINES template class Engine<rehandshake::Migration<rehandshake::Part::initiator>>;
HANDFAST_MACHINES template class Engine<rehandshake::Migration<rehandshake::Part::responder>>;

}  // namespace handfast

#endif
