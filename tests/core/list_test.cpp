#include "handfast/core/list.hpp"

#include "tests/support/catch.hpp"

using namespace handfast;

namespace {

struct Plain {};
template <class...>
struct Box {
  struct Inner {};
};
template <class A>
struct Wrapped {};
enum class Colour { red };

}  // namespace

TEST_CASE("core: a type's name is without its scope and its arguments") {
  CHECK(name_of<Plain>() == "Plain");
  CHECK(name_of<Box<Plain>>() == "Box");
  CHECK(name_of<Box<Plain, Wrapped<Box<int>>>>() == "Box");
  CHECK(name_of<Box<Plain>::Inner>() == "Inner");
  CHECK(name_of<Box<Wrapped<Plain>>::Inner>() == "Inner");
  CHECK(name_of<Colour>() == "Colour");
  CHECK(name_of<int>() == "int");
  struct Local {};
  CHECK(name_of<Local>() == "Local");
}

TEST_CASE("core: lists are searched, joined and made distinct") {
  using namespace handfast::detail;
  STATIC_REQUIRE(index_in<int>(List<char, int, int>{}) == 1);
  STATIC_REQUIRE(index_in<long>(List<char, int>{}) == -1);
  STATIC_REQUIRE(index_in<long>(List<>{}) == -1);
  STATIC_REQUIRE(contains<int, List<char, int>>);
  STATIC_REQUIRE_FALSE(contains<int, List<>>);
  STATIC_REQUIRE(std::is_same_v<Concat<List<int>, List<>, List<char, int>>, List<int, char, int>>);
  STATIC_REQUIRE(std::is_same_v<Concat<>, List<>>);
  STATIC_REQUIRE(std::is_same_v<Distinct<List<int, char, int, long, char>>, List<int, char, long>>);
  STATIC_REQUIRE(std::is_same_v<Distinct<List<>>, List<>>);
  STATIC_REQUIRE(std::is_same_v<At<1, List<int, char, long>>, char>);
  STATIC_REQUIRE(std::is_same_v<AsVariant<List<int, char>>, std::variant<int, char>>);
  STATIC_REQUIRE(List<int, char>::size == 2);
  STATIC_REQUIRE(List<>::size == 0);
}
