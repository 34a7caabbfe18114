#include "handfast/core/fields.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tests/support/catch.hpp"

using namespace handfast;

namespace {

struct Early {};
struct Late {};

struct Empty {};
struct Inner {
  int a = 1;
  Deadline<Early> early;
  static constexpr auto fields = Fields{&Inner::a, &Inner::early};
};
struct Outer {
  int b = 2;
  Inner inner;
  Deadline<Late> late;
  static constexpr auto fields = Fields{&Outer::b, &Outer::inner, &Outer::late};
};
struct Twice {
  Deadline<Early> first;
  Inner inner;
  static constexpr auto fields = Fields{&Twice::first, &Twice::inner};
};
struct Distant {
  Apart<Inner> inner;
  static constexpr auto fields = Fields{&Distant::inner};
};
struct Repeats {
  int a = 0, b = 0;
  static constexpr auto fields = Fields{&Repeats::a, &Repeats::a};
};

struct MoveOnly {
  MoveOnly() = default;
  MoveOnly(MoveOnly&&) = default;
  std::unique_ptr<int> held;
};
struct Plain {
  std::optional<int> a;
  std::vector<int> b;
  std::array<std::uint8_t, 32> c;
  Deadline<Early> d;
  std::string e;
};
struct Awkward {
  MoveOnly a;
  std::optional<MoveOnly> b;
  std::array<MoveOnly, 2> c;
  std::unique_ptr<int> d;
  std::variant<int, bool> e;
  bool f;
};

}  // namespace

TEST_CASE("core: the members of an aggregate are counted, whatever they are") {
  STATIC_REQUIRE(detail::has_members<Empty, 0>());
  STATIC_REQUIRE(detail::has_members<Inner, 2>());
  STATIC_REQUIRE(detail::has_members<Outer, 3>());
  STATIC_REQUIRE(detail::has_members<Plain, 5>());
  STATIC_REQUIRE(detail::has_members<Awkward, 6>());
}

TEST_CASE("core: a member listed twice is told from two members") {
  STATIC_REQUIRE(detail::fields_differ<Outer>());
  STATIC_REQUIRE_FALSE(detail::fields_differ<Repeats>());
}

TEST_CASE("core: fields are visited in the order of their list") {
  Outer outer;
  std::string order;
  for_each_field(outer, [&]<class Field>(Field&) { order += name_of<Field>(), order += ' '; });
  CHECK(order == "int Inner Deadline ");
  for_each_field(outer, []<class Field>(Field& field) {
    if constexpr (std::is_same_v<Field, int>) field = 7;
  });
  CHECK(outer.b == 7);
  Empty empty;
  for_each_field(empty, [](auto&) { FAIL("an empty type has no field"); });
}

TEST_CASE("core: a deadline is found among the fields, and inside them") {
  STATIC_REQUIRE(detail::deadline_count<Early, Outer>() == 1);
  STATIC_REQUIRE(detail::deadline_count<Late, Outer>() == 1);
  STATIC_REQUIRE(detail::deadline_count<Late, Inner>() == 0);
  STATIC_REQUIRE(detail::deadline_count<Early, Twice>() == 2);
  Outer outer;
  CHECK(detail::find_deadline<Early>(outer) == &outer.inner.early);
  CHECK(detail::find_deadline<Late>(outer) == &outer.late);
  const Outer& constant = outer;
  CHECK(detail::find_deadline<Early>(constant) == &constant.inner.early);
}

TEST_CASE("core: a deadline is found in what lies apart, and reading it takes no memory") {
  STATIC_REQUIRE(detail::deadline_count<Early, Distant>() == 1);
  STATIC_REQUIRE(detail::deadline_count<Late, Distant>() == 0);
  Distant distant;
  const Distant& constant = distant;
  CHECK(detail::find_deadline<Early>(constant)->at == never);
  CHECK_FALSE(distant.inner.is_there());
  detail::find_deadline<Early>(distant)->at = SteadyTime{};
  CHECK(distant.inner->early.at == SteadyTime{});
  CHECK(detail::find_deadline<Early>(constant) == &distant.inner->early);
}
