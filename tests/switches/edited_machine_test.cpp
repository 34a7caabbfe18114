#include "handfast/testing/edited_machine.hpp"
//
#include "tests/support/catch.hpp"
#include "tests/switches/bell.hpp"
#include "tests/switches/edited.hpp"

using namespace edited_test;
using namespace std::chrono_literals;
using bell::Bell;
using toy::Client;
using toy::Server;

namespace {

/// Everything that two machines do in a session with losses, refusals and late frames, one line a
/// call; rows as a `TransitionTrace` sees them.
template <class ClientMachine, class ServerMachine>
std::vector<std::string> session(ClientMachine client, ServerMachine server) {
  std::vector<std::string> lines;
  Kept sent;
  const auto note = [&](const auto& out, const auto& machine) {
    if (!out.transmit.empty()) sent = keep(out.transmit[0].bytes);
    lines.push_back(line_of(out, machine));
  };
  const auto client_gets = [&](const Kept& frame, Duration now) {
    note(client.receive(Link{1}, frame, at(now)), client);
  };
  const auto server_gets = [&](const Kept& frame, Duration now) {
    note(server.receive(frame, at(now)), server);
  };
  note(client.handle(toy::Send{}, at(0s)), client);  // too early
  note(client.handle(toy::Connect{}, at(0s)), client);
  note(client.advance(at(500ms)), client);
  note(client.advance(at(1s)), client);
  const Kept hello = sent;
  server_gets(hello, 1s);
  const Kept welcome = sent;
  server_gets(hello, 2s);                       // again
  server_gets(toy::hello_frame(8), 2s);         // a stranger's
  client_gets(toy::welcome_frame(7, 1), 2s);    // forged
  client_gets(Kept{9, 9, 9}, 2s);               // nothing
  client_gets(toy::sealed_frame(7, 1, 0), 2s);  // too early, ignored
  client_gets(welcome, 2s);
  client_gets(welcome, 2s);                           // ignored
  note(client.handle(LinkClosed{}, at(2s)), client);  // no row
  const Kept text(20, 0x41), long_text(40, 0x42);
  note(client.handle(toy::Send{long_text}, at(3s)), client);
  note(client.handle(toy::Send{text}, at(3s)), client);
  const Kept data = sent;
  server_gets(data, 3s);
  server_gets(data, 3s);                        // replayed
  server_gets(toy::sealed_frame(7, 9, 0), 3s);  // empty
  note(server.handle(toy::Send{bytes_of("x")}, at(4s)), server);
  client_gets(sent, 4s);
  client_gets(toy::sealed_frame(7, 5, 2), 4s);
  note(client.handle(toy::Close{}, at(5s)), client);
  const Kept bye = sent;
  note(server.advance(at(40s)), server);  // quiet
  server_gets(bye, 41s);
  client_gets(toy::sealed_frame(7, 6, 2), 41s);  // refused
  return lines;
}

/// The edits of `Role` that can run and that the session does not show, one a line.
template <class Role>
std::string unnoticed() {
  using Trace = TransitionTrace;
  const auto plain = session(Machine<Client, Trace>({}), Machine<Server, Trace>({}));
  std::string lines;
  for (const RowEdit& one : row_edits<Role>) {
    if (!one.constructible) continue;
    EditedMachine<Role, Trace> edited({typename Role::Context{}, one});
    const auto run = [&] {
      if constexpr (std::same_as<Role, Client>)
        return session(std::move(edited), Machine<Server, Trace>({}));
      else
        return session(Machine<Client, Trace>({}), std::move(edited));
    }();
    if (run == plain) lines += in_words<Role>(one) + "\n";
  }
  return lines;
}

Server::Trusted trusted_server() {
  return {{toy::key_of(7), 3, 4}, Deadline<toy::Quiet>{SteadyTime{9s}}};
}
Client::Open open_client() { return {{toy::key_of(7), 0, 0}, {}, {}}; }
template <class State>
EditedMachine<Bell> bell_in(State state, std::string_view words) {
  return edited_in<Bell>(std::move(state), words, Bell::Context(0));
}

}  // namespace

TEST_CASE("testing: a role without an edit behaves bit for bit as the role, all session long") {
  using Trace = TransitionTrace;
  const auto plain = session(Machine<Client, Trace>({}), Machine<Server, Trace>({}));
  const auto edited = session(EditedMachine<Client, Trace>(Client::Context{}),
                              EditedMachine<Server, Trace>(Server::Context{}));
  REQUIRE(plain.size() == 25);
  REQUIRE(edited.size() == plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) CHECK(edited[i] == plain[i]);
}

TEST_CASE(
    "testing: a session shows every edit of a row that it takes and of a rule that it breaks, and "
    "no other") {
  CHECK(unnoticed<Client>() ==
        "Client row 2, AwaitingWelcome on GiveUp: dropped\n"
        "Client row 2, AwaitingWelcome on GiveUp: target Idle instead of Done\n"
        "Client row 2, AwaitingWelcome on GiveUp: target AwaitingWelcome instead of Done\n"
        "Client row 3, AwaitingWelcome on LinkClosed: dropped\n"
        "Client row 3, AwaitingWelcome on LinkClosed: target Idle instead of Done\n"
        "Client row 3, AwaitingWelcome on LinkClosed: target AwaitingWelcome instead of Done\n"
        "Client row 4, AwaitingWelcome on Welcome: RightNonce not asked\n"
        "Client row 6, Open on Data: NotEmpty not asked\n"
        "Client row 9, Open on Bye: dropped\n"
        "Client row 9, Open on Bye: target Idle instead of Done\n"
        "Client row 9, Open on Bye: target Open instead of Done\n");
  CHECK(unnoticed<Server>() ==
        "Server row 2, Serving on Data: NotEmpty not asked\n"
        "Server row 3, Serving on Bye: dropped\n"
        "Server row 3, Serving on Bye: target Waiting instead of Done\n"
        "Server row 3, Serving on Bye: target Serving instead of Done\n"
        "Server row 4, Serving on Quiet: dropped\n"
        "Server row 4, Serving on Quiet: target Waiting instead of Done\n"
        "Server row 4, Serving on Quiet: target Serving instead of Done\n"
        "Server row 5, Trusted on Data: target Waiting instead of Trusted\n"
        "Server row 5, Trusted on Data: target Done instead of Trusted\n"
        "Server row 6, Trusted on Send: FitsFrame not asked\n"
        "Server row 7, Trusted on Close: dropped\n"
        "Server row 7, Trusted on Close: target Waiting instead of Done\n"
        "Server row 7, Trusted on Close: target Trusted instead of Done\n"
        "Server row 7, Trusted on Close: sends Welcome instead of Bye\n"
        "Server row 7, Trusted on Close: Bye not sent\n"
        "Server row 8, Trusted on Bye: dropped\n"
        "Server row 8, Trusted on Bye: target Waiting instead of Done\n"
        "Server row 8, Trusted on Bye: target Trusted instead of Done\n");
}

TEST_CASE("testing: a row that leads elsewhere does all that it did, and then is elsewhere") {
  auto client =
      edited_in<Client>(Client::AwaitingWelcome{7, 3, {}, Deadline<toy::GiveUp>{SteadyTime{10s}}},
                        "row 2, AwaitingWelcome on GiveUp: target Idle instead of Done");
  const auto out = client.advance(at(10s));
  CHECK(out.event<Closed>() != nullptr);
  CHECK_FALSE(out.deadline);
  CHECK(client.in<Client::Idle>());
  CHECK_FALSE(client.handle(toy::Connect{}, at(10s)).fault());
}

TEST_CASE("testing: a row that stays by mistake leaves its state as it was") {
  auto client =
      edited_in<Client>(open_client(), "row 8, Open on Close: target Open instead of Done");
  const Kept before = keep(client.dangerous_snapshot().bytes());
  const auto out = client.handle(toy::Close{}, at(0s));
  CHECK(out.transmit.size() == 1);
  CHECK(out.event<Closed>() != nullptr);
  CHECK(client.in<Client::Open>());
  CHECK(keep(client.dangerous_snapshot().bytes()) == before);
}

TEST_CASE("testing: a row that stays by mistake keeps what its message has committed") {
  auto client = edited_in<Client>(open_client(), "row 9, Open on Bye: target Open instead of Done");
  const Kept bye = toy::sealed_frame(7, 5, 1);
  CHECK(client.receive(Link{0}, bye, at(0s)).event<Closed>() != nullptr);
  REQUIRE(client.in<Client::Open>());
  CHECK(std::get<Client::Open>(client.engine().state()).channel.accepted == 5);
  CHECK(client.receive(Link{0}, bye, at(0s)).fault() == Fault::replayed);
}

TEST_CASE("testing: a target is made of the fields that the row's own state has") {
  auto server =
      edited_in<Server>(trusted_server(), "row 6, Trusted on Send: target Done instead of Trusted");
  const auto out = server.handle(toy::Send{bytes_of("x")}, at(0s));
  CHECK(out.transmit.size() == 1);
  REQUIRE(server.in<Server::Done>());
  const auto& channel = std::get<Server::Done>(server.engine().state()).channel;
  CHECK(channel.key.dangerous_value() == toy::key_of(7).dangerous_value());
  CHECK(channel.sent == 4);
  CHECK(channel.accepted == 4);
}

TEST_CASE("testing: a target's deadlines are those of the output") {
  EditedMachine<Server> server(
      {Server::Context{},
       edit<Server>("row 0, Waiting on Hello: target Trusted instead of Serving")});
  const auto out = server.receive(toy::hello_frame(7), at(1s));
  REQUIRE(server.in<Server::Trusted>());
  REQUIRE(out.deadline);
  CHECK(out.deadline->timer == "Quiet");
  CHECK(out.deadline->at == SteadyTime{31s});

  auto done =
      edited_in<Server>(trusted_server(), "row 6, Trusted on Send: target Done instead of Trusted");
  CHECK_FALSE(done.handle(toy::Send{bytes_of("x")}, at(0s)).deadline);
}

TEST_CASE(
    "testing: fields of one type are taken in their order, the last one again if it must be") {
  auto bell = bell_in(Bell::Still{}, "row 2, Still on Stop: target Broken instead of Swinging");
  CHECK(bell.handle(bell::Stop{}, at(0s)).transmit.size() == 1);
  REQUIRE(bell.in<Bell::Broken>());
  const auto& state = std::get<Bell::Broken>(bell.engine().state());
  CHECK(state.one == 3);
  CHECK(state.other == 4);
  CHECK(state.third == 4);
  CHECK(bell.context().entered_count == 1);  // as any way in
}

TEST_CASE("testing: after a timer on a row with another target the others wait for the next call") {
  auto client =
      edited_in<Client>(Client::AwaitingWelcome{7, 0, Deadline<toy::Retry>{SteadyTime{1s}},
                                                Deadline<toy::GiveUp>{SteadyTime{10s}}},
                        "row 1, AwaitingWelcome on Retry: target Idle instead of AwaitingWelcome");
  const auto out = client.advance(at(20s));
  CHECK(out.transmit.size() == 1);
  CHECK(out.events.empty());
  CHECK(client.in<Client::Idle>());
}

TEST_CASE("testing: other timers fire in the call after one whose row is dropped") {
  auto client =
      edited_in<Client>(Client::AwaitingWelcome{7, 0, Deadline<toy::Retry>{SteadyTime{1s}},
                                                Deadline<toy::GiveUp>{SteadyTime{10s}}},
                        "row 1, AwaitingWelcome on Retry: dropped");
  const auto first = client.advance(at(20s));
  CHECK(first.events.empty());
  REQUIRE(first.deadline);
  CHECK(first.deadline->timer == "GiveUp");
  CHECK(first.deadline->at == SteadyTime{10s});
  CHECK(client.advance(at(20s)).event<Closed>() != nullptr);
}

TEST_CASE("testing: an edited machine stores and restores its role's own snapshots") {
  const Kept plain = toy::snapshot_in<Server>(trusted_server());
  auto server = edited_in<Server>(trusted_server(), "row 6, Trusted on Send: dropped");
  CHECK(keep(server.dangerous_snapshot().bytes()) == plain);
  CHECK(server.edit().row == 6);
  const auto bad =
      EditedMachine<Server>::dangerous_restore(Server::Context{}, Bytes(plain).first(9));
  REQUIRE_FALSE(bad);
  CHECK(bad.error() == Fault::bad_snapshot);
}

TEST_CASE("testing: a program chooses the edit of contexts that are made without one") {
  using Context = EditedContext<Client>;
  Context::chosen = edit<Client>("row 5, Open on Send: dropped");
  const EditedMachine<Client> chosen(Client::Context{});
  Context::chosen = {};
  const EditedMachine<Client> none(Client::Context{});
  CHECK(chosen.edit().kind == EditKind::dropped);
  CHECK(chosen.edit().row == 5);
  CHECK(none.edit() == RowEdit{});
}
