// expect: handfast: an entry names a state or event that the role's rows and lists do not have
// expect: UnknownName<Wrong, LinkOpened>|UnknownName<Wrong, handfast::LinkOpened>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
#ifdef HANDFAST_SHOULD_FAIL
  using Commands = List<Begin, Stop, LinkOpened>;
#else
  using Commands = List<Stop, Begin>;
#endif
  using Table = Right;
};

static_assert(well_formed<Wrong>());
