#include "tests/attacks/registration.hpp"
#include "tests/support/catch.hpp"

// Routing that never routes.

namespace attacks::registration {
namespace {

template <class P>
bool play(RegistrationStory& story) {
  Stage<P> stage;
  stage.registered();
  story.deployed(
      "the router is handed over as a method without its object: whatever comes in, it "
      "looks for the connections of nobody, throws, and the error is logged");
  story.attacker("has nothing to do");
  const bool is_heard = stage.hears(R"("one")") && stage.hears(R"("two")");
  story.bob(is_heard ? "hears what Alice says" : "hears nothing of what Alice says");
  return !is_heard;
}
bool attack(Profile which, RegistrationStory& story) {
  return against(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{{"registration", "6", "3", "dead_routing", "no message ever arrives",
                     "the deployed router throws at every message; here it is told with its "
                     "recipient, and arrives as it was sent",
                     "the message is told with its recipient, and arrives", false},
                    attack};

}  // namespace

TEST_CASE("registration: a message that the deployed router never delivers arrives in compat",
          "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::compat, story));
}

TEST_CASE("registration: a message that the deployed router never delivers arrives in hardened",
          "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
}

}  // namespace attacks::registration
