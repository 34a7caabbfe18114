#pragma once

// The machines of the deployed udp, compiled once for all test programs of which HANDFAST_MACHINES_APART is said:
// a quarter of what their sources would cost. Nothing here where it is not.

#ifdef HANDFAST_MACHINES_APART

#include "handfast/core/machine.hpp"
#include "handfast/udp/compat.hpp"

#ifndef HANDFAST_MACHINES
#define HANDFAST_MACHINES extern
#endif

namespace handfast {

HANDFAST_MACHINES template class Engine<udp::Client<udp::Compat<udp::Revision::documented>>>;
HANDFAST_MACHINES template class Engine<udp::Server<udp::Compat<udp::Revision::documented>>>;
HANDFAST_MACHINES template class Engine<udp::Client<udp::Compat<udp::Revision::v0_8>>>;
HANDFAST_MACHINES template class Engine<udp::Server<udp::Compat<udp::Revision::v0_8>>>;

}  // namespace handfast

#endif
