// expect: handfast: agreement cannot be judged, a role tells no claims
// expect: NoClaims<Wrong>

#include <handfast/testing/agreement.hpp>

#include "tests/compile_fail/role.hpp"

struct Wrong : Lists, Handlers<Wrong> {
#ifdef HANDFAST_SHOULD_FAIL
  using Table = Right;
#else
  using Table = Join<Right, Transitions<Row<Done, Stop, Done, Tells<Running, Commit>>>>;
#endif
};

static_assert(testing::claims_are_told(List<Wrong>{}));
