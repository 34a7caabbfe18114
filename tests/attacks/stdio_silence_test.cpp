#include "tests/attacks/stdio.hpp"
#include "tests/support/catch.hpp"

// A cut line that nobody notices.

namespace attacks {
namespace {

bool attack(Profile which, PairStory& story) {
  Pair& pair = story.established(which);
  story.hears("one");
  story.attacker("drops everything from here on; no connection is closed");
  story.waits(51s, false);
  const bool is_noticed = pair.parent->state() == "Ended" && pair.child->state() == "Ended";
  if (!is_noticed) story.waits(24h, false);
  if (!is_noticed)
    story.step("both", "are " + std::string(pair.parent->state()) +
                           " a day later, and wait for each other until somebody asks");
  return !is_noticed;
}

const Attack listed{{"stdio", "7 keepalive", "", "silence", "a peer that is gone is not missed",
                     "there is no keepalive and no time-out: a day later both are still open",
                     "a keepalive every 15 s; without an authentic record for 50 s both end with "
                     "`peer_lost`"},
                    attack};

}  // namespace

TEST_CASE("stdio: silence succeeds against compat", "[attack]") {
  PairStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.pair().parent->state() == "Open");
  CHECK(story.pair().child->state() == "Open");
}

TEST_CASE("stdio: silence fails against hardened", "[attack]") {
  PairStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.ends == std::vector{Fault::peer_lost, Fault::peer_lost});
}

}  // namespace attacks
