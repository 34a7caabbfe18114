// expect: handfast: an entry names a state or event that the role's rows and lists do not have
// expect: UnknownName<Wrong, Question>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
  using Handlers<Wrong>::react;
  static Next<Wrong, Open, Question> react(const Open&, const Question&, Context&);
#ifdef HANDFAST_SHOULD_FAIL
  using Table = Join<Right, Transitions<Row<Open, Question, Done>>>;
#else
  using Table = Right;
#endif
};

static_assert(well_formed<Wrong>());
