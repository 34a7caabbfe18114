#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// A second encoding of the same key, and the same session.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.stage(which);
  pair.parent_does(Start{});
  const Sealed line = Pair::taken(pair.to_child, 0);
  story.parent("writes its line");
  RawKey key = key_in(line);
  key[31] |= 0x80;
  story.attacker(
      "sets the top bit of the parent's public key: X25519 ignores it (RFC 7748, "
      "section 5), so that the key has two encodings");
  const bool is_taken = story.hands_child(with_key(line, key)).has("Offered");
  if (!is_taken) {
    story.attacker("lets the parent's own line pass");
    story.hands_child(line);
  } else {
    story.child("has other bytes for the parent's key than the parent has, and will not notice");
  }
  pair.child_does(Listening{40000});
  pair.run();
  return story.hears("one") && is_taken;
}

const Attack listed{
    {"stdio", "6", "6", "non_canonical_key", "two encodings of one key give one session",
     "any 32 bytes are a key: the session works, and the two have different bytes for one key",
     "a key has one right encoding: `non_canonical_key`, nothing changes"},
    attack};

}  // namespace

TEST_CASE("stdio: a key in another encoding succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.heard == "re: one");
}

TEST_CASE("stdio: a key in another encoding fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::non_canonical_key});
  CHECK(story.is_state_kept);
  CHECK(story.heard == "re: one");
}

}  // namespace attacks
