#define HANDFAST_MACHINES
#include "tests/machines/migration.hpp"
