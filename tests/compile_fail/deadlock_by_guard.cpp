// clang-format off
// expect: handfast: neither role can move, and they are not both at an end
// expect: Deadlock<(\w+::)*Waiting, (\w+::)*Idle, (\w+::)*Trace<(\w+::)*Takes<(\w+::)*Asker, (\w+::)*Idle, (\w+::)*Begin, (\w+::)*Waiting>, (\w+::)*RefusesByARule<(\w+::)*Guarded, (\w+::)*Ask>\s?>\s?>
// clang-format on

#include <handfast/core/compose.hpp>

#include "tests/support/pairs.hpp"

using namespace handfast;
using namespace handfast::pairs;

// Tables only, so that no timer saves the pair: the exploration itself is asked.
#ifdef HANDFAST_SHOULD_FAIL
static_assert(detail::check_pair<Asker, Guarded, Channel::reliable, 2>());
#else
static_assert(detail::check_pair<Persistent, Guarded, Channel::reliable, 2>());
#endif
