// expect: handfast: too many configurations to explore while compiling
// expect: TooLarge<.*Ring<0, 12>, .*Ring<1, 12>, 6400>

#include "tests/support/ring.hpp"

using namespace handfast;

#ifdef HANDFAST_SHOULD_FAIL
constexpr int state_count = 12;  // 7056 configurations
#else
constexpr int state_count = 2;
#endif

static_assert(detail::check_pair<ring::Ring<0, state_count>, ring::Ring<1, state_count>,
                                 Channel::lossy | Channel::duplicating, 2>());
