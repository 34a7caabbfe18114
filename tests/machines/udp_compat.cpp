#define HANDFAST_MACHINES
#include "tests/machines/udp_compat.hpp"
