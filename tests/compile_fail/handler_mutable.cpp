// expect: handfast: this row has no handler
// expect: HandlerMissing<Wrong, Open, Stop>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists {
  using Table = Right;
  static Next<Wrong, Idle, Begin> react(const Idle&, const Begin&, Context&);
  static Next<Wrong, Waiting, Answer> react(const Waiting&, const Answer&, Context&);
  static Next<Wrong, Waiting, Overdue> react(const Waiting&, const Overdue&, Context&);
  static Next<Wrong, Open, Data> react(const Open&, const Data&, Context&);
#ifdef HANDFAST_SHOULD_FAIL
  static Next<Wrong, Open, Stop> react(Open&, const Stop&, Context&);
#else
  static Next<Wrong, Open, Stop> react(const Open&, const Stop&, Context&);
#endif
};

static_assert(well_formed<Wrong>());
