#include "handfast/core/next.hpp"

#include <memory>

#include "tests/support/catch.hpp"

using namespace handfast;

namespace {

struct A {
  std::unique_ptr<int> held;  // move-only, as states with keys are
};
struct B {
  int value = 0;
};
struct Twin {
  int value = 0;
};
struct On {};
struct Sent {
  int value = 0;
};
struct Rule {
  static constexpr Fault fault = Fault::stale;
};
struct OtherRule {
  static constexpr Fault fault = Fault::replayed;
};
struct Off {
  static constexpr Fault fault = Fault::not_authentic;
};

}  // namespace

template <>
inline constexpr bool handfast::detail::switched_off<Off> = true;

namespace {

struct Role {
  using Table = Transitions<Row<A, On, B, Sent, Requires<Rule, OtherRule, Off>>, Row<A, On, Twin>,
                            Row<A, On, A>>;
};
using Answer = Next<Role, A, On>;

Answer answer(int choice) {
  if (auto broken = require<Rule>(choice != 0)) return broken;
  if (auto broken = require<OtherRule>(choice != 1)) return broken;
  if (auto broken = require<Off>(choice != 2)) return broken;
  if (choice == 3) return go(Twin{3});
  if (choice == 4) return stay();
  if (choice == 5) return go(A{std::make_unique<int>(5)});
  return go(B{choice}, Sent{choice + 1});
}

}  // namespace

TEST_CASE("core: a broken rule refuses and names its fault") {
  CHECK(answer(0).refused());
  CHECK(answer(0).fault() == Fault::stale);
  CHECK(answer(1).refused());
  CHECK(answer(1).fault() == Fault::replayed);
}

TEST_CASE("core: a test can switch one rule off, and only that one") {
  CHECK_FALSE(require<Off>(false));
  CHECK(require<Rule>(false));
  CHECK_FALSE(require<Rule>(true));
  CHECK_FALSE(answer(2).refused());
}

TEST_CASE(
    "core: a handler's answer is one of its rows, and states of like shape are not mixed up") {
  Answer b = answer(6);
  REQUIRE_FALSE(b.refused());
  auto* to_b = b.taken().get_if<Goto<B, Sent>>();
  REQUIRE(to_b != nullptr);
  CHECK(to_b->state.value == 6);
  CHECK(to_b->outs.first.value == 7);

  Answer twin = answer(3);
  auto* to_twin = twin.taken().get_if<Goto<Twin>>();
  REQUIRE(to_twin != nullptr);
  CHECK(to_twin->state.value == 3);
}

TEST_CASE("core: a row that ends in its own state may stay, or go there with a new one") {
  Answer stays = answer(4);
  CHECK(stays.taken().get_if<Stay<>>() != nullptr);
  Answer goes = answer(5);
  auto* to_a = goes.taken().get_if<Goto<A>>();
  REQUIRE(to_a != nullptr);
  CHECK(*to_a->state.held == 5);
}

TEST_CASE("core: a handler may update its state in place only where all rows stay") {
  STATIC_REQUIRE_FALSE(detail::AllowedFor<Role, A, On>::all_stay);
  struct Stays {
    using Table = Transitions<Row<A, On, A>, Row<A, On, A, Sent>>;
  };
  STATIC_REQUIRE(detail::AllowedFor<Stays, A, On>::all_stay);
}
