// expect: handfast: the role lists a command that no row of its table takes
// expect: UnusedCommand<Wrong, LinkOpened>|UnusedCommand<Wrong, handfast::LinkOpened>

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
