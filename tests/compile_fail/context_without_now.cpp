// expect: handfast: a role's Context needs members `Time now` and `Link link`
// expect: BrokenContext<Wrong>

#include "tests/compile_fail/role.hpp"

#ifdef HANDFAST_SHOULD_FAIL
struct Bare {
  Link link;
};
#else
using Bare = Context;
#endif

struct Wrong : Lists {
  using Context = Bare;
  using Table = Right;
  static Next<Wrong, Idle, Begin> react(const Idle&, const Begin&, Bare&);
  static Next<Wrong, Waiting, Answer> react(const Waiting&, const Answer&, Bare&);
  static Next<Wrong, Waiting, Overdue> react(const Waiting&, const Overdue&, Bare&);
  static Next<Wrong, Open, Data> react(const Open&, const Data&, Bare&);
  static Next<Wrong, Open, Stop> react(const Open&, const Stop&, Bare&);
};

static_assert(well_formed<Wrong>());
