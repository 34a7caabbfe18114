#include "tests/attacks/stdio.hpp"
#include "tests/attacks/twin_key.hpp"
#include "tests/support/catch.hpp"

// Two different public keys, one session: what the two saw of each other is in no key.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.stage(which);
  pair.parent_does(Start{});
  pair.to_child_next();
  pair.child_does(Listening{40000});
  const Sealed line = Pair::taken(pair.to_parent, 0);
  story.child("answers the parent's line with its own");
  story.attacker(
      "computes 1/u for the u that is the child's public key: the two points differ by "
      "one of order 2, so that every private key agrees with both on the same secret");
  const Sealed twin = with_key(line, twin_of(key_in(line)));
  story.attacker("puts it in the place of the child's key");
  const bool is_taken = story.hands_parent(twin).has("Established");
  if (!is_taken) {
    story.attacker("lets the child's own line pass");
    story.hands_parent(line);
  } else {
    story.parent(
        "has never seen the child's key, and talks to the child all the same: any name, "
        "pin or log that is tied to the key is tied to nothing");
  }
  pair.run();
  return story.hears("one") && is_taken;
}

const Attack listed{
    {"stdio", "6", "6", "unbound_keys", "one session, and the two name different keys for it",
     "the secret is the same for both keys and nothing else goes into the session: it is "
     "established, and works",
     "both keys as seen are in the transcript from which all keys come: `not_authentic`; the "
     "child's own line is still taken"},
    attack};

}  // namespace

TEST_CASE("stdio: a twin of the child's key succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.heard == "re: one");
}

TEST_CASE("stdio: a twin of the child's key fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::not_authentic});
  CHECK(story.is_state_kept);
  CHECK(Pair::count(story.pair().parent_told, "Established") == 1);
  CHECK(story.heard == "re: one");
}

}  // namespace attacks
