#include "handfast/core/graph.hpp"

#include <string>

#include "handfast/core/compose.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;
using toy::Client;
using toy::Server;

namespace {

/// An edge as it must be, worked out at run time from the row's types.
template <class Role, class R>
Edge derived() {
  using P = RowParts<R>;
  const auto index = []<class T, class... Ts>(List<T>, List<Ts...>) {
    int i = 0, found = -1;
    ((std::is_same_v<T, Ts> && found < 0 ? void(found = i) : void(), ++i), ...);
    return static_cast<std::uint8_t>(found);
  };
  Edge e{};
  e.from = index(List<typename P::from>{}, StatesOf<Role>{});
  e.to = index(List<typename P::to>{}, StatesOf<Role>{});
  using On = typename P::on;
  if (const auto m = index(List<On>{}, typename Role::Receives{}); m != 255)
    e.trigger = Trigger::message, e.on = m;
  if (const auto c = index(List<On>{}, typename Role::Commands{}); c != 255)
    e.trigger = Trigger::command, e.on = c;
  if (const auto t = index(List<On>{}, typename Role::Timers{}); t != 255)
    e.trigger = Trigger::timer, e.on = t;
  [&]<class... Ss>(List<Ss...>) {
    ((e.sends[e.send_count++] = index(List<Ss>{}, SendsOf<Role>{})), ...);
    e.application_data = ApplicationData<On> || (ApplicationData<Ss> || ...);
  }(typename P::sends{});
  [&]<class... Ts>(List<Ts...>) {
    ((e.tells[e.tell_count++] = index(List<Ts>{}, TellsOf<Role>{})), ...);
  }(typename P::tells{});
  e.guarded = P::rules::size > 0;
  e.authenticates = P::authenticates;
  e.stores_first = P::stores_first;
  return e;
}

std::string text(const Edge& e) {
  std::string all;
  const auto add = [&](int value) { all += std::to_string(value) + ' '; };
  add(e.from), add(e.to), add(e.on), add(static_cast<int>(e.trigger)), add(e.send_count),
      add(e.tell_count);
  for (const auto send : e.sends) add(send);
  for (const auto tell : e.tells) add(tell);
  add(e.guarded), add(e.authenticates), add(e.stores_first), add(e.application_data);
  return all;
}

template <class Role>
void emitted_is_derived() {
  using G = Graph<Role>;
  // Read through pointers that the compiler cannot see through: the emitted bytes, not what it
  // knows of them.
  const Edge* volatile edges = G::edges;
  const Treatment* volatile treatments = G::treatments.data();
  const bool* volatile ends = G::ends.data();

  [&]<class... Rs>(List<Rs...>) {
    int r = 0;
    for (const Edge& expected : {derived<Role, Rs>()...}) CHECK(text(edges[r++]) == text(expected));
    CHECK(r == G::row_count);
  }(RowsOf<Role>{});

  std::vector<Treatment> expected(static_cast<std::size_t>(G::state_count * G::message_count),
                                  Treatment::undeclared);
  const auto cell = [&]<class S, class M>(List<S>, List<M>) -> Treatment& {
    return expected[static_cast<std::size_t>(detail::index_in<S>(StatesOf<Role>{}) *
                                                 G::message_count +
                                             detail::index_in<M>(typename Role::Receives{}))];
  };
  [&]<class... Rs>(List<Rs...>) {
    const auto one = [&]<class R>(List<R>) {
      if constexpr (detail::is_message<Role, typename RowParts<R>::on>)
        cell(List<typename RowParts<R>::from>{}, List<typename RowParts<R>::on>{}) =
            Treatment::taken;
    };
    (one(List<Rs>{}), ...);
  }(RowsOf<Role>{});
  const auto entry = [&]<template <class, class...> class Entry, class S, class... Ms>(
                         Entry<S, Ms...>, Treatment what) {
    ((cell(List<S>{}, List<Ms>{}) = what), ...);
  };
  using Parts = TableParts<typename Role::Table>;
  [&]<class... Es>(List<Es...>) {
    (entry(Es{}, Treatment::ignored), ...);
  }(typename Parts::ignores{});
  [&]<class... Es>(List<Es...>) {
    (entry(Es{}, Treatment::refused), ...);
  }(typename Parts::refuses{});
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(treatments[i] == expected[i]);

  [&]<class... Ss>(List<Ss...>) {
    int s = 0;
    for (const bool expected_end : {detail::contains<Ss, typename Role::Ends>...})
      CHECK(ends[s++] == expected_end);
  }(StatesOf<Role>{});
}

template <class A, class B>
void emitted_steps_are_sorted_edges() {
  using S = detail::Steps<A, B>;
  const detail::RoleView* volatile view = &S::view;
  int step = 0;
  for (int state = 0; state < Graph<A>::state_count; ++state) {
    for (int column = 0; column < S::columns; ++column) {
      CHECK(view->first[state * S::columns + column] == step);
      for (int r = 0; r < Graph<A>::row_count; ++r) {
        const Edge& e = Graph<A>::edges[r];
        if (e.from != state || (e.trigger == Trigger::message ? e.on + 1 : 0) != column) continue;
        const detail::Step& s = view->steps[step++];
        CHECK(s.row == r);
        CHECK(s.to == e.to);
        CHECK((s.guarded != 0) == e.guarded);
        REQUIRE(s.send_count == e.send_count);
        [&]<class... Ms>(List<Ms...>) {
          const int numbers[]{detail::index_in<Ms>(typename B::Receives{}) + 1 ...};
          for (int i = 0; i < e.send_count; ++i) CHECK(s.sends[i] == numbers[e.sends[i]]);
        }(SendsOf<A>{});
      }
    }
  }
  CHECK(step == Graph<A>::row_count);
  CHECK(view->first[Graph<A>::state_count * S::columns] == step);
}

}  // namespace

TEST_CASE("core: the tables that the compiler emits are those of the rows") {
  emitted_is_derived<Client>();
  emitted_is_derived<Server>();
}

TEST_CASE("core: the steps that the compiler emits for exploration are those of the rows") {
  emitted_steps_are_sorted_edges<Client, Server>();
  emitted_steps_are_sorted_edges<Server, Client>();
}

TEST_CASE("core: the values of a table are known while compiling, and the same at run time") {
  constexpr Treatment known = Graph<Client>::treatment(1, 1);
  STATIC_REQUIRE(known == Treatment::ignored);
  volatile int state = 1, message = 1;
  CHECK(Graph<Client>::treatment(state, message) == known);
}

TEST_CASE("core: states and messages have the names of their types") {
  CHECK(state_names<Client>[0] == "Idle");
  CHECK(state_names<Client>[1] == "AwaitingWelcome");
  CHECK(message_names<Client>[0] == "Welcome");
  CHECK(message_names<Client>[3] == "Nudge");
}
