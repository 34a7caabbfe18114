// clang-format off
// expect: handfast: from here no run leads both roles to an end
// expect: CannotFinish<(\w+::)*Waiting, (\w+::)*Idle, (\w+::)*Trace<(\w+::)*Takes<(\w+::)*Restless, (\w+::)*Idle, (\w+::)*Begin, (\w+::)*Waiting>\s?>\s?>
// clang-format on

#include <handfast/core/compose.hpp>

#include "tests/support/pairs.hpp"

using namespace handfast;
using namespace handfast::pairs;

// Tables only, so that no timer saves the pair: the exploration itself is asked.
#ifdef HANDFAST_SHOULD_FAIL
static_assert(detail::check_pair<Restless, Answerer, Channel::reliable, 2>());
#else
static_assert(detail::check_pair<Asker, Answerer, Channel::reliable, 2>());
#endif
