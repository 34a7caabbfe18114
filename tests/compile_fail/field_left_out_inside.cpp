// expect: handfast: `fields` must list every member of the type, once each
// expect: FieldLeftOut<Inner>

#include "tests/compile_fail/role.hpp"

struct Inner {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
#ifdef HANDFAST_SHOULD_FAIL
  static constexpr auto fields = Fields{&Inner::first};
#else
  static constexpr auto fields = Fields{&Inner::first, &Inner::second};
#endif
};
struct Holding {
  Inner inner;
  static constexpr auto fields = Fields{&Holding::inner};
};

struct Wrong : Lists, Handlers<Wrong> {
  using Table = Join<Right, Transitions<Row<Open, Begin, Holding>, Row<Holding, Stop, Done>,
                                        Ignore<Holding, Answer, Data>>>;
  using Handlers<Wrong>::react;
  static Next<Wrong, Open, Begin> react(const Open&, const Begin&, Context&);
  static Next<Wrong, Holding, Stop> react(const Holding&, const Stop&, Context&);
};

static_assert(well_formed<Wrong>());
