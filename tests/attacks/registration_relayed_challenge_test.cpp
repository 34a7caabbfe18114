#include "tests/attacks/registration_hall.hpp"
#include "tests/support/catch.hpp"

// A server in the middle registers somewhere else as the client that has dialled it.

namespace attacks::registration {
namespace {

template <class P>
bool play(RegistrationStory& story) {
  Hall<P> hall;
  const Config dialled = client_config("middle.example:443");
  Side<Client<P>> bob(client_config(), 3, 3), alice(dialled, 1, 1), alice_again(dialled, 1, 7);
  hall.dial(1, bob);
  const auto is_relayed = [&](std::uint32_t number, Side<Client<P>>& who, auto change) {
    story.alice("dials middle.example:443, the attacker's server, which she has her reasons for");
    who.does(Connect{});
    story.attacker("dials example.org:443, where Bob is, and gets a challenge");
    const Kept challenge = hall.challenge_for(number, who.now);
    story.attacker("hands it on to Alice: nothing in it says which server she has dialled");
    const auto response = story.hands(who, "alice", challenge);
    story.attacker("hands her response back to example.org");
    hall.hands(story, number, change(response.frames.at(0)), who.now);
    return hall.has(number, who);
  };
  if (!is_relayed(7, alice, [](const Kept& response) { return response; }))
    return is_relayed(8, alice_again, [&](const Kept& response) {
      story.attacker("writes the right name over hers");
      std::string lie(text_of(response));
      lie.replace(lie.find("middle.example:443"), 18, "example.org:443");
      return keep(bytes_of(lie));
    });
  story.server(
      "takes the attacker's connection in as Alice's: her messages go to him, she is "
      "refused when she comes herself, and he says when she is there");
  const std::size_t before = hall.sent_on(7);
  hall.say(1, bob, alice.key());
  story.bob("sends Alice a message, and it goes to the attacker");
  return hall.sent_on(7) == before + 1;
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
