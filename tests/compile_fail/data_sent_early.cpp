// clang-format off
// expect: handfast: application data moves on a row that can be taken before any row that authenticates
// expect: DataBeforeAuthentication<Wrong, (handfast::)?Row<Waiting, Stop, Done, Data>\s?>
// clang-format on

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
  using Handlers<Wrong>::react;
  static Next<Wrong, Waiting, Stop> react(const Waiting&, const Stop&, Context&);
#ifdef HANDFAST_SHOULD_FAIL
  using Table =
      Join<Transitions<Begins, Proves, GivesUp, Talks, Stops, Row<Waiting, Stop, Done, Data>>,
           Verdicts>;
#else
  using Table =
      Join<Transitions<Begins, Proves, GivesUp, Talks, Stops, Row<Waiting, Stop, Done>>, Verdicts>;
#endif
};

static_assert(well_formed<Wrong>());
