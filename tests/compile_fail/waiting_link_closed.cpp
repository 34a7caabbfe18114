// expect: handfast: this state waits for the peer and has no row on a timer
// expect: WaitsForEver<Wrong, Open>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
  using Commands = List<Begin, Stop, LinkClosed>;
  using Handlers<Wrong>::react;
  static Next<Wrong, Open, LinkClosed> react(const Open&, const LinkClosed&, Context&);
  static Next<Wrong, Waiting, Stop> react(const Waiting&, const Stop&, Context&);
#ifdef HANDFAST_SHOULD_FAIL
  using Table = Join<Transitions<Begins, Proves, GivesUp, Talks, Row<Waiting, Stop, Done>,
                                 Row<Open, LinkClosed, Done>>,
                     Verdicts>;
#else
  using Table =
      Join<Transitions<Begins, Proves, GivesUp, Talks, Stops, Row<Open, LinkClosed, Done>>,
           Verdicts>;
#endif
};

static_assert(well_formed<Wrong>());
