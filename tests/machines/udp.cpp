#define HANDFAST_MACHINES
#include "tests/machines/udp.hpp"
