// expect: handfast: no row leads to this state
// expect: UnreachableState<Wrong, Island>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
  using Handlers<Wrong>::react;
  static Next<Wrong, Island, Begin> react(const Island&, const Begin&, Context&);
  static Next<Wrong, Open, Begin> react(const Open&, const Begin&, Context&);
#ifdef HANDFAST_SHOULD_FAIL
  using Table = Join<Right, Transitions<Row<Island, Begin, Done>, Refuse<Island, Answer, Data>>>;
#else
  using Table = Join<Right, Transitions<Row<Open, Begin, Island>, Row<Island, Begin, Done>,
                                        Refuse<Island, Answer, Data>>>;
#endif
};

static_assert(well_formed<Wrong>());
