#include "tests/attacks/registration.hpp"
#include "tests/support/catch.hpp"

// A registration that fails, and registers somebody all the same.

namespace attacks::registration {
namespace {

template <class P>
bool play(RegistrationStory& story) {
  Stage<P> stage;
  stage.alices.does(Accept{});
  story.deployed(
      "a registration that fails is logged, and then goes on to where the connection is "
      "registered, with the key that it has: null. The next one that fails finds null "
      "taken");
  story.attacker("connects, and says nothing until the time is over");
  const auto late = stage.alices.waits(10s);
  story.server("ends the connection: " + words_of(*late.template event<Closed>()));
  bool is_registered = late.template event<Proven>() != nullptr;
  story.attacker("connects again, and sends a message in the place of a response");
  stage.bobs.does(Accept{});
  const std::string_view early = R"({"type":"MESSAGE"})";
  const auto wrong = story.hands(stage.bobs, "server", bytes_of(early));
  is_registered = is_registered || wrong.template event<Proven>();
  story.attacker("goes on as if he were registered");
  const auto after = story.hands(stage.alices, "server", bytes_of(early));
  is_registered = is_registered || after.template event<Forward>();
  return is_registered;
}
bool attack(Profile which, RegistrationStory& story) {
  return against(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"registration", "4", "", "key_of_nobody", "a failed registration registers the key null",
     "the deployed server registers null; here a registration that fails is `Closed`, and no key "
     "is told to the router",
     "a key is told once it is proven, and never else: `Closed`, or `unknown_type`", false},
    attack};

}  // namespace

TEST_CASE("registration: a registration that fails in compat proves no key", "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::compat, story));
  CHECK(story.forged == std::vector{Fault::unexpected_message});
}

TEST_CASE("registration: a registration that fails in hardened proves no key", "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.is_state_kept);
}

}  // namespace attacks::registration
