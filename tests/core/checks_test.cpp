#include "handfast/core/checks.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;

// The searches on small wrong roles. That a wrong role does not compile, and what the compiler
// says, is in compile_fail/.

namespace {

struct Message {};
struct Data {
  static constexpr bool application_data = true;
};
struct Command {};
struct Timer {};
struct Told {};

struct A {};
struct B {};
struct C {};

template <class Table_, class Ends_ = List<C>, class Receives_ = List<Message, Data>>
struct Role {
  using Receives = Receives_;
  using Commands = List<Command, LinkOpened, LinkClosed>;
  using Timers = List<Timer>;
  using Ends = Ends_;
  using Table = Table_;
};

template <class... Entries>
using Of = Role<Transitions<Entries...>>;

}  // namespace

TEST_CASE("core: the toy's roles are well formed") {
  STATIC_REQUIRE(well_formed<toy::Client>());
  STATIC_REQUIRE(well_formed<toy::Server>());
}

TEST_CASE("core: a state that no row leads to is found, over any number of rows") {
  STATIC_REQUIRE(detail::find_unreachable<Of<Row<A, Command, B>, Row<B, Command, C>>>() == -1);
  STATIC_REQUIRE(detail::find_unreachable<Of<Row<A, Command, C>, Row<B, Command, C>>>() == 1);
  STATIC_REQUIRE(
      detail::find_unreachable<Of<Row<A, Command, A>, Row<B, Command, C>, Row<C, Command, B>>>() ==
      1);
}

TEST_CASE("core: a state that cannot reach an end is found") {
  STATIC_REQUIRE(detail::find_without_end<Of<Row<A, Command, B>, Row<B, Command, C>>>() == -1);
  STATIC_REQUIRE(
      detail::find_without_end<Of<Row<A, Command, C>, Row<A, Message, B>, Row<B, Command, B>>>() ==
      1);
  STATIC_REQUIRE(detail::find_without_end<Role<Transitions<Row<A, Command, A>>, List<A>>>() == -1);
}

TEST_CASE(
    "core: a state waits if it is no end and no local command leaves it, and then it needs a "
    "timer") {
  STATIC_REQUIRE(detail::find_waiting<Of<Row<A, Command, B>, Row<B, Message, C>>>() == 1);
  STATIC_REQUIRE(
      detail::find_waiting<Of<Row<A, Command, B>, Row<B, Message, C>, Row<B, Timer, C>>>() == -1);
  STATIC_REQUIRE(
      detail::find_waiting<Of<Row<A, Command, B>, Row<B, Message, C>, Row<B, Timer, B>>>() == -1);
  STATIC_REQUIRE(
      detail::find_waiting<Of<Row<A, Command, B>, Row<B, Message, C>, Row<B, Command, C>>>() == -1);
  // A command that stays does not leave, and a link that goes is no command.
  STATIC_REQUIRE(
      detail::find_waiting<Of<Row<A, Command, B>, Row<B, Message, C>, Row<B, Command, B>>>() == 1);
  STATIC_REQUIRE(
      detail::find_waiting<Of<Row<A, Command, B>, Row<B, Message, C>, Row<B, LinkClosed, C>>>() ==
      1);
  STATIC_REQUIRE(detail::find_waiting<Of<Row<A, LinkOpened, B>, Row<B, Timer, C>>>() == 0);
  STATIC_REQUIRE(detail::find_waiting<
                     Role<Transitions<Row<A, Command, B>, Row<B, Message, C>>, List<B, C>>>() ==
                 -1);
}

TEST_CASE("core: rows that do the same are found, alternatives are not") {
  STATIC_REQUIRE(
      detail::find_duplicate<Of<Row<A, Command, B>, Row<A, Command, C>, Row<B, Command, C>>>() ==
      -1);
  STATIC_REQUIRE(detail::find_duplicate<Of<Row<A, Command, B>, Row<A, Command, B, Message>>>() ==
                 -1);
  STATIC_REQUIRE(
      detail::find_duplicate<Of<Row<A, Command, B>, Row<A, Command, B, Tells<Told>>>>() == -1);
  STATIC_REQUIRE(
      detail::find_duplicate<Of<Row<A, Command, B>, Row<B, Command, C>, Row<A, Command, B>>>() ==
      2);
  STATIC_REQUIRE(
      detail::find_duplicate<Of<Row<A, Command, B>, Authenticates<Row<A, Command, B>>>>() == 1);
  STATIC_REQUIRE(
      detail::find_duplicate<Of<Row<A, Command, B>, Row<A, Command, B, StoresFirst>>>() == 1);
}

TEST_CASE("core: a pair that is not declared is found, and one that is declared twice") {
  using detail::find_declared_twice, detail::find_undeclared;
  STATIC_REQUIRE(
      find_undeclared<Of<Row<A, Message, C>, Ignore<A, Data>, Refuse<C, Message, Data>>>() == -1);
  STATIC_REQUIRE(find_undeclared<Of<Row<A, Message, C>, Refuse<C, Message, Data>>>() == 1);
  STATIC_REQUIRE(find_undeclared<Of<Row<A, Message, C>, Ignore<A, Data>, Refuse<C, Data>>>() == 2);
  STATIC_REQUIRE(
      find_declared_twice<Of<Row<A, Message, C>, Row<A, Message, A>, Ignore<A, Data>>>() == -1);
  STATIC_REQUIRE(find_declared_twice<Of<Row<A, Message, C>, Ignore<A, Message>>>() == 0);
  STATIC_REQUIRE(find_declared_twice<Of<Row<A, Message, C>, Ignore<C, Data>, Refuse<C, Data>>>() ==
                 3);
  STATIC_REQUIRE(find_declared_twice<Of<Row<A, Message, C>, Refuse<C, Data, Data>>>() == 3);
}

TEST_CASE("core: application data on any path past the row that authenticates is found") {
  using detail::find_early_data;
  using Proof = Authenticates<Row<A, Message, B>>;
  STATIC_REQUIRE(find_early_data<Of<Proof, Row<B, Data, C>>>() == -1);
  STATIC_REQUIRE(find_early_data<Of<Authenticates<Row<A, Data, B>>, Row<B, Data, C>>>() == -1);
  STATIC_REQUIRE(find_early_data<Of<Row<A, Data, C>>>() == 0);           // received
  STATIC_REQUIRE(find_early_data<Of<Row<A, Command, C, Data>>>() == 0);  // sent
  STATIC_REQUIRE(find_early_data<Of<Proof, Row<A, Command, B>, Row<B, Data, C>>>() ==
                 2);  // a second path
  STATIC_REQUIRE(find_early_data<Of<Proof, Row<B, Data, B>, Row<B, Command, A>>>() ==
                 -1);  // back, and proven again
  STATIC_REQUIRE(find_early_data<Of<Proof, Row<A, Timer, C>, Row<B, Data, C>, Row<C, Data, C>>>() ==
                 3);
}
