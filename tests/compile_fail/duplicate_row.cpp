// expect: handfast: two rows do the same
// expect: DuplicateRow<Wrong, (handfast::)?Row<Open, Stop, Done>\s?>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
#ifdef HANDFAST_SHOULD_FAIL
  using Table = Join<Right, Transitions<Stops>>;
#else
  using Table = Right;
#endif
};

static_assert(well_formed<Wrong>());
