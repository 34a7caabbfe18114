// expect: handfast: `handle` takes what the role lists in `Commands`
// expect: NotACommand<Caller, Question>

#include "tests/compile_fail/role.hpp"

struct Caller : Lists, Handlers<Caller> {
  using Table = Right;
  using Wire = std::variant<Answer, Data>;
  static std::expected<Wire, Fault> decode(Link, Bytes, const Context&);
  static void write(const Question&, Context&, Frames&);
};

void use(Machine<Caller>& machine) {
#ifdef HANDFAST_SHOULD_FAIL
  static_cast<void>(machine.handle(Question{}, {}));
#else
  static_cast<void>(machine.handle(Begin{}, {}));
#endif
}
