#include "tests/attacks/registration.hpp"
#include "tests/support/catch.hpp"

// A server in the middle registers somewhere else as the client that has dialled it.

namespace attacks::registration {
namespace {

template <class P>
bool play(RegistrationStory& story) {
  Stage<P> stage(client_config("middle.example:443"));
  Stage<P>::join(stage.bob, stage.bobs);
  story.alice("dials middle.example:443, the attacker's server, which she has her reasons for");
  stage.alice.does(Connect{});
  story.attacker("dials example.org:443, where Bob is, and gets a challenge");
  const auto challenge = stage.alices.does(Accept{});
  story.attacker("hands it on to Alice: nothing in it says which server she has dialled");
  const auto response = story.hands(stage.alice, "alice", challenge.frames.at(0));
  story.attacker("hands her response back to example.org");
  const auto proven = story.hands(stage.alices, "server", response.frames.at(0));
  if (!proven.template event<Proven>()) {
    story.attacker("writes the right name over hers");
    std::string lie(text_of(response.frames.at(0)));
    lie.replace(lie.find("middle.example:443"), 18, "example.org:443");
    story.hands(stage.alices, "server", bytes_of(lie));
    return false;
  }
  if (proven.template event<Proven>()->key != stage.alice.key()) return false;
  stage.alices.does(Admit{});
  story.server(
      "takes the attacker's connection in as Alice's: her messages go to him, she is "
      "refused when she comes herself, and he says when she is there");
  const auto sent = stage.bob.does(Send{stage.alice.key(), bytes_of("1")});
  const auto forward = stage.bobs.gets(sent.frames.at(0));
  const Kept payload = keep(forward.template event<Forward>()->payload);
  const bool is_his = !stage.alices.does(Deliver{stage.bob.key(), payload}).frames.empty();
  story.bob("sends Alice a message, and it goes to the attacker");
  return is_his;
}
bool attack(Profile which, RegistrationStory& story) {
  return against(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"registration", "2", "2", "relayed_challenge",
     "a server in the middle registers as its client",
     "the challenge names no server: the attacker's connection is registered with Alice's key",
     "the response says which host and port the client has dialled, and its proof covers them: "
     "`wrong_audience`, and `not_authentic` where that was changed"},
    attack};

}  // namespace

TEST_CASE("registration: a relayed challenge succeeds against compat", "[attack]") {
  RegistrationStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("registration: a relayed challenge fails against hardened", "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::wrong_audience, Fault::not_authentic});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::registration
