// clang-format off
// expect: handfast: neither role can move, and they are not both at an end
// expect: Deadlock<(\w+::)*Waiting, (\w+::)*Done, (\w+::)*Trace<(\w+::)*Takes<(\w+::)*Asker, (\w+::)*Idle, (\w+::)*Begin, (\w+::)*Waiting>, (\w+::)*Takes<(\w+::)*Forgetful, (\w+::)*Idle, (\w+::)*Ask, (\w+::)*Done>\s?>\s?>
// clang-format on

#include <handfast/core/compose.hpp>

#include "tests/support/pairs.hpp"

using namespace handfast;
using namespace handfast::pairs;

// Tables only, so that no timer saves the pair: the exploration itself is asked.
#ifdef HANDFAST_SHOULD_FAIL
static_assert(detail::check_pair<Asker, Forgetful, Channel::reliable, 2>());
#else
static_assert(detail::check_pair<Asker, Answerer, Channel::reliable, 2>());
#endif
