// expect: handfast: a state with a row on a timer needs exactly one field Deadline<Timer>
// expect: DeadlineMissing<Wrong, Open, Overdue>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
  using Handlers<Wrong>::react;
  static Next<Wrong, Open, Overdue> react(const Open&, const Overdue&, Context&);
#ifdef HANDFAST_SHOULD_FAIL
  using Table = Join<Right, Transitions<Row<Open, Overdue, Done>>>;
#else
  using Table = Right;
#endif
};

static_assert(well_formed<Wrong>());
