#define HANDFAST_MACHINES
#include "tests/machines/rehandshake.hpp"
