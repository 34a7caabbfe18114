#define HANDFAST_MACHINES
#include "tests/machines/registration.hpp"
