// expect: handfast: an entry names a state or event that the role's rows and lists do not have
// expect: UnknownName<Wrong, Island>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
#ifdef HANDFAST_SHOULD_FAIL
  using Ends = List<Done, Island>;
#else
  using Ends = List<Done, Open>;
#endif
  using Table = Right;
};

static_assert(well_formed<Wrong>());
