#include "handfast/core/one_of.hpp"

#include <memory>
#include <string>

#include "tests/support/catch.hpp"

using namespace handfast::detail;

namespace {

/// Counts how many of its kind there are.
struct Counted {
  explicit Counted(int& alive) : alive_(&alive) { ++*alive_; }
  Counted(Counted&& other) noexcept : alive_(other.alive_) { ++*alive_; }
  Counted& operator=(Counted&&) = delete;
  ~Counted() { --*alive_; }

 private:
  int* alive_;
};
struct alignas(32) Wide {
  int value;
};

template <int N>
struct Number {};
template <int... N>
std::string visited(std::variant<Number<N>...> held) {
  return visit_held(held, []<int Held>(Number<Held>&) { return std::to_string(Held); });
}

}  // namespace

TEST_CASE("core: a visitor is called with what a variant holds, of however many") {
  CHECK(visited(std::variant<Number<1>>{}) == "1");
  CHECK(visited(std::variant<Number<1>, Number<2>>{Number<2>{}}) == "2");
  using Three = std::variant<Number<1>, Number<2>, Number<3>>;
  CHECK(visited(Three{Number<1>{}}) == "1");
  CHECK(visited(Three{Number<2>{}}) == "2");
  CHECK(visited(Three{Number<3>{}}) == "3");
  using Six = std::variant<Number<1>, Number<2>, Number<3>, Number<4>, Number<5>, Number<6>>;
  CHECK(visited(Six{Number<4>{}}) == "4");
  CHECK(visited(Six{Number<5>{}}) == "5");
  CHECK(visited(Six{Number<6>{}}) == "6");
}

TEST_CASE("core: one of several holds none, until it is given one") {
  OneOf<int, std::unique_ptr<int>> one;
  CHECK_FALSE(one.has_value());
  CHECK(one.get_if<int>() == nullptr);
  one.each([](auto&) { FAIL("there is none"); });

  one.emplace(std::make_unique<int>(7));
  CHECK(one.has_value());
  CHECK(one.get_if<int>() == nullptr);
  REQUIRE(one.get_if<std::unique_ptr<int>>() != nullptr);
  int calls = 0;
  one.each([&]<class T>(T& value) {
    ++calls;
    if constexpr (std::is_same_v<T, std::unique_ptr<int>>)
      CHECK(*value == 7);
    else
      FAIL("it holds another");
  });
  CHECK(calls == 1);
}

TEST_CASE("core: one of several moves what it holds, and ends it once") {
  int alive = 0;
  {
    OneOf<int, Counted> one;
    one.emplace(Counted(alive));
    CHECK(alive == 1);
    OneOf<int, Counted> moved(std::move(one));
    CHECK(moved.get_if<Counted>() != nullptr);
    CHECK(alive == 2);  // what was moved from is still one
  }
  CHECK(alive == 0);
}

TEST_CASE("core: one of several has room for the largest and keeps its alignment") {
  OneOf<char, Wide> one;
  one.emplace(Wide{5});
  REQUIRE(one.get_if<Wide>() != nullptr);
  CHECK(one.get_if<Wide>()->value == 5);
  CHECK(reinterpret_cast<std::uintptr_t>(one.get_if<Wide>()) % alignof(Wide) == 0);
}
