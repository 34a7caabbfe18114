// clang-format off
// expect: handfast: an honest message arrives where its receiver refuses it
// expect: UnspecifiedReception<(\w+::)*Selfish, (\w+::)*Waiting, (\w+::)*Ask, (\w+::)*Trace<(\w+::)*Takes<(\w+::)*Selfish, (\w+::)*Idle, (\w+::)*Begin, (\w+::)*Waiting>, (\w+::)*Takes<(\w+::)*Selfish, (\w+::)*Idle, (\w+::)*Begin, (\w+::)*Waiting>\s?>\s?>
// clang-format on

#include <handfast/core/compose.hpp>

#include "tests/support/pairs.hpp"

using namespace handfast;
using namespace handfast::pairs;

// Tables only, so that no timer saves the pair: the exploration itself is asked.
#ifdef HANDFAST_SHOULD_FAIL
static_assert(detail::check_pair<Selfish, Selfish, Channel::reliable, 2>());
#else
static_assert(detail::check_pair<Peer, Peer, Channel::reliable, 2>());
#endif
