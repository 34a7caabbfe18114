// expect: handfast: a role sends a message that its peer does not list in `Receives`
// expect: NotReceivedByPeer<Callee, Wrong, Told>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
  using Table = Right;
};

struct Ready {};
struct Finished {};

#ifdef HANDFAST_SHOULD_FAIL
using Sent = Told;
#else
using Sent = Answer;
#endif

struct Callee {
  using Receives = List<Question>;
  using Commands = List<>;
  using Timers = List<>;
  using Ends = List<Ready, Finished>;
  using Links = Lists::Links;
  using Context = ::Context;
  using Table = Transitions<Row<Ready, Question, Finished, Sent>, Ignore<Finished, Question>>;
  static Next<Callee, Ready, Question> react(const Ready&, const Question&, Context&);
};

static_assert(never_stuck<Wrong, Callee, Channel::reliable>());
