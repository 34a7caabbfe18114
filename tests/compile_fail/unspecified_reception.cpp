// clang-format off
// expect: handfast: an honest message arrives where its receiver refuses it
// expect: UnspecifiedReception<Wrong, Done, Answer, (\w+::)*Trace<(\w+::)*Takes<Wrong, Idle, Begin, Waiting>, (\w+::)*Takes<Wrong, Waiting, Overdue, Done>, (\w+::)*Takes<Callee, Ready, Question, Finished>\s?>\s?>
// clang-format on

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
#ifdef HANDFAST_SHOULD_FAIL
  using Table = Transitions<Begins, Proves, GivesUp, Talks, Stops, NotYet, Early, Again,
                            Refuse<Done, Answer, Data>>;
#else
  using Table = Right;
#endif
};

struct Ready {};
struct Finished {};

struct Callee {
  using Receives = List<Question>;
  using Commands = List<>;
  using Timers = List<>;
  using Ends = List<Ready, Finished>;
  using Links = Lists::Links;
  using Context = ::Context;
  using Table = Transitions<Row<Ready, Question, Finished, Answer>, Ignore<Finished, Question>>;
  static Next<Callee, Ready, Question> react(const Ready&, const Question&, Context&);
};

static_assert(never_stuck<Wrong, Callee, Channel::reliable>());
