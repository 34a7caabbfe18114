#pragma once

// Generators of simulated runs for RapidCheck, which shrinks them by leaving moves out, and a
// property that says how to see a failing run again.

#include "handfast/testing/plan.hpp"
#include "tests/support/property.hpp"

namespace rc {

template <>
struct Arbitrary<handfast::testing::Move> {
  using Move = handfast::testing::Move;
  using Deed = handfast::testing::Deed;

  static Gen<Move> arbitrary() {
    // Half of all moves are the applications': without them little goes on. Shrinks towards them.
    const auto deed = gen::map(gen::inRange(0, 2 * handfast::testing::deed_count), [](int number) {
      return number < handfast::testing::deed_count
                 ? Deed::command
                 : static_cast<Deed>(number - handfast::testing::deed_count);
    });
    const auto after = gen::inRange<std::uint8_t>(0, handfast::testing::waits.size());
    return gen::build<Move>(
        gen::set(&Move::deed, deed), gen::set(&Move::party, gen::inRange<std::uint8_t>(0, 6)),
        gen::set(&Move::after, after), gen::set(&Move::choice), gen::set(&Move::amount));
  }
};

template <>
struct Arbitrary<handfast::testing::Plan> {
  using Plan = handfast::testing::Plan;
  static Gen<Plan> arbitrary() {
    return gen::build<Plan>(gen::set(&Plan::setting), gen::set(&Plan::moves));
  }
};

}  // namespace rc

namespace handfast::test {

/// Checks, inside a test case, that `complaint(plan)` is empty for generated plans. Where it is not,
/// `again(plan)` of the smallest one found goes to standard error, on one line.
template <class Complaint, class Again>
void check_plans(const std::string& description, Complaint&& complaint, Again&& again) {
  struct LastFailure {
    std::optional<testing::Plan> plan;
    Again& again;
    ~LastFailure() {
      if (plan) std::fprintf(stderr, "%s\n", again(*plan).c_str());
    }
  } failure{{}, again};
  rc::prop(description, [&](const testing::Plan& plan) {
    const std::string wrong = complaint(plan);
    // While it shrinks, each plan that still fails is smaller than the one before.
    if (!wrong.empty()) failure.plan = plan;
    if (!wrong.empty()) RC_FAIL(wrong);
  });
}

}  // namespace handfast::test
