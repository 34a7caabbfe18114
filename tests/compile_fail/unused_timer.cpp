// expect: handfast: an entry names a state or event that the role's rows and lists do not have
// expect: UnknownName<Wrong, Told>

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
