#include "tests/support/toy.hpp"

#include "tests/support/catch.hpp"

using namespace handfast;
using toy::at;
using toy::Client;
using toy::keep;
using toy::Kept;
using toy::Server;
using namespace std::chrono_literals;

namespace {

/// Whether some frame that passed between the two held these bytes in the clear.
bool holds(const Kept& frame, std::string_view text) {
  return std::string_view(reinterpret_cast<const char*>(frame.data()), frame.size()).find(text) !=
         std::string_view::npos;
}

}  // namespace

TEST_CASE("support: the toy's client and server shake hands, talk both ways, and part") {
  Machine<Client> client({});
  Machine<Server> server({});
  const Kept hello = keep(client.handle(toy::Connect{}, at(0s)).transmit[0].bytes);
  CHECK(hello == toy::hello_frame(7));
  const Kept welcome = keep(server.receive(hello, at(0s)).transmit[0].bytes);
  CHECK(welcome == toy::welcome_frame(7, toy::proof_of(7)));
  CHECK(client.receive(Link{0}, welcome, at(0s)).event<Established>() != nullptr);
  CHECK(client.context().opened_count == 1);

  for (std::uint32_t i = 1; i < 4; ++i) {
    const Kept question =
        keep(client.handle(toy::Send{bytes_of("question")}, at(0s)).transmit[0].bytes);
    CHECK(question == toy::sealed_frame(7, i, 0, bytes_of("question")));
    CHECK_FALSE(holds(question, "question"));
    const auto asked = server.receive(question, at(0s));
    REQUIRE(asked.event<toy::Received>() != nullptr);
    CHECK(text_of(asked.event<toy::Received>()->text) == "question");
    const Kept answer =
        keep(server.handle(toy::Send{bytes_of("answer")}, at(0s)).transmit[0].bytes);
    const auto answered = client.receive(Link{0}, answer, at(0s));
    REQUIRE(answered.event<toy::Received>() != nullptr);
    CHECK(text_of(answered.event<toy::Received>()->text) == "answer");
  }

  const Kept bye = keep(client.handle(toy::Close{}, at(0s)).transmit[0].bytes);
  CHECK(server.receive(bye, at(0s)).event<Closed>() != nullptr);
  CHECK(client.in<Client::Done>());
  CHECK(server.in<Server::Done>());
}

TEST_CASE("support: a machine that is put into a state is in it, with everything that it holds") {
  const auto server =
      toy::machine_in<Server>(Server::Serving{9, {toy::key_of(9), 3, 2}, {SteadyTime{5s}}});
  REQUIRE(server.in<Server::Serving>());
  const auto& state = std::get<Server::Serving>(server.engine().state());
  CHECK(state.nonce == 9);
  CHECK(state.channel.key.dangerous_value() == toy::key_of(9).dangerous_value());
  CHECK(state.channel.sent == 3);
  CHECK(state.channel.accepted == 2);
  CHECK(state.quiet.at == SteadyTime{5s});
}

TEST_CASE("support: the toy's key is gone from where it was moved from") {
  toy::Key key = toy::key_of(1);
  const toy::Key moved = std::move(key);
  CHECK(key.dangerous_value() == 0);  // NOLINT: the state after a move is what is tested
  CHECK(moved.dangerous_value() == toy::key_of(1).dangerous_value());
}
