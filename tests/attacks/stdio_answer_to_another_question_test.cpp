#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// A late answer to the first question is taken for the answer to the second.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.established(which);
  const Sealed first = story.asks("Is the backup complete?");
  story.hands_child(first);
  const Sealed answer = Pair::taken(pair.to_parent, 0);
  story.attacker("holds the answer back until the parent has something else to ask");
  story.waits(6s, false);
  const Sealed second = story.asks("May I delete the disk?");
  story.attacker("holds the second question back, and hands over the answer to the first");
  const Result result = story.hands_parent(answer);
  const Told* answered = result.find("Answered");
  if (which == Profile::hardened) {
    story.attacker("lets the second question pass");
    story.hands_child(second);
    story.hands_parent(Pair::taken(pair.to_parent, 0));
  }
  return answered != nullptr && answered->correlation == 2;
}

const Attack listed{
    {"stdio", "7 correlation", "", "answer_to_another_question",
     "an answer is taken for the answer to another question",
     "nothing in a record says what it answers: whatever opens is the answer to the last question",
     "the correlation id is inside the seal: the answer goes to its own question, and the second "
     "gets its own"},
    attack};

}  // namespace

TEST_CASE("stdio: a late answer succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  REQUIRE(Pair::count(story.pair().parent_told, "Answered") == 1);
  CHECK(story.pair().parent_told.back().text == "re: Is the backup complete?");
}

TEST_CASE("stdio: a late answer fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  REQUIRE(Pair::count(story.pair().parent_told, "Answered") == 2);
  for (const Told& told : story.pair().parent_told)
    if (told.name == "Answered")
      CHECK(told.text ==
            (told.correlation == 1 ? "re: Is the backup complete?" : "re: May I delete the disk?"));
  CHECK(story.hears("three"));
}

}  // namespace attacks
