#define HANDFAST_MACHINES
#include "tests/machines/registration_peer.hpp"
