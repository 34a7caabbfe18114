// expect: handfast: in this state this message has more than one of
// expect: DeclaredTwice<Wrong, Done, Data>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
#ifdef HANDFAST_SHOULD_FAIL
  using Table = Join<Right, Transitions<Refuse<Done, Data>>>;
#else
  using Table = Right;
#endif
};

static_assert(well_formed<Wrong>());
