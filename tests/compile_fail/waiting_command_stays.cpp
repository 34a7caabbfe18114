// expect: handfast: this state waits for the peer and has no row on a timer
// expect: WaitsForEver<Wrong, Open>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
  using Handlers<Wrong>::react;
  static Next<Wrong, Open, Answer> react(const Open&, const Answer&, Context&);
#ifdef HANDFAST_SHOULD_FAIL
  using Table = Join<
      Transitions<Begins, Proves, GivesUp, Talks, Row<Open, Stop, Open>, Row<Open, Answer, Done>>,
      Transitions<NotYet, Early, Late>>;
#else
  using Table = Join<Transitions<Begins, Proves, GivesUp, Talks, Stops, Row<Open, Answer, Done>>,
                     Transitions<NotYet, Early, Late>>;
#endif
};

static_assert(well_formed<Wrong>());
