#include "tests/attacks/registration_hall.hpp"
#include "tests/support/catch.hpp"

// A key that was registered once is refused for ever.

namespace attacks::registration {
namespace {

template <class P>
bool play(RegistrationStory& story) {
  Hall<P> hall;
  Side<Client<P>> alice(client_config(), 1, 1), alice_again(client_config(), 1, 7),
      bob(client_config(), 3, 3);
  hall.dial(1, alice);
  hall.dial(2, bob);
  if (hall.registered_count() != 2) throw std::logic_error("the two are not registered");
  story.alice("is registered, and so is Bob");
  story.attacker("cuts Alice's connection");
  hall.hang_up(1, alice.now);
  story.deployed(
      "what happens when a connection closes is bound to a method that never runs: her key stays "
      "registered, and whoever comes with it is told SOCKET_ALREADY_REGISTERED, until the process "
      "is started anew");
  story.alice("comes again, with the same key");
  hall.dial(3, alice_again);
  const bool is_heard = hall.registered_count() == 2 && hall.carries(2, bob, alice_again);
  story.bob(is_heard ? "says something, and she hears it" : "says something, and she is not there");
  return !is_heard;
}
bool attack(Profile which, RegistrationStory& story) {
  return against(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"registration", "4", "3", "locked_out", "who was cut off is refused for ever",
     "the deployed server keeps the key of a connection that is gone; here its end unregisters it, "
     "and who comes again is there",
     "the end of a connection unregisters its key; who comes again is there", false},
    attack};

}  // namespace

TEST_CASE("registration: who was cut off comes again in compat", "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::compat, story));
}

TEST_CASE("registration: who was cut off comes again in hardened", "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
}

}  // namespace attacks::registration
