// clang-format off
// expect: handfast: application data moves on a row that can be taken before any row that authenticates
// expect: DataBeforeAuthentication<Wrong, (handfast::)?Row<Waiting, Data, Waiting>\s?>
// clang-format on

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
  using Handlers<Wrong>::react;
  static Next<Wrong, Waiting, Data> react(Waiting&, const Data&, Context&);
#ifdef HANDFAST_SHOULD_FAIL
  using Table = Transitions<Begins, Proves, Row<Waiting, Data, Waiting>, GivesUp, Talks, Stops,
                            NotYet, Again, Late>;
#else
  using Table = Right;
#endif
};

static_assert(well_formed<Wrong>());
