// expect: handfast: the role lists a timer that no row of its table takes
// expect: UnusedTimer<Wrong, Told>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
#ifdef HANDFAST_SHOULD_FAIL
  using Timers = List<Overdue, Told>;
#else
  using Timers = List<Overdue>;
#endif
  using Table = Right;
};

static_assert(well_formed<Wrong>());
