#include "handfast/core/table.hpp"

#include "tests/support/catch.hpp"

using namespace handfast;

namespace {

struct A {};
struct B {};
struct C {};
struct On {};
struct Other {};
struct Message {};
struct Reply {};
struct Told {};
struct Rule {};

using Full = Row<A, On, B, Message, Tells<Told>, Reply, StoresFirst, Requires<Rule>>;
using Common = Transitions<Full, Ignore<B, Message>, Authenticates<Row<B, Other, B>>>;
using Extra = Transitions<Row<B, On, C, Reply>, Refuse<A, Message, Reply>>;

struct Role {
  using Table = Join<Common, Extra>;
};

}  // namespace

TEST_CASE("core: a row's clauses are told apart, in any order") {
  using Parts = RowParts<Full>;
  STATIC_REQUIRE(std::is_same_v<Parts::from, A>);
  STATIC_REQUIRE(std::is_same_v<Parts::on, On>);
  STATIC_REQUIRE(std::is_same_v<Parts::to, B>);
  STATIC_REQUIRE(std::is_same_v<Parts::sends, List<Message, Reply>>);
  STATIC_REQUIRE(std::is_same_v<Parts::tells, List<Told>>);
  STATIC_REQUIRE(std::is_same_v<Parts::rules, List<Rule>>);
  STATIC_REQUIRE(Parts::stores_first);
  STATIC_REQUIRE_FALSE(Parts::authenticates);
  STATIC_REQUIRE(RowParts<Authenticates<Full>>::authenticates);
  STATIC_REQUIRE(std::is_same_v<RowParts<Authenticates<Full>>::sends, List<Message, Reply>>);
  STATIC_REQUIRE_FALSE(RowParts<Row<A, On, B>>::stores_first);
}

TEST_CASE("core: joined tables are one table, in order") {
  STATIC_REQUIRE(std::is_same_v<RowsOf<Role>,
                                List<Full, Authenticates<Row<B, Other, B>>, Row<B, On, C, Reply>>>);
  STATIC_REQUIRE(std::is_same_v<StatesOf<Role>, List<A, B, C>>);
  STATIC_REQUIRE(std::is_same_v<RowEventsOf<Role>, List<On, Other>>);
  STATIC_REQUIRE(std::is_same_v<SendsOf<Role>, List<Message, Reply>>);
  STATIC_REQUIRE(std::is_same_v<TellsOf<Role>, List<Told>>);
  STATIC_REQUIRE(std::is_same_v<TableParts<Role::Table>::ignores, List<Ignore<B, Message>>>);
  STATIC_REQUIRE(std::is_same_v<TableParts<Role::Table>::refuses, List<Refuse<A, Message, Reply>>>);
  STATIC_REQUIRE(std::is_same_v<Join<Common>, Common>);
}
