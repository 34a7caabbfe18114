#include "tests/attacks/rehandshake.hpp"
#include "tests/support/catch.hpp"

// A REQUEST of last year is one of today.

namespace attacks::rehandshake {
namespace {

bool attack(Profile which, RehandshakeStory& story) {
  constexpr auto year = std::chrono::hours(24 * 365);
  const auto alice = who_asks(which, Who::alice), bob = who_is_asked(which, Who::bob);
  const Message request = alice->asks().messages.at(0);
  story.says(*alice, "asks Bob, and nothing arrives");
  (void)bob->waits(year);
  story.attacker("hands Bob the REQUEST a year later");
  if (!story.hands(*bob, request).messages.empty()) return true;
  story.attacker("writes today's time into it");
  return !story.hands(*bob, with(request, request_timestamp, timestamp_of(bob->now)))
              .messages.empty();
}

const Attack listed{{"rehandshake", "2 timestamp", "2", "restamped_request",
                     "a REQUEST of last year is answered with today's date on it",
                     "no MAC covers the timestamp: whoever has a REQUEST writes the time into it, "
                     "and Bob answers",
                     "the proof at the end of a REQUEST covers its timestamp: `stale` as it was, "
                     "`not_authentic` as it was changed, nothing changes"},
                    attack};

}  // namespace

TEST_CASE("rehandshake: a restamped REQUEST is answered by compat", "[attack]") {
  RehandshakeStory story;
  CHECK(attack(Profile::compat, story));
  CHECK(story.forged == std::vector{Fault::stale});
}

TEST_CASE("rehandshake: a restamped REQUEST is not answered by hardened", "[attack]") {
  RehandshakeStory story;
  CHECK_FALSE(attack(Profile::hardened, story));
  CHECK(story.forged == std::vector{Fault::stale, Fault::not_authentic});
  CHECK(story.is_state_kept);
}

}  // namespace attacks::rehandshake
