// expect: handfast: a handler answers what no row of its state and event allows
// expect: NoSuchRow<Wrong, Open, Stop, (handfast::)?Stay<>\s?>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists {
  using Table = Right;
  static Next<Wrong, Idle, Begin> react(const Idle&, const Begin&, Context&);
  static Next<Wrong, Waiting, Answer> react(const Waiting&, const Answer&, Context&);
  static Next<Wrong, Waiting, Overdue> react(const Waiting&, const Overdue&, Context&);
  static Next<Wrong, Open, Data> react(const Open&, const Data&, Context&);
#ifdef HANDFAST_SHOULD_FAIL
  static Next<Wrong, Open, Stop> react(const Open&, const Stop&, Context&) { return stay(); }
#else
  static Next<Wrong, Open, Stop> react(const Open&, const Stop&, Context&) { return go(Done{}); }
#endif
};

static_assert(well_formed<Wrong>());
