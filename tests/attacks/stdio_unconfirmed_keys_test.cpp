#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// A swapped key, and both believe that they are connected.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.stage(which);
  pair.parent_does(Start{});
  const Sealed line = Pair::taken(pair.to_child, 0);
  story.parent("writes its line");
  story.attacker(
      "has got hold of the pipe, and puts some other public key in the place of the "
      "parent's; he need not even have its private key");
  RawKey other{};
  other.fill(9);
  story.hands_child(with_key(line, other));
  pair.child_does(Listening{40000});
  story.child("answers with a line of its own, which the attacker lets pass");
  const bool is_taken = story.hands_parent(Pair::taken(pair.to_parent, 0)).has("Established");
  if (is_taken) {
    story.child("is established too, with keys that nobody else has");
    return !story.hears("one");
  }
  story.waits(11s);
  story.parent("starts a new child, and the attacker has lost the pipe");
  Pair& again = story.stage(which);
  again.exchange_lines();
  again.run();
  return !story.hears("one");
}

const Attack listed{
    {"stdio", "6", "6", "unconfirmed_keys", "nobody confirms the keys",
     "both say that they are established; nothing that they send opens, and nothing says why",
     "the child's line proves its keys, the parent's first record the parent's: `not_authentic`, "
     "nobody is established, both end with `timed_out`"},
    attack};

}  // namespace

TEST_CASE("stdio: a swapped key succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(Pair::count(story.pair().child_told, "Established") == 1);
  CHECK(Pair::count(story.pair().parent_told, "Established") == 1);
  CHECK(story.honest == std::vector{Fault::not_authentic});
  CHECK(story.heard == "no answer");
}

TEST_CASE("stdio: a swapped key fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::not_authentic});
  CHECK(story.is_state_kept);
  CHECK(story.ends == std::vector{Fault::timed_out, Fault::timed_out});
  CHECK(story.heard == "re: one");
}

}  // namespace attacks
