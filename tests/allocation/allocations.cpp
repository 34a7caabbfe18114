// Replaces operator new for this program as well.
#include "tests/core/allocations.cpp"
