#include "tests/attacks/x3dh.hpp"
#include "tests/support/catch.hpp"

// A message that is lost ends the conversation.

namespace attacks::x3dh {
namespace {

bool play(Wire wire, X3dhStory& story) {
  const auto university = issuer(wire, "issuer", 1), alice = holder(wire, "holder", 2);
  X3dhStory::connect(*university, *alice);
  (void)story.says(*university, "one");
  story.attacker("drops it, and from here on touches nothing");
  std::size_t heard = 0;
  for (int i = 0; i < 3; ++i) {
    heard += story.hands(*alice, story.says(*university, "do you hear me?")).heard.size();
    heard += story.hands(*university, story.says(*alice, "say something")).heard.size();
  }
  return heard == 0;
}
bool attack(Profile which, X3dhStory& story) { return play(wire_of(which), story); }

const Attack listed{
    {"x3dh", "4", "3", "lost_message", "one message that is lost is the last that is heard",
     "each side counts what it has sent and heard, and no message says its number: the nonces "
     "never "
     "agree again, in neither direction",
     "a message says its number: what is missing is skipped, and what follows is heard"},
    attack};

}  // namespace

TEST_CASE("x3dh: one lost message succeeds against compat", "[attack]") {
  X3dhStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.refused == std::vector(6, Fault::not_authentic));
}

TEST_CASE("x3dh: one lost message fails against the counter and against hardened", "[attack]") {
  for (const Wire wire : {Wire::counter, Wire::hardened}) {
    X3dhStory story;
    CHECK_FALSE(play(wire, story));
    CHECK(story.refused.empty());
  }
}

}  // namespace attacks::x3dh
