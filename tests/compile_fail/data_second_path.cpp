// clang-format off
// expect: handfast: application data moves on a row that can be taken before any row that authenticates
// expect: DataBeforeAuthentication<Wrong, (handfast::)?Row<Open, Data, Open, (handfast::)?Tells<Told>\s?>\s?>
// clang-format on

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
  using Handlers<Wrong>::react;
  static Next<Wrong, Idle, Stop> react(const Idle&, const Stop&, Context&);
#ifdef HANDFAST_SHOULD_FAIL
  using Table = Join<Right, Transitions<Row<Idle, Stop, Open>>>;
#else
  using Table = Join<Right, Transitions<Row<Idle, Stop, Done>>>;
#endif
};

static_assert(well_formed<Wrong>());
