#define HANDFAST_MACHINES
#include "tests/machines/registration_compat.hpp"
