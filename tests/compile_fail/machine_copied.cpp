// expect: deleted|implicitly
// expect: Machine(<Caller.*>)?

#include "tests/compile_fail/role.hpp"

struct Caller : Lists, Handlers<Caller> {
  using Table = Right;
  using Wire = std::variant<Answer, Data>;
  static std::expected<Wire, Fault> decode(Link, Bytes, const Context&);
  static void write(const Question&, Context&, Frames&);
};

Machine<Caller> use(Machine<Caller>& machine) {
#ifdef HANDFAST_SHOULD_FAIL
  return machine;
#else
  return std::move(machine);
#endif
}
