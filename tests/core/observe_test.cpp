#include "handfast/core/observe.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;
using namespace std::chrono_literals;
using toy::at;
using toy::Client;

namespace {

/// The index of the client's row from one state to another, sent or told of nothing else alike.
template <class From, class On, class To>
int row() {
  for (int r = 0; r < Graph<Client>::row_count; ++r) {
    const Edge& e = Graph<Client>::edges[r];
    const int on = e.trigger == Trigger::message   ? detail::index_in<On>(Client::Receives{})
                   : e.trigger == Trigger::command ? detail::index_in<On>(Client::Commands{})
                                                   : detail::index_in<On>(Client::Timers{});
    if (e.from == detail::index_in<From>(StatesOf<Client>{}) &&
        e.to == detail::index_in<To>(StatesOf<Client>{}) && e.on == on)
      return r;
  }
  return -1;
}

template <class AnyMachine>
void run(AnyMachine& client) {
  static_cast<void>(client.handle(toy::Send{bytes_of("too early")}, at(0s)));
  static_cast<void>(client.handle(toy::Connect{}, at(0s)));
  static_cast<void>(client.advance(at(1s)));
  static_cast<void>(client.receive(Link{0}, toy::welcome_frame(7, 0), at(1s)));
  static_cast<void>(client.receive(Link{0}, toy::welcome_frame(7, toy::proof_of(7)), at(1s)));
  static_cast<void>(
      client.receive(Link{0}, toy::welcome_frame(7, toy::proof_of(7)), at(1s)));  // ignored
  static_cast<void>(client.handle(toy::Send{bytes_of("a")}, at(1s)));
  static_cast<void>(client.handle(toy::Send{bytes_of("b")}, at(1s)));
}

}  // namespace

TEST_CASE("core: counters say how often each row was taken, and how often an input was refused") {
  Machine<Client, RowCounters<Client>> client({});
  run(client);
  const auto& counters = client.observer();
  std::array<std::uint64_t, Graph<Client>::row_count> expected{};
  const auto add = [&](int r, std::uint64_t count) {
    REQUIRE(r >= 0);
    expected[static_cast<std::size_t>(r)] += count;
  };
  add(row<Client::Idle, toy::Connect, Client::AwaitingWelcome>(), 1);
  add(row<Client::AwaitingWelcome, toy::Retry, Client::AwaitingWelcome>(), 1);
  add(row<Client::AwaitingWelcome, toy::Welcome, Client::Open>(), 1);
  add(row<Client::Open, toy::Send, Client::Open>(), 2);
  CHECK(counters.taken == expected);
  CHECK(counters.refused_count == 2);
}

TEST_CASE("core: a trace keeps every row and every refusal in order") {
  Machine<Client, TransitionTrace> client({});
  run(client);
  const auto& steps = client.observer().steps;
  REQUIRE(steps.size() == 7);
  CHECK(steps[0].row == -1);
  CHECK(steps[0].state == 0);
  CHECK(steps[0].fault == Fault::not_allowed_now);
  CHECK(steps[1].row == row<Client::Idle, toy::Connect, Client::AwaitingWelcome>());
  CHECK(steps[2].row == row<Client::AwaitingWelcome, toy::Retry, Client::AwaitingWelcome>());
  CHECK(steps[3].row == -1);
  CHECK(steps[3].state == detail::index_in<Client::AwaitingWelcome>(StatesOf<Client>{}));
  CHECK(steps[3].fault == Fault::not_authentic);
  CHECK(steps[4].row == row<Client::AwaitingWelcome, toy::Welcome, Client::Open>());
  CHECK(steps[5].row == steps[6].row);
}

TEST_CASE("core: a machine behaves the same, watched or not") {
  Machine<Client> plain({});
  Machine<Client, TransitionTrace> watched({});
  run(plain);
  run(watched);
  CHECK(toy::snapshot_of(plain) == toy::snapshot_of(watched));
  STATIC_REQUIRE(std::is_empty_v<Unobserved>);
}
