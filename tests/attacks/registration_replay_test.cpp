#include "tests/attacks/registration.hpp"
#include "tests/support/catch.hpp"

// A message that was told is told again.

namespace attacks::registration {
namespace {

template <class P>
bool play(RegistrationStory& story) {
  Stage<P> stage;
  stage.registered();
  const Kept frame = stage.carried(stage.says(R"({"pay":"mallory"})"));
  story.alice("says {\"pay\":\"mallory\"} to Bob, once");
  const bool is_told = stage.bob.gets(frame).template event<Delivered>();
  story.bob(is_told ? "hears it" : "hears nothing");
  story.attacker(is_compat<P>
                     ? "hands the same frame over again: there is no number and no time in it"
                     : "hands the same frame over again");
  const bool is_again = story.hands(stage.bob, "bob", frame).template event<Delivered>();
  story.attacker("and once more, an hour later");
  stage.bob.now.steady += 1h;
  const bool is_later = story.hands(stage.bob, "bob", frame).template event<Delivered>();
  return is_told && is_again && is_later;
}
bool attack(Profile which, RegistrationStory& story) {
  return against(which, [&]<class P>() { return play<P>(story); });
}

const Attack listed{
    {"registration", "5 replay", "", "replay", "a message is told as often as it is handed over",
     "nothing is remembered: each copy is `Delivered`",
     "the counter of a record only rises: `replayed`, nothing changes"},
    attack};

}  // namespace

TEST_CASE("registration: replay succeeds against compat", "[attack]") {
  RegistrationStory story;
  CHECK(attack(Profile::compat, story));
}

TEST_CASE("registration: replay fails against hardened", "[attack]") {
  RegistrationStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::replayed, Fault::replayed});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::registration
