// expect: handfast: an entry names a state or event that the role's rows and lists do not have
// expect: UnknownName<Wrong, Question>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
#ifdef HANDFAST_SHOULD_FAIL
  using Table = Join<Right, Transitions<Ignore<Done, Question>>>;
#else
  using Table = Right;
#endif
};

static_assert(well_formed<Wrong>());
