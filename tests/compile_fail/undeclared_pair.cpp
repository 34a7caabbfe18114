// expect: handfast: in this state this message has no row and is neither ignored nor refused
// expect: UndeclaredPair<Wrong, Waiting, Data>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
#ifdef HANDFAST_SHOULD_FAIL
  using Table = Transitions<Begins, Proves, GivesUp, Talks, Stops, NotYet, Again, Late>;
#else
  using Table = Right;
#endif
};

static_assert(well_formed<Wrong>());
