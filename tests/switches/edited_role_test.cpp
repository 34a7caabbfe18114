#include "handfast/testing/edited_role.hpp"
//
#include "tests/support/catch.hpp"
#include "tests/switches/bell.hpp"
#include "tests/switches/edited.hpp"

// What one edit of each kind does. That a role without an edit is the role itself, and where an
// edited machine leads, is in edited_machine_test.cpp.

using namespace edited_test;
using namespace std::chrono_literals;
using bell::Bell;
using toy::Client;
using toy::Server;

namespace {

Client::Open open_client() { return {{toy::key_of(7), 0, 0}, {}, {}}; }
Client::AwaitingWelcome awaiting_client() {
  return {7, 0, Deadline<toy::Retry>{SteadyTime{1s}}, Deadline<toy::GiveUp>{SteadyTime{10s}}};
}
template <class State>
EditedMachine<Bell> bell_in(State state, std::string_view words) {
  return edited_in<Bell>(std::move(state), words, Bell::Context(0));
}

}  // namespace

TEST_CASE("testing: an edited role is well formed, whatever its edit") {
  STATIC_REQUIRE(well_formed<testing::Edited<Client>>());
  STATIC_REQUIRE(well_formed<testing::Edited<Server>>());
  STATIC_REQUIRE(well_formed<testing::Edited<Bell>>());
}

TEST_CASE("testing: an edited role has its role's rows, in its order") {
  using E = testing::Edited<Server>;
  REQUIRE(Graph<E>::row_count == Graph<Server>::row_count);
  for (int r = 0; r < Graph<E>::row_count; ++r) {
    const Edge &edited = Graph<E>::edges[r], &own = Graph<Server>::edges[r];
    CHECK(detail::same(edited, own));
    CHECK(edited.authenticates == own.authenticates);
    CHECK(edited.guarded);
  }
  CHECK(Graph<E>::treatments == Graph<Server>::treatments);
}

TEST_CASE("testing: a message whose row is dropped is refused and changes nothing") {
  auto client = edited_in<Client>(open_client(), "row 9, Open on Bye: dropped");
  const Kept before = keep(client.dangerous_snapshot().bytes());
  const auto out = client.receive(Link{0}, toy::sealed_frame(7, 1, 1), at(0s));
  CHECK(out.fault() == Fault::unexpected_message);
  CHECK(out.events.size() == 1);
  CHECK(keep(client.dangerous_snapshot().bytes()) == before);
  // Every other row is there.
  CHECK(client.receive(Link{0}, toy::sealed_frame(7, 2, 0, bytes_of("x")), at(0s))
            .event<toy::Received>() != nullptr);
}

TEST_CASE("testing: a message whose row is dropped is refused before its rules are asked") {
  auto client = edited_in<Client>(open_client(), "row 6, Open on Data: dropped");
  CHECK(client.receive(Link{0}, toy::sealed_frame(7, 1, 0), at(0s)).fault() ==
        Fault::unexpected_message);
}

TEST_CASE("testing: a command whose row is dropped is not allowed") {
  auto client = edited_in<Client>(open_client(), "row 5, Open on Send: dropped");
  const auto out = client.handle(toy::Send{bytes_of("x")}, at(0s));
  CHECK(out.fault() == Fault::not_allowed_now);
  CHECK(out.transmit.empty());
}

TEST_CASE("testing: a link event whose row is dropped is nobody's fault") {
  auto client =
      edited_in<Client>(awaiting_client(), "row 3, AwaitingWelcome on LinkClosed: dropped");
  CHECK(client.handle(LinkClosed{}, at(0s)).events.empty());
  CHECK(client.in<Client::AwaitingWelcome>());
}

TEST_CASE("testing: a timer whose row is dropped never fires, and nobody hears of it") {
  auto client = edited_in<Client>(awaiting_client(), "row 2, AwaitingWelcome on GiveUp: dropped");
  for (const auto now : {1s, 2s, 3s}) CHECK(client.advance(at(now)).transmit.size() == 1);
  CHECK(client.advance(at(10s)).events.empty());
  const auto out = client.advance(at(1h));
  CHECK(out.events.empty());
  CHECK_FALSE(out.deadline);
  CHECK(client.in<Client::AwaitingWelcome>());
}

TEST_CASE("testing: of alternatives the one that is dropped refuses, and undoes what it did") {
  auto bell = bell_in(Bell::Still{5, {}}, "row 1, Still on Pull: dropped");
  CHECK(bell.handle(bell::Pull{20}, at(0s)).fault() == Fault::not_allowed_now);
  CHECK(std::get<Bell::Still>(bell.engine().state()).pulls == 5);
  CHECK_FALSE(bell.handle(bell::Pull{2}, at(0s)).fault());
  CHECK(std::get<Bell::Still>(bell.engine().state()).pulls == 6);
}

TEST_CASE("testing: of a timer's alternatives the one that is dropped does not fire") {
  auto bell = bell_in(Bell::Still{5, {SteadyTime{1s}}}, "row 4, Still on Tick: dropped");
  const auto out = bell.advance(at(1s));
  CHECK(out.events.empty());
  CHECK_FALSE(out.deadline);
  CHECK(std::get<Bell::Still>(bell.engine().state()).pulls == 5);
  auto other = bell_in(Bell::Still{6, {SteadyTime{1s}}}, "row 4, Still on Tick: dropped");
  CHECK(other.advance(at(1s)).transmit.size() == 1);  // the even ones tick
}

TEST_CASE("testing: a row sends another message, or none, and does everything else") {
  auto mute = edited_in<Client>(open_client(), "row 8, Open on Close: Bye not sent");
  const auto out = mute.handle(toy::Close{}, at(0s));
  CHECK(out.transmit.empty());
  CHECK(out.event<Closed>() != nullptr);
  CHECK(mute.in<Client::Done>());

  auto wrong = edited_in<Client>(open_client(), "row 5, Open on Send: sends Hello instead of Data");
  const auto sent = wrong.handle(toy::Send{bytes_of("x")}, at(0s));
  REQUIRE(sent.transmit.size() == 1);
  CHECK(keep(sent.transmit[0].bytes) == toy::hello_frame(0));
  CHECK(sent.store_before_transmit);
}

TEST_CASE("testing: of two messages of a row the one that the edit names is changed") {
  const auto sent = [](std::string_view words) {
    auto bell = bell_in(Bell::Still{}, words);
    const auto out = bell.handle(bell::Pull{20}, at(0s));
    std::string text;
    for (const Frame& frame : out.transmit) text += text_of(frame.bytes);
    return text;
  };
  CHECK(sent("row 0, Still on Pull: dropped") == "ding20 dong20 ");
  CHECK(sent("row 1, Still on Pull: Ding not sent") == "dong20 ");
  CHECK(sent("row 1, Still on Pull: Dong not sent") == "ding20 ");
  CHECK(sent("row 1, Still on Pull: sends Dong instead of Ding") == "dong0 dong20 ");
  CHECK(sent("row 1, Still on Pull: sends Ding instead of Dong") == "ding20 ding0 ");
  CHECK(sent("row 2, Still on Stop: Ding not sent") == "ding20 dong20 ");
}

TEST_CASE("testing: a rule is not asked on the edited row, and is asked everywhere else") {
  const Kept wrong = toy::welcome_frame(7, 1), strange = toy::welcome_frame(8, toy::proof_of(7));
  const auto words = "row 4, AwaitingWelcome on Welcome: RightProof not asked";
  auto client = edited_in<Client>(awaiting_client(), words);
  CHECK(client.receive(Link{0}, strange, at(0s)).fault() == Fault::wrong_session);
  CHECK(client.receive(Link{0}, wrong, at(0s)).event<Established>() != nullptr);
  CHECK_FALSE(testing::rule_switch<toy::RightProof>());
  auto plain = toy::machine_in<Client>(awaiting_client());
  CHECK(plain.receive(Link{0}, wrong, at(0s)).fault() == Fault::not_authentic);

  const Kept empty = toy::sealed_frame(7, 1, 0);
  auto careless = edited_in<Server>(Server::Serving{7, {toy::key_of(7), 0, 0}, {}},
                                    "row 2, Serving on Data: NotEmpty not asked");
  CHECK(careless.receive(empty, at(0s)).event<toy::Received>() != nullptr);
  CHECK(careless.receive(toy::sealed_frame(7, 2, 0), at(0s)).fault() == Fault::malformed);
}

TEST_CASE("testing: a rule that two alternatives share is not asked on one of them only") {
  const auto row = [](std::string_view words, int number) {
    auto bell = bell_in(Bell::Still{}, words);
    const auto out = bell.handle(bell::Pull{number}, at(0s));
    const auto pulls = std::get<Bell::Still>(bell.engine().state()).pulls;
    return std::pair{out.fault(), pulls};
  };
  using Result = std::pair<std::optional<Fault>, std::uint32_t>;
  const auto quiet = "row 0, Still on Pull: IsEven not asked";
  const auto loud = "row 1, Still on Pull: IsEven not asked";
  CHECK(row(quiet, 3) == Result{std::nullopt, 1});
  CHECK(row(quiet, 21) == Result{Fault::stale, 0});
  CHECK(row(loud, 3) == Result{Fault::stale, 0});
  CHECK(row(loud, 21) == Result{std::nullopt, 1});
  // The other rule refuses by the same fault, and still does.
  CHECK(row(loud, 101) == Result{Fault::stale, 0});
  CHECK(row("row 1, Still on Pull: IsSmall not asked", 102) == Result{std::nullopt, 1});
}
