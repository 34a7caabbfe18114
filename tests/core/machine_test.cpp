#include "handfast/core/machine.hpp"

#include <set>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/toy.hpp"

using namespace handfast;
using namespace std::chrono_literals;
using toy::Client;
using toy::keep;
using toy::Kept;
using toy::machine_in;
using toy::Server;
using toy::snapshot_of;

namespace {

constexpr std::uint32_t nonce = 7;

// One value of each state, deadlines running, counters moved: what the matrix starts from.
Client::AwaitingWelcome awaiting() { return {nonce, 1, {SteadyTime{5s}}, {SteadyTime{9s}}}; }
Client::Open open_client() { return {{toy::key_of(nonce), 4, 2}, Link{0}, 0x41}; }
Client::Done done_client() { return {{toy::key_of(nonce), 4, 2}, false}; }
Server::Serving serving() { return {nonce, {toy::key_of(nonce), 4, 2}, {SteadyTime{40s}}}; }
Server::Trusted trusted() { return {{toy::key_of(nonce), 4, 2}, {SteadyTime{40s}}}; }
Server::Done done_server() { return {{toy::key_of(nonce), 4, 2}}; }

/// A machine in the state with that index, made from a snapshot.
Machine<Client, TransitionTrace> in_state(List<Client>, int state) {
  switch (state) {
    case 0: return machine_in<Client, TransitionTrace>(Client::Idle{});
    case 1: return machine_in<Client, TransitionTrace>(awaiting());
    case 2: return machine_in<Client, TransitionTrace>(open_client());
    default: return machine_in<Client, TransitionTrace>(done_client());
  }
}
Machine<Server, TransitionTrace> in_state(List<Server>, int state) {
  switch (state) {
    case 0: return machine_in<Server, TransitionTrace>(Server::Waiting{});
    case 1: return machine_in<Server, TransitionTrace>(serving());
    case 2: return machine_in<Server, TransitionTrace>(trusted());
    default: return machine_in<Server, TransitionTrace>(done_server());
  }
}

/// A frame that holds a valid message of that index.
Kept frame_with(List<Client>, int message) {
  if (message == 0) return toy::welcome_frame(nonce, toy::proof_of(nonce));
  return toy::sealed_frame(nonce, 3, static_cast<std::uint8_t>(message - 1),
                           bytes_of(message == 1 ? "data" : ""));
}
Kept frame_with(List<Server>, int message) {
  if (message == 0) return toy::hello_frame(nonce);
  return toy::sealed_frame(nonce, 3, static_cast<std::uint8_t>(message - 1),
                           bytes_of(message == 1 ? "data" : ""));
}

template <class Command>
Command command_for() {
  if constexpr (std::is_same_v<Command, toy::Send>)
    return {bytes_of("out")};
  else
    return {};
}

/// What the table says of an event in a state, by its rows.
template <class Role>
std::vector<int> rows_on(int state, Trigger trigger, int event) {
  std::vector<int> rows;
  for (int r = 0; r < Graph<Role>::row_count; ++r) {
    const Edge& e = Graph<Role>::edges[r];
    if (e.from == state && e.trigger == trigger && e.on == event) rows.push_back(r);
  }
  return rows;
}

/// Holds one call to the table: one of `rows` was taken and did what it says, or nothing was and
/// `refusal` says why.
template <class Role>
void hold_to_rows(const Machine<Role, TransitionTrace>& machine, const Output<Role>& out,
                  const std::vector<int>& rows) {
  REQUIRE(machine.observer().steps.size() == 1);
  const int row = machine.observer().steps[0].row;
  REQUIRE(std::ranges::count(rows, row) == 1);
  const Edge& e = Graph<Role>::edges[row];
  CHECK(machine.engine().state_index() == e.to);
  CHECK(machine.state_name() == state_names<Role>[e.to]);
  CHECK(out.transmit.size() == e.send_count);
  CHECK(out.events.size() == e.tell_count);
  CHECK_FALSE(out.fault().has_value());
  CHECK(out.store_before_transmit == e.stores_first);
}

template <class Role>
void hold_to_refusal(const Machine<Role, TransitionTrace>& machine, const Output<Role>& out,
                     const Kept& before, Fault fault) {
  CHECK(out.fault() == fault);
  CHECK(out.events.size() == 1);
  CHECK(out.transmit.empty());
  CHECK_FALSE(out.store_before_transmit);
  CHECK(snapshot_of(machine) == before);
  REQUIRE(machine.observer().steps.size() == 1);
  CHECK(machine.observer().steps[0].row == -1);
  CHECK(machine.observer().steps[0].fault == fault);
}

template <class Role>
void whole_matrix() {
  using G = Graph<Role>;
  constexpr List<Role> role;
  for (int state = 0; state < G::state_count; ++state) {
    CAPTURE(name_of<Role>(), state_names<Role>[static_cast<std::size_t>(state)]);
    REQUIRE(in_state(role, state).engine().state_index() == state);

    for (int message = 0; message < G::message_count; ++message) {
      CAPTURE(message_names<Role>[static_cast<std::size_t>(message)]);
      auto machine = in_state(role, state);
      const Kept before = snapshot_of(machine);
      const auto out = machine.receive(Link{0}, frame_with(role, message), toy::at(1s));
      switch (G::treatment(state, message)) {
        case Treatment::taken:
          hold_to_rows(machine, out, rows_on<Role>(state, Trigger::message, message));
          break;
        case Treatment::refused:
          hold_to_refusal(machine, out, before, Fault::unexpected_message);
          break;
        case Treatment::ignored:
          CHECK(out.events.empty());
          CHECK(out.transmit.empty());
          CHECK(machine.engine().state_index() == state);
          CHECK(machine.observer().steps.empty());
          break;
        case Treatment::undeclared: FAIL("a checked table declares every pair");
      }
    }

    [&]<class... Commands>(List<Commands...>) {
      const auto one = [&]<class Command>(List<Command>) {
        CAPTURE(name_of<Command>());
        auto machine = in_state(role, state);
        const Kept before = snapshot_of(machine);
        const auto rows = rows_on<Role>(state, Trigger::command,
                                        detail::index_in<Command>(typename Role::Commands{}));
        const auto out = machine.handle(command_for<Command>(), toy::at(1s));
        if (!rows.empty())
          hold_to_rows(machine, out, rows);
        else if constexpr (std::is_same_v<Command, LinkClosed>) {
          CHECK(out.events.empty());  // news of a link that nobody waits for is no mistake
          CHECK(snapshot_of(machine) == before);
        } else
          hold_to_refusal(machine, out, before, Fault::not_allowed_now);
      };
      (one(List<Commands>{}), ...);
    }(typename Role::Commands{});

    // Time, beyond every deadline: the first timer that the state has a row on, or nothing at all.
    auto machine = in_state(role, state);
    const Kept before = snapshot_of(machine);
    std::set<int> timer_rows;
    for (int r = 0; r < G::row_count; ++r)
      if (G::edges[r].from == state && G::edges[r].trigger == Trigger::timer) timer_rows.insert(r);
    const auto due = machine.engine().deadline();
    CHECK(due.has_value() == !timer_rows.empty());
    if (!due) {
      const auto out = machine.advance({never - 1ns, {}});
      CHECK(out.events.empty());
      CHECK(snapshot_of(machine) == before);
    } else {
      CHECK(machine.advance({due->at - 1ns, {}}).events.empty());
      CHECK(snapshot_of(machine) == before);
      static_cast<void>(machine.advance({due->at, {}}));
      REQUIRE(machine.observer().steps.size() == 1);
      CHECK(timer_rows.contains(machine.observer().steps[0].row));
    }
  }
}

}  // namespace

TEST_CASE("core: every state and message, command and timer of a client does what its table says",
          "[illegal]") {
  whole_matrix<Client>();
}

TEST_CASE("core: every state and message, command and timer of a server does what its table says",
          "[illegal]") {
  whole_matrix<Server>();
}

TEST_CASE("core: a machine begins in the state that the first row leaves") {
  const Machine<Client> client({});
  CHECK(client.in<Client::Idle>());
  CHECK(client.state_name() == "Idle");
  CHECK_FALSE(client.engine().deadline().has_value());
}

TEST_CASE("core: a fault leaves the state as it was", "[illegal]") {
  const Kept data = toy::sealed_frame(nonce, 3, 0, bytes_of("data"));
  Kept forged = data;
  forged.back() ^= 1;
  const struct {
    const char* what;
    Kept frame;
    Fault fault;
  } bad[]{
      {"no byte", {}, Fault::truncated},
      {"unknown type", {9, 0, 0}, Fault::unknown_type},
      {"short", Kept(data.begin(), data.begin() + 9), Fault::truncated},
      {"one byte short", Kept(data.begin(), data.end() - 1), Fault::not_authentic},
      {"forged", forged, Fault::not_authentic},
      {"replayed", toy::sealed_frame(nonce, 2, 0, bytes_of("data")), Fault::replayed},
      {"sealed, of unknown type", toy::sealed_frame(nonce, 3, 9), Fault::unknown_type},
      {"sealed, and refused by a rule", toy::sealed_frame(nonce, 3, 0), Fault::malformed},
      {"another session's", toy::sealed_frame(nonce + 1, 3, 0, bytes_of("data")),
       Fault::not_authentic},
  };
  for (const auto& input : bad) {
    CAPTURE(input.what);
    auto client = machine_in<Client>(open_client());
    const Kept before = snapshot_of(client);
    const auto out = client.receive(Link{0}, input.frame, toy::at(1s));
    CHECK(out.fault() == input.fault);
    CHECK(out.events.size() == 1);
    CHECK(out.event<Rejected>()->link == Link{0});
    CHECK(out.transmit.empty());
    CHECK(snapshot_of(client) == before);
    CHECK(client.receive(Link{0}, data, toy::at(1s)).event<toy::Received>() != nullptr);
  }
}

TEST_CASE(
    "core: a handshake answer that breaks a rule is refused by that rule, and the true one still "
    "passes",
    "[illegal]") {
  auto client = machine_in<Client>(awaiting());
  const Kept before = snapshot_of(client);
  CHECK(
      client.receive(Link{0}, toy::welcome_frame(nonce + 1, toy::proof_of(nonce + 1)), toy::at(1s))
          .fault() == Fault::wrong_session);
  CHECK(client.receive(Link{0}, toy::welcome_frame(nonce, 1), toy::at(1s)).fault() ==
        Fault::not_authentic);
  CHECK(snapshot_of(client) == before);
  CHECK(client.receive(Link{0}, toy::welcome_frame(nonce, toy::proof_of(nonce)), toy::at(1s))
            .event<Established>());
  CHECK(client.in<Client::Open>());
}

TEST_CASE("core: any flipped bit of a sealed frame is refused and changes nothing", "[illegal]") {
  const Kept data = toy::sealed_frame(nonce, 3, 0, bytes_of("data"));
  for (std::size_t bit = 0; bit < 8 * data.size(); ++bit) {
    auto client = machine_in<Client>(open_client());
    const Kept before = snapshot_of(client);
    Kept flipped = data;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    CHECK(client.receive(Link{0}, flipped, toy::at(1s)).fault().has_value());
    CHECK(snapshot_of(client) == before);
  }
}

TEST_CASE("core: a pending commit is applied when the row is taken") {
  auto client = machine_in<Client>(open_client());
  const Kept data = toy::sealed_frame(nonce, 9, 0, bytes_of("data"));
  CHECK(client.receive(Link{0}, data, toy::at(1s)).event<toy::Received>() != nullptr);
  CHECK(std::get<Client::Open>(client.engine().state()).channel.accepted == 9);
  CHECK(client.receive(Link{0}, data, toy::at(1s)).fault() == Fault::replayed);
}

TEST_CASE("core: a pending commit is applied when the pair is ignored") {
  auto client = machine_in<Client>(done_client());
  const Kept data = toy::sealed_frame(nonce, 9, 0, bytes_of("late"));
  const auto out = client.receive(Link{0}, data, toy::at(1s));
  CHECK(out.events.empty());
  CHECK(std::get<Client::Done>(client.engine().state()).channel.accepted == 9);
  CHECK(client.receive(Link{0}, data, toy::at(1s)).fault() == Fault::replayed);
}

TEST_CASE("core: a pending commit is dropped when a rule or the table refuses", "[illegal]") {
  auto open = machine_in<Client>(open_client());
  CHECK(open.receive(Link{0}, toy::sealed_frame(nonce, 9, 0), toy::at(1s)).fault() ==
        Fault::malformed);
  CHECK(std::get<Client::Open>(open.engine().state()).channel.accepted == 2);
  auto done = machine_in<Client>(done_client());
  CHECK(done.receive(Link{0}, toy::sealed_frame(nonce, 9, 2), toy::at(1s)).fault() ==
        Fault::unexpected_message);
  CHECK(std::get<Client::Done>(done.engine().state()).channel.accepted == 2);
}

TEST_CASE(
    "core: a sealed frame before there is a key is dropped where all it may hold is ignored, else "
    "refused") {
  auto early = machine_in<Client>(awaiting());
  const Kept before = snapshot_of(early);
  const auto out =
      early.receive(Link{0}, toy::sealed_frame(nonce, 1, 0, bytes_of("early")), toy::at(1s));
  CHECK(out.events.empty());
  CHECK(snapshot_of(early) == before);
  auto idle = machine_in<Client>(Client::Idle{});
  CHECK(idle.receive(Link{0}, toy::sealed_frame(nonce, 1, 0, bytes_of("early")), toy::at(1s))
            .fault() == Fault::unexpected_message);
}

TEST_CASE("core: the new state adopts from the one that it follows, after the commit") {
  auto client = machine_in<Client>(open_client());
  const auto out = client.receive(Link{0}, toy::sealed_frame(nonce, 9, 1), toy::at(1s));
  CHECK(out.event<Closed>() != nullptr);
  REQUIRE(client.in<Client::Done>());
  const auto& done = std::get<Client::Done>(client.engine().state());
  CHECK(done.channel.key.dangerous_value() == toy::key_of(nonce).dangerous_value());
  CHECK(done.channel.sent == 4);
  CHECK(done.channel.accepted == 9);
  CHECK(done.by_peer);
}

TEST_CASE("core: what a row sends is written by the state that it leads to") {
  auto client = machine_in<Client>(open_client());
  const auto out = client.handle(toy::Close{}, toy::at(1s));
  REQUIRE(client.in<Client::Done>());
  CHECK(std::get<Client::Done>(client.engine().state()).channel.sent == 5);
  REQUIRE(out.transmit.size() == 1);
  auto server = machine_in<Server>(trusted());
  CHECK(server.receive(out.transmit[0].bytes, toy::at(1s)).event<Closed>() != nullptr);
}

TEST_CASE("core: a frame may have its link's largest size and not a byte more", "[illegal]") {
  for (const auto& [link, size] :
       {std::pair{Link{0}, toy::frame_size_max}, {Link{1}, toy::side_frame_size_max}}) {
    auto client = machine_in<Client>(open_client());
    const Kept before = snapshot_of(client);
    CHECK(client.receive(link, Kept(size, 9), toy::at(1s)).fault() == Fault::unknown_type);
    CHECK(client.receive(link, Kept(size + 1, 9), toy::at(1s)).fault() == Fault::oversized);
    CHECK(snapshot_of(client) == before);
  }
}

TEST_CASE("core: a role of two links takes no other, and a role of one takes every number for it",
          "[illegal]") {
  const Kept data = toy::sealed_frame(nonce, 9, 0, bytes_of("data"));
  for (const std::uint32_t number : {2u, 3u, 0xFFFFFFFFu}) {
    auto client = machine_in<Client>(open_client());
    const auto out = client.receive(Link{number}, data, toy::at(1s));
    CHECK(out.fault() == Fault::bad_argument);
    CHECK(out.event<Rejected>()->link == Link{number});
    auto server = machine_in<Server>(trusted());
    CHECK(server.receive(Link{number}, data, toy::at(1s)).event<toy::Received>() != nullptr);
  }
  auto client = machine_in<Client>(open_client());
  CHECK(client.receive(Link{1}, data, toy::at(1s)).event<toy::Received>() != nullptr);
  const auto out = client.handle(toy::Send{bytes_of("back")}, toy::at(1s));
  CHECK(out.transmit[0].link == Link{1});
}

TEST_CASE("core: an answer goes back on the link that the question came from") {
  Machine<Server> server({});
  const auto out = server.receive(Link{77}, toy::hello_frame(nonce), toy::at(1s));
  REQUIRE(out.transmit.size() == 1);
  CHECK(out.transmit[0].link == Link{77});
  CHECK(out.link == Link{77});
}

TEST_CASE("core: a row that stores first says so in its own call and in no other") {
  auto client = machine_in<Client>(open_client());
  CHECK(client.handle(toy::Send{bytes_of("a")}, toy::at(1s)).store_before_transmit);
  const std::vector<std::uint8_t> large(toy::text_size_max + 1);
  CHECK_FALSE(client.handle(toy::Send{large}, toy::at(1s)).store_before_transmit);
  CHECK_FALSE(client.advance(toy::at(1s)).store_before_transmit);
}

TEST_CASE("core: an output says what happens next and when") {
  Machine<Client> client({});
  const auto connected = client.handle(toy::Connect{}, toy::at(2s));
  REQUIRE(connected.deadline.has_value());
  CHECK(connected.deadline->at == SteadyTime{3s});
  CHECK(connected.deadline->timer == "Retry");
  const auto closed = client.handle(LinkClosed{Link{1}}, toy::at(2s));
  CHECK(closed.event<Closed>()->fault == Fault::link_closed);
  CHECK(closed.link == Link{1});
  CHECK_FALSE(closed.deadline.has_value());
}

TEST_CASE("core: an output's views hold until the next call, also when the machine has moved") {
  auto client = machine_in<Client>(open_client());
  const auto out =
      client.receive(Link{0}, toy::sealed_frame(nonce, 3, 0, bytes_of("text")), toy::at(1s));
  const Machine<Client> moved = std::move(client);
  REQUIRE(out.event<toy::Received>() != nullptr);
  CHECK(text_of(out.event<toy::Received>()->text) == "text");
  CHECK(moved.in<Client::Open>());
}

TEST_CASE("core: nothing of a frame that did not open can be read") {
  Engine<Client> engine;
  Client::Context context;
  Scratch<Client> scratch;
  const Kept snapshot = toy::snapshot_in<Client>(open_client());
  REQUIRE(dangerous_read_snapshot<Client>(snapshot, engine.dangerous_state(), context));
  Kept forged = toy::sealed_frame(nonce, 3, 0, bytes_of("secret"));
  forged.back() ^= 1;
  engine.receive(forged, context, scratch);
  CHECK(scratch.plaintext.size() == 0);
  CHECK(scratch.events.size() == 1);
}

TEST_CASE("core: a machine can be moved and not copied") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Machine<Client>>);
  STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<Machine<Client>>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Engine<Client>>);
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<Machine<Client>>);
  STATIC_REQUIRE(std::is_nothrow_move_assignable_v<Machine<Client>>);
  auto client = machine_in<Client>(open_client());
  Machine<Client> moved = std::move(client);
  CHECK(moved.handle(toy::Send{bytes_of("a")}, toy::at(1s)).transmit.size() == 1);
  Machine<Client> other({});
  other = std::move(moved);
  CHECK(std::get<Client::Open>(other.engine().state()).channel.sent == 5);
}

TEST_CASE("core: a role has one name in snapshots, where its argument is said") {
  CHECK(toy::hashed_name<toy::Speaker<toy::Spoken<toy::Dialect::later>>>() == toy::speaker_name);
}
